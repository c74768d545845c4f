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
from sanitizer import unless_loaded
from waiting import wait_for

NO_SLACK = {
    "ServerLimit": 4, "StartServers": 4, "MaxRequestWorkers": 32, "MaxSpareThreads": 32,
    "SlotWatchStall": "5min", "SlotWatchMinDrain": "1s",
}
MOST_DOWNLOADS = 32  # all workers
SOON_SERVING = unless_loaded("lets children be full, and more be forked, before they serve")
HTTPD_ON_SPAWNING = r"AH00484|AH00485|AH00486|AH03490|AH10392"


def hold_every_child(server, held):
    """A slow download in each child, at least: each takes a worker, so none can have them all."""
    def step():
        if all(processes.connections(pid) for pid in server.children()):
            return True
        assert len(held) < MOST_DOWNLOADS
        held.extend(clients.slow_download(server) for _ in range(4))
        return False

    wait_for(step, "a download in every child")


@SOON_SERVING
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


@SOON_SERVING
def test_full_server_spares_what_is_protected(recycle):
    server = recycle(**NO_SLACK, SlotWatchProtect="/packed", SlotWatchAlertRepeat="1s")
    server.wait_report(lambda r: r["capacity"]["serving"] == 4, "all slots to serve")
    server.log.claim(r"SW(110|21[012]) |" + HTTPD_ON_SPAWNING)
    held = []
    hold_every_child(server, held)
    server.reload()
    wait_for(lambda: server.log.count(r"SW211 full ") > 1, "the outage to last")
    assert not server.log.lines(recycling.line("30[1-5]"))
    for client in held:
        client.close()
    recycling.expect_serving(server)
    assert server.report()["counters"]["suppressed_protected"] > 0


def test_graceful_stop_cuts_nothing_that_moves(recycle):
    """All slots drain and none is free; and nobody will ever need one."""
    server = recycle(ServerLimit=2, StartServers=2, MinSpareThreads=16, MaxSpareThreads=32)
    server.log.claim("SW110 |AH10159|" + HTTPD_ON_SPAWNING)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(clients.slow_download(server)) for _ in range(4)]
        server.log.end_begins()
        server.signal(signal.SIGWINCH)
        server.log.expect("AH00492|AH00494")
        ends = time.monotonic() + STALL_SECONDS + LADDER_SECONDS
        wait_for(lambda: all(client.read(4096) for client in held) and time.monotonic() > ends,
                 "time to pass, each download moving")
        assert not server.log.lines("SW(21|30)")
    wait_for(server.has_ended, "httpd to end")
