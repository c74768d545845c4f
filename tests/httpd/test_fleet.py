# SPDX-License-Identifier: Apache-2.0
"""A fleet: Debian's Prometheus and Alertmanager, with conf/prometheus, watch real servers."""

import base64
import contextlib
import hashlib
import re

import pytest

import fleet
import outage
import recycling
from httpd_conf import REPOSITORY
from scenes_clients import TlsReader
from socket_client import port
from waiting import wait_for

# SlotwatchFull comes after two scrapes as they are shipped, 15 s.
ALERT_SECONDS = 120
FULL = "SlotwatchFull"


@contextlib.contextmanager
def running(*parts):
    """Until the end of the block, with those of Debian ready."""
    with contextlib.ExitStack() as stack:
        for part in parts:
            stack.callback(part.end)
        for part in parts:
            part.wait_ready()
        yield


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
    with running(pager, prometheus, manager):
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


LOCATION = re.search(r'<Location "/slotwatch">.*?</Location>',
                     (REPOSITORY / "docs" / "prometheus.md").read_text(), re.DOTALL)[0]
MODULES = ("authn_core", "authn_file", "auth_basic", "authz_user")


def test_handler_behind_password_and_tls_is_scraped(make, tmp_path):
    """With the Location of docs/prometheus.md."""
    with TlsReader() as tls:
        location = LOCATION.replace("/etc/apache2/slotwatch.htpasswd", "{root}/htpasswd")
        server = make(conf=tls.conf + location, modules=tls.modules + MODULES)
        for complaint in tls.complaints:
            server.log.claim(complaint)
        digest = base64.b64encode(hashlib.sha1(fleet.PASSWORD.encode()).digest()).decode()
        (server.root / "htpasswd").write_text(f"prometheus:{{SHA}}{digest}\n")
        server.start()
        place = f"127.0.0.1:{tls.port}"
        prometheus = fleet.prometheus(tmp_path, certificate=tls.certificate,
                                      slotwatch_handler=[place])
        with running(prometheus):
            up = f'up{{job="slotwatch-handler",instance="{place}"}}'
            wait_for(lambda: prometheus.value(up) == 1, "a scrape")
            assert prometheus.value("slotwatch_slots_limit") == 4
            assert server.get().status_code == 401
            (tmp_path / "password").write_text("wrong\n")
            server.log.claim(r"AH01617: user prometheus: authentication failure")
            wait_for(lambda: prometheus.value(up) == 0, "a scrape that is refused")
