# SPDX-License-Identifier: Apache-2.0
"""The status page: methods, formats, headers, and what it says when there is nothing to say."""

import os
import signal

import pytest

import clients
from waiting import wait_for

TYPES = {"html": "text/html", "json": "application/json", "text": "text/plain",
         "health": "text/plain", "openmetrics": "application/openmetrics-text",
         "prometheus": "text/plain"}
WORDS = {"capacity": {"slots", "free", "serving", "draining", "stuck", "recycling", "workers_idle",
                      "workers_busy", "reserve", "reloads_left", "verdict"},
         "server": {"software", "mpm", "generation", "uptime_seconds", "pid_namespace",
                    "server_limit_needed"},
         "drains": {"buckets", "count", "sum_seconds"},
         "timeline": {"step_seconds", "moments"},
         "watcher": {"pid", "mode", "latched", "interval_seconds", "sample_age_seconds",
                     "sample_seconds"}}
MACHINES_PID_NAMESPACE = 0xEFFFFFFC  # Linux's PROC_PID_INIT_INO
SLOT = {"slot", "pid", "generation", "state", "phase", "trigger", "draining_seconds",
        "stalled_seconds", "workers", "connections", "incident", "requests", "sockets", "threads"}
CONNECTIONS = {"total", "write_completion", "lingering_close", "keep_alive", "suspended", "wait_io"}


@pytest.mark.parametrize("name", TYPES)
def test_format_has_its_type_and_is_not_stored(shared, name):
    answer = shared.get(f"/slotwatch?format={name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == TYPES[name]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.text


@pytest.mark.parametrize("name", TYPES)
def test_head_has_headers_and_no_body(shared, name):
    answer = shared.get(f"/slotwatch?format={name}", method="HEAD")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == TYPES[name]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content == b""


@pytest.mark.parametrize(("accept", "name"), [
    ("application/json", "json"), ("text/plain", "text"), ("text/html", "html"), ("*/*", "html"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
    ("image/png", "html"), ("", "html"),
])
def test_accept_decides_where_no_format_is_named(shared, accept, name):
    answer = shared.get("/slotwatch", headers={"Accept": accept})
    assert answer.headers["Content-Type"].split(";")[0] == TYPES[name]
    assert "Accept" in answer.headers["Vary"]


def test_pid_namespace_is_named_unless_it_is_the_machines(shared):
    space = os.stat("/proc/self/ns/pid").st_ino
    expected = None if space == MACHINES_PID_NAMESPACE else space
    assert shared.report()["server"]["pid_namespace"] == expected


def test_format_is_stronger_than_accept(shared):
    answer = shared.get("/slotwatch?format=text", headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_auto_is_text(shared):
    auto = shared.get("/slotwatch?auto")
    assert auto.headers["Content-Type"].startswith("text/plain")
    assert "serving" in auto.text.lower()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_other_method_is_refused(shared, method):
    answer = shared.get("/slotwatch", method=method)
    assert answer.status_code == 405
    allowed = {word.strip() for word in answer.headers["Allow"].split(",")}
    assert {"GET", "HEAD"} <= allowed <= {"GET", "HEAD", "TRACE"}  # TRACE is the core's own


@pytest.mark.parametrize("name", ["xml", "JSONP", "", "html%00", "<script>"])
def test_unknown_format_is_refused_with_the_list(shared, name):
    answer = shared.get(f"/slotwatch?format={name}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    for known in TYPES:
        assert known in answer.text
    assert "<script>" not in answer.text


def test_json_holds_what_schema_1_promises(shared):
    report = shared.get("/slotwatch?format=json").json()
    assert report["schema"] == 1
    for part, words in WORDS.items():
        assert words <= set(report[part])
    assert len(report["slots"]) == report["capacity"]["slots"]
    for slot in report["slots"]:
        assert SLOT <= set(slot)
        assert CONNECTIONS <= set(slot["connections"])
    assert {"generations", "incidents", "counters", "time"} <= set(report)


def test_capacity_adds_up(shared):
    capacity = shared.report()["capacity"]
    parts = ("free", "serving", "draining", "stuck", "recycling")
    assert sum(capacity[part] for part in parts) == capacity["slots"] == 4


def test_health_is_one_short_answer(shared):
    answer = shared.get("/slotwatch?format=health")
    assert answer.status_code == 200
    assert answer.text.splitlines()[0].lower().startswith("ok")


def test_html_is_one_document_with_relative_links(shared):
    text = shared.get("/slotwatch?format=html").text
    assert text.lower().lstrip().startswith("<!doctype html")
    assert text.rstrip().lower().endswith("</html>")
    assert 'href="/' not in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_other_handler_is_not_touched(shared):
    assert shared.get("/small.txt").text == "small\n"


def test_report_is_stale_while_the_watcher_stands_still(serve):
    server = serve()
    watcher = server.watcher()
    assert not server.report()["watcher"]["stale"]
    os.kill(watcher, signal.SIGSTOP)
    try:
        report = server.wait_report(lambda r: r["watcher"]["stale"], "a stale report")
        assert report["watcher"]["sample_age_seconds"] > 0.3
        health = server.get("/slotwatch?format=health")
        assert (health.status_code, "stale" in health.text.lower()) == (503, True)
        for name in ("html", "text"):
            answer = server.get(f"/slotwatch?format={name}")
            assert (answer.status_code, "stale" in answer.text.lower()) == (200, True)
    finally:
        os.kill(watcher, signal.SIGCONT)
    server.wait_report(lambda r: not r["watcher"]["stale"], "a fresh report")
    assert server.get("/slotwatch?format=health").status_code == 200


def test_fresh_page_does_not_say_stale(shared):
    shared.wait_report(lambda r: not r["watcher"]["stale"], "a fresh report")
    assert "stale" not in shared.get("/slotwatch?format=health").text.lower()


@pytest.mark.parametrize("name", TYPES)
def test_off_page_says_why_in_every_format(make, name):
    server = make(SlotWatch="Off").start()
    answer = server.get(f"/slotwatch?format={name}")
    assert answer.status_code == 503
    assert "SlotWatch is Off" in answer.text


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_who_asks_again_and_again_holds_no_child_in_between(serve, mpm):
    """KeepAliveTimeout is ten minutes here, and the page may rest for as long."""
    server = serve(mpm=mpm, SlotWatchStall="20s")  # httpd lingers for two
    request = clients.request_line("/slotwatch?format=json")
    with clients.Client(server, request) as client:
        assert client.read(12) == b"HTTP/1.1 200"
        before = set(server.children())
        server.reload()
        wait_for(lambda: not before & set(server.children()), "all that served to be gone")
