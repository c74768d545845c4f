# SPDX-License-Identifier: Apache-2.0
"""As many slots as httpd can have."""

import clients
import recycling
import socket_client
from stuck import expect_told

SLOTS = 20000  # event.c, MAX_SERVER_LIMIT


def test_twenty_thousand_slots_are_watched_shown_and_recycled(make):
    server = make(ServerLimit=SLOTS, SlotWatchInterval="1s", SlotWatchStall="3s",
                  **recycling.ON).start()
    report = socket_client.wait_answer(socket_client.path_of(server)).json
    with clients.stopped_reader(server):
        server.reload()
        assert len(report["slots"]) == report["capacity"]["slots"] == SLOTS
        assert 0 < report["watcher"]["sample_seconds"] < 0.1
        for kind in ("html", "text", "openmetrics", "health"):
            assert server.get(f"/slotwatch?format={kind}").ok
        pid = int(expect_told(server, "connections")["pid"])
        recycling.expect_freed(server, pid, "clients")
    assert not server.log.lines(r"SW401 ")
