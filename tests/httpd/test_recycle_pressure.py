# SPDX-License-Identifier: Apache-2.0
"""Pressure: as many slots as are missing, and no more."""

import contextlib
import signal
import time

import pytest

import clients
import processes
import recycling
from httpd_conf import STALL_SECONDS
from recycling import LADDER_SECONDS
from waiting import wait_for

NO_SLACK = {
    "ServerLimit": 4, "StartServers": 4, "MaxRequestWorkers": 32, "MaxSpareThreads": 32,
    "SlotWatchStall": "5min", "SlotWatchMinDrain": "1s",
}
MOST_READERS = 60
HTTPD_ON_SPAWNING = r"AH00484|AH00485|AH00486|AH03490|AH10392"


def hold_every_child(server, held):
    """A stopped reader in each child, at least one."""
    def step():
        if all(processes.connections(pid) for pid in server.children()):
            return True
        assert len(held) < MOST_READERS
        held.append(clients.stopped_reader(server))
        return False

    wait_for(step, "a reader in every child")


@pytest.mark.parametrize(("reserve", "missing"), [(0, 1), (1, 2)])
def test_full_server_gives_up_what_is_missing_and_no_more(recycle, reserve, missing):
    """One slot for the new generation's first child, and those that are to be kept free."""
    server = recycle(**NO_SLACK, SlotWatchReserve=reserve)
    server.wait_report(lambda r: r["capacity"]["serving"] == 4, "all slots to serve")
    server.log.claim(r"SW110 ")
    server.rewrite("StartServers 4", "StartServers 1")
    held = []
    hold_every_child(server, held)
    server.log.claim(r"SW21[012] |SW30[1235] |" + HTTPD_ON_SPAWNING)
    server.reload()
    recycling.expect_serving(server)
    server.wait_report(lambda r: len(recycling.recycled_pids(server)) >= missing
                       and r["capacity"]["recycling"] == 0 and r["capacity"]["serving"] == 1
                       and r["capacity"]["free"] >= reserve, "what was missing")
    frames = server.report()["counters"]["frames"]
    report = server.wait_report(lambda r: r["counters"]["frames"] > frames + 20, "frames")
    assert len(recycling.recycled_pids(server)) == missing
    assert report["capacity"]["draining"] == 4 - missing
    for client in held:
        client.close()


def test_graceful_stop_cuts_nothing_that_moves(recycle):
    """All slots drain and none is free; and nobody will ever need one."""
    server = recycle(ServerLimit=2, StartServers=2, MinSpareThreads=16, MaxSpareThreads=32)
    server.log.claim("SW110 |AH10159|AH00484")
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(clients.slow_download(server)) for _ in range(4)]
        server.log.end_begins()
        server.signal(signal.SIGWINCH)
        server.log.expect("AH00492|AH00494")
        ends = time.monotonic() + STALL_SECONDS + LADDER_SECONDS

        def all_have_moved():
            assert all([client.read(4096) for client in held])
            return time.monotonic() > ends

        wait_for(all_have_moved, "time to pass")
        assert not server.log.lines("SW(21|30)")
    wait_for(server.has_ended, "httpd to end")
