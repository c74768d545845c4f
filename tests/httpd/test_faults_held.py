# SPDX-License-Identifier: Apache-2.0
"""A draining child that others hold still: a debugger, a container's freezer. One that is stopped:
test_faults_recycle.py."""

import contextlib

import pytest

import clients
import processes
import recycling
from faults import Debugger, control_group, is_root
from waiting import wait_for

STUCK = r"SW20[012] "


def drain(server, judged_by="agent"):
    """@return a draining slot; where there are agents, one that is heard"""
    server.log.claim(STUCK)
    server.reload()
    return server.wait_slot(state="draining", judged_by=judged_by)


@is_root
@pytest.mark.parametrize(("mpm", "judged_by"), [("event", "agent"), ("prefork", "scoreboard")])
def test_traced_child_is_killed_and_told_as_not_freed_until_its_tracer_lets_go(
        serve, mpm, judged_by):
    """Its first thread is a zombie. With event others are not gone, as where one waits for a disk;
    with prefork there is no other."""
    server = serve(mpm=mpm, **{**recycling.ON, "SlotWatchLadder": "clients:1s kill:1s",
                               "SlotWatchGrace": "5s"})
    with clients.stopped_reader(server):
        slot = drain(server, judged_by)
        debugger = Debugger(slot["pid"])
        wait_for(lambda: not processes.is_alive(slot["pid"]), "its death")
        server.log.claim(recycling.line("30[125]", pid=slot["pid"]))
        server.log.expect(recycling.line(304, pid=slot["pid"], rung="kill"))
        shown = server.wait_slot(slot=slot["slot"], state="stuck")
        assert shown["pid"] == slot["pid"]
        debugger.leave()
        server.log.expect(recycling.line(202, pid=slot["pid"], reason="exited"))
    recycling.expect_serving(server)


@contextlib.contextmanager
def frozen(version, pid):
    """By a control group of its own."""
    switch, on, off = {1: ("freezer.state", "FROZEN", "THAWED"), 2: ("cgroup.freeze", "1", "0")}[
        version]
    with control_group(version, "freezer", pid) as group:
        (group / switch).write_text(on)
        try:
            yield lambda: (group / switch).write_text(off)
        finally:
            (group / switch).write_text(off)


@is_root
def test_frozen_child_is_freed_by_kill(serve):
    server = serve(**recycling.ON)
    with clients.stopped_reader(server):
        slot = drain(server)
        with frozen(2, slot["pid"]):
            recycling.expect_freed(server, slot["pid"], "kill")


@is_root
def test_watcher_frozen_by_version_1_is_followed_when_it_has_ended(serve):
    """Two that write the same board would spoil it: until then nobody looks, and all is served."""
    server = serve()
    old = server.watcher()
    with frozen(1, old) as thaw:
        server.reload()
        server.log.expect(r"SW400 watcher-cannot-start reason=former-watcher errno=110")
        server.log.expect(r"SW102 watcher-died pid=\d+ status=1 frames=0")
        assert server.get("/small.txt").status_code == 200
        server.log.claim(r"SW(400|102|103) ")
        thaw()
        report = server.wait_report(lambda r: r["server"]["generation"] == 1, "its successor")
    assert report["watcher"]["pid"] != old
    assert not processes.is_alive(old)


@is_root
def test_child_frozen_by_version_1_is_told_as_not_freed_until_it_thaws(serve):
    """There a kill waits for the thaw."""
    server = serve(**{**recycling.ON, "SlotWatchLadder": "clients:1s kill",
                      "SlotWatchAlertRepeat": "1s"})
    with clients.stopped_reader(server):
        slot = drain(server)
        with frozen(1, slot["pid"]) as thaw:
            server.log.claim(recycling.line("30[1245]", pid=slot["pid"]))
            server.log.expect(recycling.line(304, pid=slot["pid"], rung="kill"))
            thaw()
            server.wait_report(lambda r: r["slots"][slot["slot"]]["pid"] != slot["pid"],
                               "the slot freed")
