# SPDX-License-Identifier: Apache-2.0
"""Counters over reloads, restarts and deaths of the watcher: none ever falls."""

import clients
import recycling
from deaths import kill_and_await_successor
from scrape import read, values

RELOADS = 50
DEATHS = 10
# Slots enough, so that no reload finds the server tight; no pause of httpd's own at any of them.
SETTINGS = {**recycling.ON, "ServerLimit": 16, "SlotWatchPrompt": "On"}


class Watch:
    """What the counters were: each scrape is compared with the one before it."""

    def __init__(self, server):
        self.server = server
        self.last = {}

    def look(self, when):
        families = read(self.server)[1]
        now = {**values(families, "counter"), **values(families, "histogram")}
        fallen = {name: (value, now.get(name)) for name, value in self.last.items()
                  if now.get(name, -1) < value}
        assert not fallen, f"{when}: {fallen}"
        self.last = now

    def __getitem__(self, name):
        return self.last[name, ()]


def reload_and_wait(server, generation):
    server.reload()
    server.wait_report(lambda r: r["server"]["generation"] == generation
                       and r["counters"]["reloads"] == generation, f"generation {generation}")


def recycle_one(server):
    """So that the counters of recycling have something to lose."""
    with clients.stopped_reader(server) as client:
        reload_and_wait(server, 1)
        pid = int(server.log.expect(r"SW200 stuck .* pid=(\d+) ")[1])
        recycling.expect_freed(server, pid, "clients")
        client.expect_cut()


def test_counters_never_fall_over_fifty_reloads_and_ten_deaths(serve):
    server = serve(**SETTINGS)
    recycle_one(server)
    watch = Watch(server)
    watch.look("at first")
    for generation in range(2, RELOADS + 1):
        reload_and_wait(server, generation)
        watch.look(f"reload {generation}")
        if generation % (RELOADS // DEATHS) == 0:
            kill_and_await_successor(server)
            watch.look(f"death at reload {generation}")
    assert watch["slotwatch_reloads_total"] == RELOADS
    assert watch["slotwatch_watcher_starts_total"] == 1 + RELOADS + DEATHS
    assert watch["slotwatch_incidents_closed_total"] == 1
    assert watch["slotwatch_connections_cut_total"] == 1
    # A child that ends between two looks is not seen to drain.
    assert watch["slotwatch_generations_drained_total"] > 0
    assert watch["slotwatch_drain_duration_seconds_count"] > 0


def test_counters_go_on_over_a_restart_another_mode_and_off_and_on(serve):
    server = serve(**SETTINGS, SlotWatch="On")
    recycle_one(server)
    watch = Watch(server)
    watch.look("at first")
    server.restart()
    server.wait_report(lambda r: r["counters"]["reloads"] == 2, "the restart")
    watch.look("restart")
    server.rewrite("SlotWatchRecycle On", "SlotWatchRecycle DryRun")
    reload_and_wait(server, 3)
    watch.look("another mode")
    server.rewrite("SlotWatch On", "SlotWatch Off")
    server.reload()
    assert server.get("/slotwatch?format=openmetrics").status_code == 503
    server.rewrite("SlotWatch Off", "SlotWatch On")
    reload_and_wait(server, 5)
    watch.look("on again")
    assert watch["slotwatch_incidents_closed_total"] == 1
