# SPDX-License-Identifier: Apache-2.0
"""The watcher: what it is called, holds and may, and what becomes of it."""

import os
import pwd
import signal
import socket

import pytest

import clients
import processes
from deaths import kill_and_await_successor
from waiting import wait_for

KILLS = 20


def test_killed_twenty_times_loses_nothing(serve):
    server = serve()
    with clients.stopped_reader(server) as client:
        server.reload()
        incident = server.log.expect(r"SW200 stuck incident=(\w{16}) ")[1]
        last = server.wait_slot(state="stuck")
        frames = 0
        for _ in range(KILLS):
            kill_and_await_successor(server)
            report = server.report()
            slot = report["slots"][last["slot"]]
            assert slot["incident"] == incident
            assert slot["state"] == "stuck"
            assert slot["draining_seconds"] > last["draining_seconds"]
            assert slot["stalled_seconds"] > last["stalled_seconds"]
            assert report["counters"]["frames"] > frames
            last, frames = slot, report["counters"]["frames"]
        assert server.log.count(r"SW102 ") == KILLS
        assert server.log.count(r"SW200 ") == 1
        client.close()
        server.log.expect(rf"SW202 cleared incident={incident} ")


def test_history_goes_on_over_reloads_and_deaths(serve):
    server = serve()
    with clients.stopped_reader(server):
        server.reload()
        server.log.expect(r"SW200 stuck ")
        kill_and_await_successor(server)
        server.reload()
    report = server.wait_report(lambda r: r["counters"]["reloads"] == 2 and not r["generations"]
                                and r["drains"]["count"] >= 1, "the end of the drains")
    drains = report["drains"]
    assert sum(bucket["count"] for bucket in drains["buckets"]) == drains["count"]
    assert [bucket["le"] for bucket in drains["buckets"]][-2:] == [21600, None]
    assert drains["sum_seconds"] > 0
    moments = report["timeline"]["moments"]
    assert sum(moment["reloads"] for moment in moments) == 2
    assert sum(moment["incidents_opened"] for moment in moments) == 1
    assert max(moment["stuck"] for moment in moments) == 1
    server.log.claim(r"SW20[02] ")


def test_dying_at_once_is_replaced_later_and_later(make):
    server = make(SlotWatchInterval="10s", SlotWatchStall="30s").start()
    for seconds in (1, 2):
        processes.kill(server.watcher())
        server.log.expect(r"SW102 watcher-died pid=\d+ signal=9 ")
        server.log.expect(
            rf"\[slotwatch:error\].* SW103 watcher-delayed pid=\d+ seconds={seconds}\b")
    # A delayed one knows its parent's end as well.
    server.stop()
    wait_for(lambda: not server.watchers(), "the watcher to end")


def test_dying_at_once_after_one_that_has_worked_is_no_second_time(make):
    server = make(SlotWatchInterval="10s", SlotWatchStall="30s").start()
    for _ in range(2):
        processes.kill(server.watcher())
        server.log.expect(r"SW102 watcher-died pid=\d+ signal=9 ")
        server.log.expect(r"SW103 watcher-delayed pid=\d+ seconds=1\b")
        server.rewrite("SlotWatchInterval 10s", "SlotWatchInterval 100ms")
        server.reload()
        frames = server.report()["counters"]["frames"]
        server.wait_report(lambda r, seen=frames: r["counters"]["frames"] > seen + 2, "its looks")
        server.rewrite("SlotWatchInterval 100ms", "SlotWatchInterval 10s")
        server.reload()


def test_parent_killed_ends_the_watcher(serve):
    server = serve()
    server.watcher()
    server.kill_parent()
    wait_for(lambda: not server.watchers(), "the watcher to end", seconds=2)
    server.log.expect(r"SW101 watcher-ended pid=\d+ reason=parent-gone")


def test_parent_killed_while_watcher_is_stopped_ends_it(serve):
    """PR_SET_PDEATHSIG's SIGTERM comes when it goes on."""
    server = serve()
    watcher = server.watcher()
    os.kill(watcher, signal.SIGSTOP)
    server.kill_parent()
    os.kill(watcher, signal.SIGCONT)
    wait_for(lambda: not server.watchers(), "the watcher to end")


def test_stopped_watcher_does_not_hold_up_a_reload(serve):
    server = serve()
    first = server.watcher()
    os.kill(first, signal.SIGSTOP)
    server.reload()
    wait_for(lambda: server.watchers() not in ([], [first]), "a new watcher")
    server.wait_report(lambda r: r["watcher"]["pid"] != first and not r["watcher"]["stale"],
                       "its first report")
    assert not processes.is_alive(first)


def test_name_is_slotwatch_in_ps(serve):
    watcher = serve().watcher()
    assert processes.name_of(watcher) == "slotwatch"
    assert processes.command_line(watcher).split()[0] == "slotwatch"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop privileges")
def test_runs_as_the_childrens_user(serve):
    server = serve()
    assert processes.user_of(server.watcher()) == pwd.getpwnam("www-data").pw_uid
    status = open(f"/proc/{server.watcher()}/status").read()
    assert "CapEff:\t0000000000000000" in status


def test_holds_no_listener(serve):
    server = serve()
    assert processes.listening_sockets(server.parent), "the test sees no listener at all"
    assert processes.listening_sockets(server.watcher()) == []


def test_port_is_free_once_the_server_has_ended(serve):
    server = serve()
    server.stop()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", server.port))


def test_children_cannot_write_the_board(serve):
    """What a child maps of the board and of the orders can be made neither writable nor be reached
    by descriptor."""
    server = serve()
    [child] = server.children()
    rights = {fields[5]: fields[1] for fields in map(str.split, open(f"/proc/{child}/maps"))
              if len(fields) > 5 and "memfd:slotwatch" in fields[5]}
    assert rights == {"/memfd:slotwatch": "r--s", "/memfd:slotwatch-orders": "r--s",
                      "/memfd:slotwatch-cells": "rw-s"}
    fds = [os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd")]
    assert not [fd for fd in fds if "memfd:slotwatch" in fd]
