# SPDX-License-Identifier: Apache-2.0
"""What comes in between a recycle's rungs, and a pid that is not what the scoreboard says."""

import os
import signal
import subprocess

import pytest

import processes
import recycling
from httpd_conf import STALL_SECONDS
from scenes_clients import StoppedReader
from scenes_handlers import HeldMutex
from stuck import expect_told
from waiting import wait_for

# Time enough between two rungs for something to happen.
LADDER = {"SlotWatchLadder": "clients:3s kill"}
SCRIBBLE = "<Location /scribble>\nSetHandler test-scribble\n</Location>"


def begin(recycle, scene):
    """@return (server, pid of the child whose clients have just been cut)"""
    server = recycle(**scene.options(), **LADDER)
    scene.hold(server)
    server.reload()
    told = expect_told(server, scene.phase)
    server.log.expect(recycling.line(301, pid=told["pid"], rung="clients"))
    return server, int(told["pid"])


def expect_each_rung_once(server, pid):
    recycling.expect_freed(server, pid, "kill")
    assert recycling.rungs_of(server, pid) == ["clients", "kill"]


def test_watcher_killed_between_rungs_is_followed_by_one_that_goes_on(recycle):
    with HeldMutex() as scene:
        server, pid = begin(recycle, scene)
        watcher = server.watcher()
        processes.kill(watcher)
        server.log.expect(rf"SW102 watcher-died pid={watcher} signal=9 ")
        scene.check_cut()
        expect_each_rung_once(server, pid)
        recycling.expect_serving(server)


def test_reload_between_rungs_changes_nothing(recycle):
    with HeldMutex() as scene:
        server, pid = begin(recycle, scene)
        server.reload()
        scene.check_cut()
        expect_each_rung_once(server, pid)
        recycling.expect_serving(server)
        server.wait_report(lambda r: r["server"]["generation"] == 2, "the generation")


def test_graceful_stop_between_rungs_comes_to_its_end(recycle):
    with HeldMutex() as scene:
        server, pid = begin(recycle, scene)
        server.log.end_begins()
        server.signal(signal.SIGWINCH)
        recycling.claim_steps(server, pid)
        server.log.claim(rf"AH00052: child pid {pid} exit signal Killed")
        server.log.claim(recycling.line("(202|303)", pid=pid))
        wait_for(server.has_ended, "httpd to end")
        assert recycling.rungs_of(server, pid) == ["clients", "kill"]
        scene.check_cut()
    wait_for(lambda: not server.all_processes(), "all processes to be gone")


@pytest.fixture
def stranger():
    """A process of the children's user that is no child of the server."""
    user = {"user": "www-data"} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "600"], **user) as process:
        yield process
        process.kill()


def test_forged_pid_is_never_signalled(recycle, stranger):
    # Nothing but a signal is left to do, and it is due at once.
    server = recycle(test_module=True, conf=SCRIBBLE, SlotWatchLadder="kill", SlotWatchReserve=3,
                     SlotWatchGrace=f"{STALL_SECONDS + 1}s")
    slot = [one["slot"] for one in server.report()["slots"] if one["state"] == "free"][-1]
    for query in ("op=generation&value=77", f"op=pid&value={stranger.pid}"):
        assert server.get(f"/scribble?{query}&slot={slot}").text == "scribbled\n"
    server.log.expect(rf"SW402 foreign-pid slot={slot} pid={stranger.pid} ")
    server.log.claim(r"SW(110|20[012]|21[012]) ")
    server.wait_report(
        lambda r: (r["slots"][slot]["draining_seconds"] or 0) > STALL_SECONDS + 3, "time to pass")
    report = server.report()
    assert report["slots"][slot]["suppressed"] == "identity"
    assert report["counters"]["suppressed_identity"] > 0
    assert not server.log.lines(recycling.line("30[1-5]"))
    assert stranger.poll() is None
    assert server.get(f"/scribble?op=pid&value=0&slot={slot}").text == "scribbled\n"
    server.wait_report(lambda r: r["slots"][slot]["state"] == "free", "the slot free again")


def test_watcher_never_takes_itself_for_a_child(recycle):
    """It is the parent's child and looks like a ghost: nothing would be lost by killing it."""
    server = recycle(test_module=True, conf=SCRIBBLE, SlotWatchLadder="kill",
                     SlotWatchGrace=f"{STALL_SECONDS + 1}s")
    watcher = server.watcher()
    slot = [one["slot"] for one in server.report()["slots"] if one["state"] == "free"][-1]
    for query in ("op=generation&value=77", f"op=pid&value={watcher}"):
        assert server.get(f"/scribble?{query}&slot={slot}").text == "scribbled\n"
    server.log.expect(rf"SW402 foreign-pid slot={slot} pid={watcher} ")
    server.log.claim(r"SW(110|20[012]|21[012]) ")
    server.wait_report(
        lambda r: (r["slots"][slot]["draining_seconds"] or 0) > STALL_SECONDS + 3, "time to pass")
    assert server.report()["slots"][slot]["suppressed"] == "identity"
    assert server.watcher() == watcher
    assert server.get(f"/scribble?op=pid&value=0&slot={slot}").text == "scribbled\n"
    server.wait_report(lambda r: r["slots"][slot]["state"] == "free", "the slot free again")


def test_order_that_nobody_means_any_more_is_not_carried_out(make):
    """The child is stopped, as by a debugger, when it is ordered to cut, and goes on when recycling
    has long been switched off."""
    with StoppedReader() as scene:
        server = make(**{**scene.options(), **recycling.ON, "SlotWatchLadder": "clients:1min",
                         "SlotWatchRecycleExec": '"{root}/stop"'})
        program = server.root / "stop"
        program.write_text('#!/bin/sh\nkill -STOP "$SLOTWATCH_PID"\n')
        program.chmod(0o755)
        server.start_watched()
        scene.hold(server)
        server.reload()
        told = expect_told(server, scene.phase)
        pid, slot = int(told["pid"]), int(told["slot"])
        server.log.expect(recycling.line(301, pid=pid, rung="clients"))
        server.rewrite("SlotWatchRecycle On", "SlotWatchRecycle Off")
        server.reload()
        server.log.expect(recycling.line(302, pid=pid))
        server.wait_slot(slot=slot, judged_by="scoreboard")
        os.kill(pid, signal.SIGCONT)
        heard = server.wait_slot(slot=slot, judged_by="agent")
        assert (heard["pid"], heard["clients"]) == (pid, 1)
        assert server.report()["counters"]["connections_cut"] == 0
    server.log.claim(r"SW20[12] ")
