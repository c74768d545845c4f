# SPDX-License-Identifier: Apache-2.0
"""Alerts of conf/prometheus on a real server: each comes, alone, and goes."""

import contextlib

import pytest

import clients
import fleet
import outage
import recycling
from faults import stopped
from scenes_handlers import HangingCleanup, HeldMutex
from socket_client import port
from waiting import wait_for

ROOMY = {"ServerLimit": 16}
# The handler where the job `slotwatch` looks for the watcher.
AT_STATUS = "<Location /status>\nSetHandler slotwatch\n</Location>\n"
NO_ANSWER = 60  # seconds; a scrape without one takes its second, too


class Watched:
    """A server, and a Prometheus to which a minute is a second."""

    def __init__(self, server, prometheus):
        self.server = server
        self.prometheus = prometheus

    def firing(self):
        return {labels["alertname"][len("Slotwatch"):] for labels, _ in
                self.prometheus.query('ALERTS{alertstate="firing"}')}

    def expect(self, *names):
        wait_for(lambda: self.firing() == set(names),
                 lambda: f"alerts {names}, not {self.firing()}", NO_ANSWER)


@contextlib.contextmanager
def scraped(server, address, root):
    prometheus = fleet.prometheus(root, hurried=True, slotwatch=[address])
    with fleet.running(prometheus):
        wait_for(lambda: prometheus.value("up") == 1, "a scrape")
        yield Watched(server, prometheus)


@pytest.fixture
def watch(serve, tmp_path):
    """Starts a server, of whose watcher the numbers come."""
    with contextlib.ExitStack() as stack:
        def build(**options):
            address = "{}:{}".format(*stack.enter_context(port()))
            server = serve(**{**ROOMY, **options}, SlotWatchListen=address)
            return stack.enter_context(scraped(server, address, tmp_path))

        yield build


@pytest.fixture
def through_httpd(serve, tmp_path):
    """Starts a server, of whose handler the numbers come."""
    with contextlib.ExitStack() as stack:
        def build(**options):
            server = serve(conf=AT_STATUS, **options)
            return stack.enter_context(scraped(server, f"127.0.0.1:{server.port}", tmp_path))

        yield build


def test_slot_that_is_stuck(watch):
    watched = watch()
    watched.server.log.claim(r"SW20[0-2] ")
    with clients.stopped_reader(watched.server):
        watched.server.reload()
        watched.expect("Stuck")
    watched.expect()


def test_room_that_is_tight(watch):
    watched = watch(ServerLimit=3, MaxRequestWorkers=8)
    watched.server.log.claim(outage.OURS + "|" + outage.HTTPD_ON_SPAWNING)
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(clients.slow_download(watched.server))
            watched.server.reload()
            recycling.expect_serving(watched.server)
        watched.expect("Tight", "Stuck")
    watched.expect()


def test_child_that_is_a_ghost(watch):
    with HangingCleanup() as scene:
        watched = watch(**{**ROOMY, **scene.options()})
        watched.server.log.claim(r"SW20[0-2] ")
        scene.hold(watched.server)
        watched.server.reload()
        watched.expect("Ghost", "Stuck")
        scene.finish()
        watched.expect()


def test_slot_that_was_not_freed(watch):
    with HeldMutex() as scene:
        watched = watch(**scene.options(), SlotWatchRecycle="On", SlotWatchLadder="clients:1s")
        watched.server.log.claim(r"SW20[0-2] |SW30[0-5] ")
        scene.hold(watched.server)
        watched.server.reload()
        watched.expect("NotFreed", "Stuck")
        scene.finish()
        watched.expect()


def test_budget_that_is_spent(watch):
    watched = watch(**recycling.ON, SlotWatchBudget="1/1min")
    watched.server.log.claim(r"SW20[0-2] |SW30[0-5] |SW31[02] ")
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(clients.stopped_reader(watched.server))
            watched.server.reload()
        watched.expect("Latched", "Stuck")
    watched.expect()


def test_watcher_that_is_stopped_through_httpd(through_httpd):
    watched = through_httpd()
    with stopped(watched.server.watcher()):
        watched.expect("Stale")
        assert watched.prometheus.value("slotwatch_sample_age_seconds") > 2
    watched.expect()


def test_server_that_is_stopped_and_started(through_httpd):
    watched = through_httpd()
    watched.server.stop()
    watched.expect("Down")
    watched.server.start_watched()
    watched.expect()
    [(_, frames)] = watched.prometheus.query("increase(slotwatch_frames_total[1m])")
    assert frames > 0


def test_outage_through_httpd(through_httpd):
    watched = through_httpd(**outage.SMALL)
    with outage.outage(watched.server):
        watched.expect("Down")
    watched.expect()


def test_target_with_other_metrics(serve, tmp_path):
    server = serve()
    numbers = server.root / "site" / "status"
    numbers.write_text("other_metric 1\n")
    with scraped(server, f"127.0.0.1:{server.port}", tmp_path) as watched:
        watched.expect("Absent")
        numbers.write_text(server.get("/slotwatch?format=prometheus").text)
        watched.expect()


def test_reloads_with_downloads_that_end_call_nobody(watch):
    watched = watch(SlotWatchStall="30s", SlotWatchRecycle="DryRun")
    for _ in range(3):
        with clients.slow_download(watched.server):
            watched.server.reload()
            recycling.expect_serving(watched.server)
    drained = "slotwatch_generations_drained_total"
    wait_for(lambda: (watched.prometheus.value(drained) or 0) >= 3, "the end of what drains")
    # Prometheus knows no target in its first seconds.
    called = 'count_over_time(ALERTS{alertstate="firing",alertname!="SlotwatchAbsent"}[5m])'
    assert watched.prometheus.query(called) == []
