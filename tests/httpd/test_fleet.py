# SPDX-License-Identifier: Apache-2.0
"""A fleet: Debian's Prometheus and Alertmanager, with conf/prometheus, watch real servers."""

import os
import re
import signal

import pytest
import yaml

import fleet
import outage
import recycling
from httpd_conf import REPOSITORY
from scrape import read, values
from socket_client import port
from waiting import wait_for

# SlotwatchFull comes after two scrapes as they are shipped, 15 s.
ALERT_SECONDS = 120
FULL = "SlotwatchFull"
STUCK = "SlotwatchStuck"
DOCS = (REPOSITORY / "docs" / "prometheus.md").read_text()


@pytest.fixture
def two(serve):
    """Two servers, and the addresses on which their watchers listen."""
    with port() as one, port() as other:
        places = [f"{address}:{number}" for address, number in (one, other)]
        servers = [serve(**outage.SMALL, SlotWatchListen=place) for place in places]
        for server in servers:
            server.log.claim(r"SW110 no-slack ")
        yield servers, places


def wait_told(pager, what):
    wait_for(lambda: what in pager.told, lambda: f"{what}, not {pager.told}", ALERT_SECONDS)


def test_outage_calls_for_the_server_that_has_it_and_for_no_other(two, tmp_path):
    (down, _), (ill, well) = two
    pager = fleet.Pager()
    manager = fleet.alertmanager(tmp_path, pager)
    prometheus = fleet.prometheus(tmp_path, [manager.url[7:]], slotwatch=[ill, well])
    with fleet.running(pager, prometheus, manager):
        wait_for(lambda: prometheus.value("count(slotwatch_slots_limit)") == 2, "both servers")
        with outage.outage(down):
            wait_told(pager, ("pager", "firing", FULL, ill))
            assert manager.alerts() == [(FULL, ill)]
            assert not outage.site_answers(down)
            [(labels, _)] = prometheus.query(f'ALERTS{{alertname="{FULL}"}}')
            assert (labels["instance"], labels["severity"]) == (ill, "critical")
        recycling.expect_serving(down)
        wait_told(pager, ("pager", "resolved", FULL, ill))
        assert not [told for told in pager.told if told[3] == well]
        wait_for(lambda: manager.alerts() == [], lambda: f"no alert, not {manager.alerts()}")


def test_watcher_that_is_stopped_is_down_at_its_port_and_stale_through_httpd(serve, tmp_path):
    with port() as place:
        address = f"{place[0]}:{place[1]}"
        server = serve(SlotWatchListen=address)
        prometheus = fleet.prometheus(tmp_path, slotwatch=[address])
        with fleet.running(prometheus):
            up = 'up{job="slotwatch"}'
            wait_for(lambda: prometheus.value(up) == 1, "a scrape")
            watcher = server.watcher()
            os.kill(watcher, signal.SIGSTOP)
            try:
                wait_for(lambda: prometheus.value(up) == 0, "a scrape without an answer")
                assert values(read(server)[1])["slotwatch_stale", ()] == 1
            finally:
                os.kill(watcher, signal.SIGCONT)
            wait_for(lambda: prometheus.value(up) == 1, "a scrape")


def alert(name, severity, instance):
    return {"alertname": name, "severity": severity, "instance": instance, "job": "slotwatch"}


def test_what_befalls_many_servers_is_one_message(tmp_path):
    pager = fleet.Pager()
    manager = fleet.alertmanager(tmp_path, pager)
    with fleet.running(pager, manager):
        manager.take(*(alert(FULL, "critical", f"www{number}") for number in range(20)))
        wait_for(lambda: manager.groups() == [20], lambda: f"one, not {manager.groups()}")


def test_what_follows_from_an_outage_is_told_to_nobody(tmp_path):
    pager = fleet.Pager()
    manager = fleet.alertmanager(tmp_path, pager)
    with fleet.running(pager, manager):
        manager.take(alert(FULL, "critical", "ill"))
        wait_told(pager, ("pager", "firing", FULL, "ill"))
        manager.take(alert(STUCK, "warning", "ill"), alert(STUCK, "warning", "other"))
        wait_told(pager, ("office-hours", "firing", STUCK, "other"))
        wait_for(lambda: manager.alerts("suppressed") == [(STUCK, "ill")],
                 lambda: f"the one that follows, not {manager.alerts('suppressed')}")
        assert not [told for told in pager.told if told[2:] == (STUCK, "ill")]


def job_of_the_docs(name, **places):
    """The example of docs/prometheus.md, with other places."""
    [text] = re.findall(rf"^    - job_name: {name}$(?:\n      .*)+", DOCS, re.MULTILINE)
    [job] = yaml.safe_load(text)
    return {**job, **places}


def test_site_tells_its_verdicts_to_a_prometheus_above_it(serve, tmp_path):
    with port() as place:
        targets = tmp_path / "servers.yml"
        targets.write_text(yaml.safe_dump([{"targets": [f"{place[0]}:{place[1]}"]}]))
        serve(SlotWatchListen=f"{place[0]}:{place[1]}")
        (tmp_path / "site").mkdir()
        (tmp_path / "above").mkdir()
        site = fleet.prometheus(tmp_path / "site", slotwatch=job_of_the_docs(
            "slotwatch", file_sd_configs=[{"files": [str(targets)]}]))
        above = fleet.prometheus(tmp_path / "above", slotwatch=job_of_the_docs(
            "sites", static_configs=[{"targets": [site.url[7:]]}]))
        with fleet.running(site, above):
            verdict = 'slotwatch_verdict{job="slotwatch",instance="127.0.0.1",verdict="ok"}'
            wait_for(lambda: above.value(verdict) == 1, "the server's verdict")
            recorded = 'job:slotwatch_verdict:sum{job="slotwatch",verdict="ok"}'
            wait_for(lambda: above.value(recorded) == 1, "what the site has recorded")
