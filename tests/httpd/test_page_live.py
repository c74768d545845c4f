# SPDX-License-Identifier: Apache-2.0
"""The page of a real server in a browser: while slots become stuck and free, in the outage, behind
a proxy."""

import os
import signal

import pytest

import clients
import outage
import stuck
from harness import reserve_port
from nginx import Nginx
from waiting import wait_for

PREFIXES = {  # as a browser asks for it, and as nginx decodes it
    "plain": ("/ops/web1/slots", "/ops/web1/slots"),
    "encoded": ("/ops%2Fweb1/slots", "/ops/web1/slots"),
}


def url(server, path="/slotwatch"):
    return f"http://127.0.0.1:{server.port}{path}"


def test_page_shows_a_slot_that_becomes_stuck_and_free_again(serve, browser):
    server = serve()
    browser.open(url(server))
    browser.wait_live()
    assert browser.count("li.x") == 0
    client = clients.slow_download(server, "/packed/disk.iso")
    with client:
        server.reload()
        slot = stuck.expect_stuck(server, "requests")
        wait_for(lambda: browser.count("li.x") == 1, "a cell of the stuck slot")
        row = browser.text("tbody tr:has(b.x)")
        for part in (f"pid {slot['pid']}", "requests", "since a reload", "GET /packed/disk.iso",
                     "from 127.0.0.1", "says the agent", "clients 1", "held back: off"):
            assert part in row
        assert slot["incident"] in browser.text()
    stuck.expect_cleared(server, slot)
    wait_for(lambda: browser.count("li.x") == 0, "the slot free")
    browser.wait_text("main", "exited")
    assert browser.count("tbody tr:has(b.x)") == 0


def test_hostile_request_is_text_in_the_page(serve, browser):
    server = serve(SlotWatchPrivacy="Full", HttpProtocolOptions="Unsafe")
    target = "/packed<script>document.title='x'</script>\"'&amp;\xff"
    with clients.slow_download(server, target) as client:
        server.reload()
        slot = stuck.expect_stuck(server, "requests")
        browser.open(url(server))
        shown = "GET /packed<script>document.title='x'</script>\"'&amp;"
        assert shown + "\\xff" in browser.text("tbody ul")
        browser.wait_live()
        assert shown in browser.text("tbody ul")
        assert browser.count("main script") == 0
        client.close()
    stuck.expect_cleared(server, slot)


def test_page_says_that_the_report_is_stale(serve, browser):
    server = serve()
    browser.open(url(server))
    browser.wait_live()
    os.kill(server.watcher(), signal.SIGSTOP)
    try:
        browser.wait_text(".verdict", "stale")
        assert browser.text(".headline").startswith("stale: this is what was known ")
        assert browser.text("#live").startswith("Stale: as of ")
    finally:
        os.kill(server.watcher(), signal.SIGCONT)
    browser.wait_text(".verdict", "ok")


def test_page_says_why_there_is_no_report_any_more_and_goes_on_when_there_is(serve, browser):
    browser.expected = ["503 (Service Unavailable)", "ERR_"]
    server = serve()
    browser.open(url(server))
    browser.wait_live()
    server.rewrite("SlotWatchRecycle Off", "SlotWatchRecycle Off\nSlotWatch Off")
    server.reload()
    browser.wait_text("#trouble", "the server answers 503: no report: SlotWatch is Off. This is")
    server.stop()
    browser.wait_text("#trouble", "no report comes from the server")
    server.rewrite("\nSlotWatch Off", "")
    server.start()
    browser.wait_live()
    assert browser.text("#trouble") == ""


@pytest.fixture
def port():
    with reserve_port() as holder:
        yield holder.getsockname()[1]


def test_page_of_the_watcher_goes_on_in_the_outage_and_that_of_a_worker_says_so(
        serve, browser, port):
    server = serve(**outage.SMALL, SlotWatchListen=f"127.0.0.1:{port}", conf="KeepAliveTimeout 1")
    browser.expected = ["ERR_"]
    with outage.outage(server):
        server.log.expect(r"SW211 full ")
        browser.open(f"http://127.0.0.1:{port}/status")
        browser.wait_text(".verdict", "full")
        browser.wait_live()
        assert browser.count("li.x, li.d") == outage.SLOTS
    browser.wait_text(".verdict", "ok")
    browser.open(url(server))
    browser.wait_live()
    with outage.outage(server):
        browser.wait_text("#trouble", "Not up to date: no report comes from the server.")
    browser.wait_live()


@pytest.mark.parametrize("kind", PREFIXES)
def test_page_lives_behind_a_proxy_under_any_prefix(shared, browser, kind):
    path, decoded = PREFIXES[kind]
    with Nginx(f"= {decoded}", url(shared)) as nginx:
        browser.open(url(nginx, path))
        browser.wait_live()
        links = browser.run("return Array.from(document.links, (link) => link.href)")
        assert set(links) == {url(nginx, f"{path}?format={name}")
                              for name in ("json", "text", "openmetrics")}
        browser.open(next(link for link in links if link.endswith("text")))
        assert "capacity.verdict: ok" in browser.text()
