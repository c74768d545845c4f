# SPDX-License-Identifier: Apache-2.0
"""Others decide, too: a module by the hook slotwatch_recycle, and a program."""

import contextlib

import processes
import recycling
from faults import Debugger, is_root
from scenes_clients import SlowDownload
from scenes_handlers import HangingCleanup
from stuck import expect_told
from waiting import wait_for

# An answer of no is asked for again soon.
PATIENT = {"SlotWatchAlertRepeat": "1s"}


def begin(recycle, scene, **options):
    """@return (server, the line that tells it as stuck)"""
    server = recycle(**{**scene.options(), **PATIENT, **options})
    scene.hold(server)
    server.reload()
    server.log.claim(r"SW201 ")
    return server, expect_told(server, scene.phase)


def expect_veto(server, told):
    server.log.expect(recycling.line(311, pid=told["pid"], rung="clients"))
    server.log.claim(recycling.line(311, pid=told["pid"]))
    slot = int(told["slot"])
    report = server.wait_report(lambda r: r["slots"][slot]["suppressed"] == "veto", "the veto")
    assert report["slots"][slot]["state"] == "stuck"
    assert report["counters"]["suppressed_veto"] > 0
    assert report["counters"]["connections_cut"] == 0
    assert not server.log.lines(recycling.line(301))


def test_veto_of_a_module_holds_until_it_allows(recycle):
    with SlowDownload() as scene:
        server, told = begin(recycle, scene, modules=("decide",), conf="TestDecide clients veto")
        server.log.expect(
            rf"test-decide: version=1 slot={told['slot']} pid={told['pid']} generation=0 "
            rf"rung=clients reason=stall trigger=reload incident={told['incident']} answer=veto")
        expect_veto(server, told)
        wait_for(lambda: server.log.count("answer=veto") > 1, "the module to be asked again")
        server.rewrite("TestDecide clients veto", "TestDecide clients allow")
        server.reload()
        recycling.wait_for_cut(server, told["pid"], "clients")
        scene.check_cut()
        recycling.expect_freed(server, int(told["pid"]), "clients")
        recycling.expect_serving(server)


def test_rung_is_taken_over_by_a_module(recycle):
    with HangingCleanup() as scene:
        server, told = begin(
            recycle, scene, modules=("decide",),
            conf=scene.conf + 'TestDecide kill taken\nTestDecideRemove "{root}/held/file"')
        server.log.expect(rf"test-decide: .* pid={told['pid']} .* rung=kill .* answer=taken")
        recycling.claim_steps(server, told["pid"])
        server.log.expect(recycling.line(303, pid=told["pid"]))
        server.log.expect(recycling.line(202, pid=told["pid"]))
        assert not server.log.lines(r"SW305 "), "it was not killed"
        recycling.expect_serving(server)


def write_program(server, lines):
    program = server.root / "decide"
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)
    return server.writable("held")


def begin_with_program(make, prompt, scene, lines, **options):
    """@return (server, the line that tells it as stuck, the program's directory)"""
    server = make(**{**scene.options(), **recycling.ON, **PATIENT, "SlotWatchPrompt": prompt,
                     "SlotWatchRecycleExec": '"{root}/decide"', **options})
    directory = write_program(server, lines)
    server.start_watched()
    scene.hold(server)
    server.reload()
    server.log.claim(r"SW201 ")
    return server, expect_told(server, scene.phase), directory


def test_program_that_allows_knows_the_intent(make, prompt):
    with SlowDownload() as scene:
        server, told, directory = begin_with_program(
            make, prompt, scene,
            ['cd "${0%/*}/held"', "env | grep ^SLOTWATCH_ >asked.$SLOTWATCH_RUNG", "exit 0"])
        recycling.wait_for_cut(server, told["pid"], "clients")
        scene.check_cut()
        recycling.expect_freed(server, int(told["pid"]), "clients")
        asked = dict(line.split("=", 1) for line in
                     (directory / "asked.clients").read_text().splitlines())
        assert asked == {
            "SLOTWATCH_SLOT": told["slot"], "SLOTWATCH_PID": told["pid"],
            "SLOTWATCH_GENERATION": "0", "SLOTWATCH_RUNG": "clients", "SLOTWATCH_REASON": "stall",
            "SLOTWATCH_TRIGGER": "reload", "SLOTWATCH_INCIDENT": told["incident"]}
        assert not (directory / "asked.kill").exists()


def test_program_that_vetoes_is_obeyed(make, prompt):
    with SlowDownload() as scene:
        server, told, _ = begin_with_program(make, prompt, scene, ["exit 1"])
        expect_veto(server, told)
        scene.release()
        server.log.expect(recycling.line(202, pid=told["pid"]))


def expect_frames(server):
    frames = server.report()["counters"]["frames"]
    server.wait_report(lambda r: r["counters"]["frames"] > frames + 5, "frames go on")


def begin_without_end(make, prompt, scene):
    """@return (server, the line that tells it as stuck, the pid of a program that never decides)"""
    server, told, directory = begin_with_program(
        make, prompt, scene, ['echo $$ >"${0%/*}/held/pid"', "exec sleep 600"],
        SlotWatchLadder="clients:30s kill", SlotWatchAlertRepeat="60s")
    pid_file = directory / "pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip(), "the program")
    return server, told, int(pid_file.read_text())


def test_program_that_does_not_decide_is_ended_and_vetoes(make, prompt):
    with SlowDownload() as scene:
        server, told, program = begin_without_end(make, prompt, scene)
        expect_frames(server)
        assert processes.is_alive(program)
        server.log.expect(r"SW405 ")
        wait_for(lambda: not processes.is_alive(program), "its end")
        expect_veto(server, told)
        scene.release()
        server.log.expect(recycling.line(202, pid=told["pid"]))


@is_root
def test_program_that_cannot_be_ended_holds_nobody_up(make):
    """As on a disk that does not answer: a debugger has it until it is reaped."""
    with SlowDownload() as scene:
        server, told, program = begin_without_end(make, "Off", scene)
        debugger = Debugger(program)
        server.log.expect(r"SW405 ")
        expect_veto(server, told)
        expect_frames(server)
        debugger.leave()
        wait_for(lambda: not processes.is_alive(program), "its end")
        scene.release()
        server.log.expect(recycling.line(202, pid=told["pid"]))


@is_root
def test_program_that_is_asked_again_is_ended_and_there_are_never_three(make):
    with SlowDownload() as scene:
        server, told, directory = begin_with_program(
            make, "Off", scene, ['echo $$ >>"${0%/*}/held/pids"', "exec sleep 600"],
            SlotWatchLadder="clients:1s kill")
        server.log.claim(recycling.line(311, pid=told["pid"]))

        def wait_program(number):
            def begun():
                with contextlib.suppress(FileNotFoundError):
                    return (directory / "pids").read_text().splitlines()[number:]
            return int(wait_for(begun, f"program {number}")[0])

        first = Debugger(wait_program(0))
        second = Debugger(wait_program(1))
        server.log.expect(r"SW404 exec-failed slot=\d+ pid=\d+ errno=16 ")
        first.leave()
        second.leave()
        assert wait_program(2)
        server.log.claim(r"SW404 .* errno=16 ")
        scene.release()
        server.log.expect(recycling.line(202, pid=told["pid"]))
    assert not server.log.lines(r"SW(301|405) ")
