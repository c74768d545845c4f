# SPDX-License-Identifier: Apache-2.0
"""The metrics, as the parsers of Prometheus's own client read them."""

import re

import pytest

import clients
from ctl import Ctl
from httpd_conf import REPOSITORY
from monitoring import promtool
from scrape import OPENMETRICS, PROMETHEUS, read, values

RELOADS = 3


@pytest.mark.parametrize(("query", "kind"), [("?format=openmetrics", OPENMETRICS),
                                             ("?format=prometheus", PROMETHEUS)])
def test_format_is_read_by_its_parser(shared, query, kind):
    got, families = read(shared, query)
    assert got == kind
    assert families["slotwatch_frames"].type == "counter"
    assert all(family.documentation for family in families.values())
    slots = {sample.labels["state"]: sample.value for sample in families["slotwatch_slots"].samples}
    assert set(slots) == {"free", "serving", "draining", "stuck", "recycling"}
    assert sum(slots.values()) == families["slotwatch_slots_limit"].samples[0].value == 4


@pytest.mark.parametrize(("accept", "kind"), [
    ("application/openmetrics-text", OPENMETRICS),
    ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
    ("text/plain;version=0.0.4;q=1,*/*;q=0.1", PROMETHEUS),
])
def test_accept_header_of_a_scraper_gets_what_it_reads(shared, accept, kind):
    got, families = read(shared, "", accept)
    assert got == kind
    assert values(families)["slotwatch_verdict", (("verdict", "ok"),)] == 1


def test_both_formats_have_the_same_samples(shared):
    _, one = read(shared)
    _, other = read(shared, "?format=prometheus")
    assert set(values(one)) == set(values(other))


def test_server_is_as_many_series_as_the_docs_say(serve):
    told = re.search(r"A server is (\d+) series", (REPOSITORY / "docs/prometheus.md").read_text())
    server = serve(ServerLimit=1024)
    assert len(values(read(server)[1])) == int(told[1])


def test_promtool_finds_nothing_to_mend(shared):
    text = shared.get("/slotwatch?format=prometheus").text
    assert promtool("check", "metrics", fed=text) == ""


def test_server_is_named_as_in_the_json(shared):
    _, families = read(shared)
    server = shared.report()["server"]
    (build,) = families["slotwatch_build"].samples
    version = build.labels.pop("version")
    assert Ctl().run("--version").line() == f"slotwatchctl {version}"
    assert build.labels == {"software": server["software"], "mpm": server["mpm"]}
    now = families["slotwatch_report_timestamp_seconds"].samples[0].value
    started = families["slotwatch_server_start_time_seconds"].samples[0].value
    assert now - 3600 < started <= now


def test_stuck_slot_is_counted_and_no_counter_falls_over_reloads(serve):
    server = serve(ServerLimit=16)
    with clients.stopped_reader(server) as client:
        server.reload()
        server.log.expect(r"SW200 stuck ")
        phase = server.wait_slot(state="stuck")["phase"]
        counted = values(read(server)[1], "counter")
        for reload in range(RELOADS):
            server.reload()
            server.wait_report(lambda r: r["server"]["generation"] == reload + 2, "the generation")
            now = values(read(server)[1])
            fallen = {name for name, value in counted.items() if now[name] < value}
            assert not fallen
            assert (now["slotwatch_watcher_starts_total", ()]
                    == counted["slotwatch_watcher_starts_total", ()] + 1)
            assert now["slotwatch_generation", ()] == reload + 2
            assert now["slotwatch_slots", (("state", "stuck"),)] == 1
            assert now["slotwatch_open_incidents", (("about", "slot"),)] == 1
            assert now["slotwatch_draining_slots",
                       (("phase", phase), ("trigger", "reload"))] >= 1
            assert (0 < now["slotwatch_longest_stall_seconds", ()]
                    <= now["slotwatch_oldest_drain_seconds", ()])
            counted = {name: now[name] for name in counted}
        client.close()
        server.log.expect(r"SW202 cleared ")
    closed = values(read(server)[1])
    assert closed["slotwatch_incidents_closed_total", ()] == 1
