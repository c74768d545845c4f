# SPDX-License-Identifier: Apache-2.0
"""Reload after reload under traffic: what is stuck is cut, and nothing else ever is."""

import contextlib

import clients
import recycling
from traffic import PatientBackend, Traffic
from waiting import wait_for

RELOADS = 200
STUCK_EVERY = 20  # reloads
HTTPD_ON_SPAWNING = r"AH00484|AH00485|AH00486|AH03490|AH10392"


def reload_often(server, backend):
    """@return the clients of what has become stuck. No stopped readers: httpd itself loses some of
    those that it queues at the very moment of a reload, module or not."""
    held = []
    for reload in range(RELOADS):
        if reload % STUCK_EVERY == 0:
            held.append(clients.slow_download(server))
        server.reload()
        backend.answer()  # those who asked before the reload, too
    return held


def test_200_reloads_cut_nothing_but_what_is_stuck(recycle):
    with contextlib.closing(PatientBackend()) as backend:
        server = recycle(ServerLimit=24, StartServers=2, SlotWatchBudget="100/1min",
                         conf=backend.conf)
        server.log.claim(r"SW(20[012]|30[1235]) |" + HTTPD_ON_SPAWNING)
        with Traffic(server, {"/small.txt": b"small\n", "/small.txt?2": b"small\n",
                              "/wait": b"waited\n", "/wait/2": b"waited\n"}) as traffic:
            held = reload_often(server, backend)
            backend.answer_from_now_on()
            before = dict(traffic.answered)
            wait_for(lambda: traffic.wrong or all(
                traffic.answered[path] > before[path] for path in before), "traffic to go on")
    assert traffic.wrong == []
    # Who was stuck is freed all the same, and nobody else.
    report = server.wait_report(
        lambda r: r["capacity"]["draining"] == r["capacity"]["recycling"] == 0
        and r["capacity"]["stuck"] == 0, "all old generations to end")
    for client in held:
        client.expect_cut()
        client.close()
    assert not server.log.lines(r"SW21[01] "), "there was pressure"
    assert len(recycling.recycled_pids(server)) == len(held)
    assert report["counters"]["connections_cut"] == len(held)
