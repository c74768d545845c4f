# SPDX-License-Identifier: Apache-2.0
"""What mod_status's page and its ?auto tell of us, as people and collectors read it."""

import os
import re
import signal

import pytest
import requests

import clients
import httpd_conf
from outage import SMALL, outage, site_answers
from waiting import wait_for

DOCS = httpd_conf.REPOSITORY / "docs" / "mod-status.md"
PAGE, AUTO = "/server-status", "/server-status?auto"
PARTS = ("Free", "Serving", "Draining", "Stuck", "Recycling")
WORDS = {"SlotWatchVerdict": {"ok", "tight", "full"}, "SlotWatchMode": {"off", "dryrun", "on"}}


def pairs(text):
    """As collectors read it: each line split at its first colon."""
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def auto(server):
    """What is ours of it."""
    told = pairs(server.get(AUTO).text)
    return {name: value for name, value in told.items() if name.startswith("SlotWatch")}


def test_auto_agrees_with_the_report(serve):
    server = serve()
    with clients.slow_download(server) as client:
        server.reload()
        server.log.expect(r"SW200 stuck ")
        told, capacity = auto(server), server.report()["capacity"]
        assert told["SlotWatchStuck"] == "1"
        assert sum(int(told[f"SlotWatch{part}"]) for part in PARTS) == capacity["slots"]
        assert (told["SlotWatchVerdict"], told["SlotWatchMode"]) == ("ok", "off")
        assert float(told["SlotWatchOldestDrainSeconds"]) > 1
        client.close()
        server.log.expect(r"SW202 cleared ")
    wait_for(lambda: auto(server)["SlotWatchOldestDrainSeconds"] == "0.000", "no slot to drain")


def test_auto_keeps_what_mod_status_has(shared):
    told = pairs(shared.get(AUTO).text)
    assert {"ServerVersion", "BusyWorkers", "IdleWorkers", "Scoreboard"} <= set(told)
    assert int(told["BusyWorkers"]) >= 1


def test_line_is_a_number_or_one_of_few_words(shared):
    told = auto(shared)
    assert len(told) > 10
    for name, value in told.items():
        if name in WORDS:
            assert value in WORDS[name]
        else:
            assert float(value) >= 0, name


def test_line_and_its_row_in_the_docs_need_each_other(shared):
    told = {f"`{name}`" for name in auto(shared)}
    assert told == set(re.findall(r"^\| (`SlotWatch\w+`) ", DOCS.read_text(), re.MULTILINE))


@pytest.mark.parametrize("query", ["", "?notable", "?refresh=5"])
def test_page_has_a_section(shared, query):
    text = shared.get(PAGE + query).text
    section = text[text.index("<h2>mod_slotwatch</h2>"):]
    assert "<dt>ok: 3 of 4 slots free, 1 serving, " in section
    assert "<table" not in section
    assert text.rstrip().endswith("</html>")


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_other_mpm_has_the_lines(serve, mpm):
    server = serve(mpm=mpm)
    told, capacity = auto(server), server.report()["capacity"]
    assert (told["SlotWatchVerdict"], told["SlotWatchSlots"]) == ("ok", str(capacity["slots"]))
    assert int(told["SlotWatchServing"]) >= 1


def test_watcher_that_stands_still_is_told(serve):
    server = serve()
    watcher = server.watcher()
    os.kill(watcher, signal.SIGSTOP)
    try:
        wait_for(lambda: auto(server)["SlotWatchStale"] == "1", "a stale report")
        assert "<dt>stale: " in server.get(PAGE).text
    finally:
        os.kill(watcher, signal.SIGCONT)
    wait_for(lambda: auto(server)["SlotWatchStale"] == "0", "a fresh report")


def test_off_has_one_line_and_the_reason(make):
    server = make(SlotWatch="Off").start()
    assert auto(server) == {"SlotWatchVerdict": "none"}
    assert "<dt>no report: SlotWatch is Off</dt>" in server.get(PAGE).text


def test_server_without_mod_status_is_watched(make):
    server = make()
    server.rewrite(httpd_conf.load("status", httpd_conf.path_of("status")) + "\n", "")
    server.start_watched()
    assert server.get(AUTO).status_code == 404
    server.reload()
    assert server.report()["capacity"]["slots"] == 4


def test_section_outlives_reloads(serve):
    server = serve()
    for reloads in ("1", "2"):
        server.reload()
        wait_for(lambda: auto(server)["SlotWatchReloads"] == reloads, f"{reloads} reloads")
        assert server.get(PAGE).text.count("<h2>mod_slotwatch</h2>") == 1


def test_outage_is_told_when_there_is_a_worker_again(serve):
    server = serve(**SMALL, SlotWatchStall=0)
    with outage(server) as held:
        server.log.expect(r"SW211 full ")
        with pytest.raises(requests.RequestException):
            server.get(AUTO, timeout=0.3)  # it needs a worker, as the site does
        for client in held:
            client.close()
        wait_for(lambda: site_answers(server), "the site to answer")
        wait_for(lambda: auto(server)["SlotWatchVerdict"] == "ok", "room again")
        assert int(auto(server)["SlotWatchIncidentsOpened"]) >= 1
