# SPDX-License-Identifier: Apache-2.0
"""Memory, descriptors and processes that run out. Descriptors of the agent's child: test_agent.py;
of the watcher's socket: test_socket_hostile.py."""

import shutil

import pytest

import clients
import httpd_conf
import processes
import recycling
import socket_client
from faults import control_group, is_root, limited
from httpd_conf import STALL_SECONDS
from sanitizer import unless_loaded
from stuck import expect_told
from waiting import wait_for

NEEDS_MEMORY = unless_loaded("needs memory where none is left")
GRACE = {"SlotWatchGrace": f"{STALL_SECONDS + 1}s"}


@NEEDS_MEMORY
def test_watcher_without_memory_looks_and_recycles(serve):
    server = serve(**recycling.ON)
    socket = socket_client.path_of(server)
    with clients.stopped_reader(server):
        server.reload()
        server.wait_slot(state="draining", judged_by="agent")
        with limited(server.watcher(), "as"):
            pid = int(expect_told(server, "connections")["pid"])
            for _ in range(8):  # an answer, or none; the watcher lives
                socket_client.answers(socket, "/status?format=html")
            recycling.expect_freed(server, pid, "clients")
        assert socket_client.wait_answer(socket).json["counters"]["frames"] > 0
    assert not server.log.lines(r"SW102 ")


@NEEDS_MEMORY
def test_watcher_that_finds_no_memory_is_tried_again(serve):
    server = serve()
    frames = server.report()["counters"]["frames"]
    watcher = server.watcher()
    with limited(server.parent, "as"):
        processes.kill(watcher)
        server.log.expect(r"SW400 watcher-cannot-start reason=\S+ errno=12")
    server.log.expect(r"SW102 watcher-died pid=\d+ status=1 frames=0")
    # One that was forked meanwhile fails as well; what it answers with does not fit in, either.
    server.log.claim(r"SW(10[23]|400|410) ")
    server.wait_report(lambda r: r["watcher"]["pid"] != watcher
                       and r["counters"]["frames"] > frames, "a watcher that goes on")
    assert server.get("/small.txt").text == "small\n"


def test_watcher_without_descriptors_for_its_doors_is_there_all_the_same(serve):
    with socket_client.port() as tcp:
        server = serve(SlotWatchListen="{}:{}".format(*tcp))
        places = (socket_client.path_of(server), tcp)
        frames = socket_client.wait_answer(tcp).json["counters"]["frames"]
        watcher = server.watcher()
        with limited(server.parent, "nofile", len(processes.descriptors(watcher)) - 1):
            processes.kill(watcher)
            server.log.expect(r"\[slotwatch:warn\].* SW410 http-unavailable errno=24 nobody is ")
            assert [socket_client.answers(place) for place in places] == [None, None]
        server.wait_report(lambda r: r["watcher"]["pid"] != watcher
                           and r["counters"]["frames"] > frames, "a watcher that goes on")
        processes.kill(server.watcher())
        for place in places:
            socket_client.wait_answer(place)
        server.log.claim(r"SW10[23] ")


@pytest.mark.parametrize("kind", [pytest.param("memory", marks=NEEDS_MEMORY), "threads"])
def test_child_without_room_for_its_agent_is_killed_for_its_age(serve, kind):
    what = {"memory": "as", "threads": "nproc"}[kind]
    server = serve(**recycling.ON, **GRACE)
    [child] = server.children()
    with clients.stopped_reader(server), limited(child, what):
        server.reload()
        server.log.expect(rf"SW407 agent-not-started pid={child} errno=(11|12) ")
        told = expect_told(server, "connections")
        assert int(told["pid"]) == child
        recycling.expect_freed(server, child, "kill")
    server.log.claim(r"AH\d+: .*[Cc]annot allocate memory")
    recycling.expect_serving(server)


def test_watcher_without_descriptors_touches_nobody_until_it_has_some(serve):
    server = serve(**recycling.ON, SlotWatchAlertRepeat="1s")
    with clients.stopped_reader(server):
        server.reload()
        slot = server.wait_slot(state="draining", judged_by="agent")
        with limited(server.watcher(), "nofile"):
            server.wait_slot(slot=slot["slot"], process="unknown", suppressed="identity")
            server.log.expect(rf"SW413 processes-hidden slot=\d+ pid={slot['pid']} ")
            assert not server.log.lines(r"SW30[1-4] ")
        server.log.claim(r"SW20[012] ")
        recycling.expect_freed(server, slot["pid"], "clients")


@is_root
def test_program_that_cannot_be_started_is_a_veto(make):
    """The children's user has all the processes it may have."""
    server = make(**recycling.ON, SlotWatchRecycleExec="/bin/true").start_watched()
    with clients.stopped_reader(server) as client:
        server.reload()
        with limited(server.watcher(), "nproc"):
            server.log.expect(r"SW404 exec-failed slot=\d+ pid=\d+ errno=11 ")
            server.log.expect(r"SW311 vetoed ")
        client.close()
    server.log.claim(r"SW20[012] ")
    server.wait_report(lambda r: not r["capacity"]["stuck"], "the slot free")
    assert not server.log.lines(r"SW301 ")


@is_root
def test_server_that_cannot_fork_has_a_watcher_again_later(make):
    """httpd has it tried again with every tenth look of its parent."""
    server = make(SlotWatchPrompt="On")
    for path in (httpd_conf.MODULE, httpd_conf.BUILD / "slotwatch_http.so"):
        shutil.copy(path, server.root / "run")  # build/ may be in a folder that is root's alone
    server.rewrite(str(httpd_conf.MODULE), str(server.root / "run" / httpd_conf.MODULE.name))
    for path in (server.root, server.root / "run"):
        path.chmod(0o777)
    server.start(user="www-data")
    server.wait_report(lambda r: r["counters"]["frames"] > 2, "a watcher that works")
    with limited(server.parent, "nproc"):
        watcher = server.watcher()
        processes.kill(watcher)
        server.log.expect(r"SW400 watcher-cannot-start reason=fork errno=11 ")
        server.wait_report(lambda r: r["watcher"]["stale"], "the report to be old")
    server.log.claim(r"SW102 ")
    wait_for(lambda: server.watchers() not in ([], [watcher]), "another watcher")
    assert server.log.count("SW400") == 1


@is_root
@pytest.mark.parametrize("version", [1, 2])
def test_control_group_without_room_for_a_process_has_a_watcher_again_later(serve, version):
    """As a container's pids limit is; httpd has it tried again with every tenth look."""
    server = serve(SlotWatchPrompt="On")
    watcher = server.watcher()
    [child] = server.children()
    with control_group(version, "pids", server.parent) as group:
        (group / "pids.max").write_text("0")
        processes.kill(watcher)
        server.log.expect(r"SW400 watcher-cannot-start reason=fork errno=11 ")
        assert server.get("/small.txt").text == "small\n"
        (group / "pids.max").write_text("max")
        server.log.claim(r"SW102 ")
        processes.kill(child)  # the next one begins while there is no watcher
        wait_for(lambda: server.watchers() not in ([], [watcher]), "another watcher")
    server.wait_report(lambda r: not r["watcher"]["stale"], "a report in a child that knew of none")
    with clients.stopped_reader(server) as client:
        server.reload()
        server.wait_slot(state="draining", judged_by="agent")
        client.close()


@is_root
@NEEDS_MEMORY
@pytest.mark.parametrize("version, name", [(1, "memory.limit_in_bytes"), (2, "memory.max")])
def test_watcher_that_its_control_group_has_killed_is_followed(serve, version, name):
    server = serve()
    watcher = server.watcher()
    with control_group(version, "memory", watcher) as group:
        (group / name).write_text("4096")
        wait_for(lambda: not processes.is_alive(watcher) or not socket_client.answers(
            socket_client.path_of(server), "/status?format=html"), "the kernel to kill it")
        server.log.expect(r"SW102 watcher-died pid=\d+ signal=9 ")
        server.log.claim(r"SW103 ")
    server.wait_report(lambda r: r["watcher"]["pid"] != watcher, "its successor")
