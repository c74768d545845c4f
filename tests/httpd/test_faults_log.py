# SPDX-License-Identifier: Apache-2.0
"""A log that takes nothing: the watcher waits for no reader. A full disk: test_hostile.py."""

import clients
import recycling
import socket_client
from faults import PipedLog


def test_log_that_nobody_reads_holds_up_neither_looks_nor_recycles(serve):
    with socket_client.port() as place:
        server = serve(conf=PipedLog.conf, SlotWatchListen="{}:{}".format(*place), **recycling.ON)
        log = PipedLog(server)
        with clients.stopped_reader(server) as client:
            server.reload()
            slot = server.wait_slot(state="draining")
            with log.full():
                server.wait_report(lambda r: r["slots"][slot["slot"]]["pid"] != slot["pid"],
                                   "the slot freed")
                frames = server.report()["counters"]["frames"]
                server.wait_report(lambda r: r["counters"]["frames"] > frames + 20, "frames")
                client.expect_cut()
                assert not server.log.lines(r"SW301 ")
        # Each line that was lost is counted, before the next one that was not.
        assert socket_client.ask(place, "/recycle?slot=0", method="POST").status == 403
    lost = int(server.log.expect(r"\[slotwatch:warn\].* SW411 lines-lost count=(\d+) ")[1])
    assert lost >= 4  # stuck, recycling, freed, cleared
    server.log.expect(r"SW314 ")
    assert server.log.count(r"SW411 ") == 1
    server.log.claim(r"SW(20[02]|30[1-3]) ")
