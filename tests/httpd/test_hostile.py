# SPDX-License-Identifier: Apache-2.0
"""Hostile clients, a hostile child, and a disk that is full."""

import json
import os
import re
import signal
import threading

import pytest

import clients
import processes
from waiting import wait_for

# Request targets that httpd takes (it answers 400 to control bytes; a forged board has those).
HOSTILE = {
    "markup": "/packed<script>alert(1)</script>",
    "quotes": "/packed\"'&\"onload=\"x",
    "percent": "/packed%0aSW211%0dfull",
    "high": "/packed\xff\xfe\x80\xe2\x80\xa8",
    "backslash": "/packed\\x\\n\\u0000\\",
    "client": '/packed"client="6.6.6.6"vhost="x\\',
}
# What must not appear as it came in these documents.
RAW = [("html", b"<script>alert"), ("html", b'"onload="'), ("html", b"\xff"), ("json", b"\xff"),
       ("text", b"\xff"), ("json", b'"client="')]
SCRIBBLE = "<Location /scribble>\nSetHandler test-scribble\n</Location>"
QUOTED = re.compile(r' request="GET /packed(?:[^"\\]|\\.)*" client="[^"]*" vhost="[^"]*"$')
OUR_LINE = re.compile(r"SW\d{3} [\x20-\x7e]*")


def strict(server):
    """The report, read as JSON that holds neither NaN nor anything but UTF-8."""
    text = server.get("/slotwatch?format=json").content.decode("utf-8", errors="strict")
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def is_one_line(line):
    return OUR_LINE.fullmatch(line[line.index("SW"):]) is not None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_request_is_escaped_everywhere(serve, name):
    target = HOSTILE[name]
    server = serve(SlotWatchPrivacy="Full", HttpProtocolOptions="Unsafe")
    with clients.slow_download(server, target) as client:
        server.reload()
        line = server.log.expect(r"SW200 stuck .*$")[0]
        assert is_one_line(line)
        assert QUOTED.search(line), "a quote of the client's ends the quoted text"
        for kind in ("html", "text", "json"):
            content = server.get(f"/slotwatch?format={kind}").content
            assert b"packed" in content
            assert not [raw for where, raw in RAW if where == kind and raw in content]
        # What is not UTF-8 can't be told as it was; all else comes out of the JSON as it went in.
        [request] = [r for slot in strict(server)["slots"] for r in slot["requests"]]
        if name != "high":
            assert request["request"] == f"GET {target} HTTP/1.1"[:63]
        client.close()
        server.log.expect(r"SW202 cleared ")


def scribble(server, query):
    answer = server.get(f"/scribble?{query}")
    assert answer.text == "scribbled\n"


def free_slot(server):
    return [slot["slot"] for slot in server.report()["slots"] if slot["state"] == "free"][-1]


def test_random_bytes_on_the_board_harm_nobody(serve):
    server = serve(test_module=True, conf=SCRIBBLE)
    watcher, slot = server.watcher(), free_slot(server)
    own = [s["slot"] for s in server.report()["slots"] if s["state"] == "serving"][0]
    server.log.claim(r"SW2\d\d ")  # of a board like this anything may be told
    storms = [threading.Thread(target=scribble, args=(server, f"op=storm&slot={at}&value=1500"))
              for at in (own, slot)]
    for storm in storms:
        storm.start()
    reports = 0
    while any(storm.is_alive() for storm in storms):
        report = strict(server)
        assert len(report["slots"]) == 4
        for kind in ("html", "text", "health"):
            assert server.get(f"/slotwatch?format={kind}").content
        reports += 1
    for storm in storms:
        storm.join()
    assert reports > 0
    server.wait_report(lambda r: r["capacity"]["serving"] >= 1 and r["capacity"]["verdict"] == "ok",
                       "order again")
    assert server.watcher() == watcher
    for _, line in server.log.lines(r"SW2\d\d "):
        assert is_one_line(line)


def test_forged_pid_is_told_once_and_never_signalled(serve):
    server = serve(test_module=True, conf=SCRIBBLE)
    slot = free_slot(server)
    stranger = os.getpid()  # ours, not a child of that server
    scribble(server, f"op=generation&slot={slot}&value=77")
    scribble(server, f"op=pid&slot={slot}&value={stranger}")
    server.log.expect(rf"\[slotwatch:warn\].* SW402 foreign-pid slot={slot} pid={stranger} ")
    server.log.claim(rf"SW20[02] .*slot={slot} pid={stranger} ")
    frames = server.report()["counters"]["frames"]
    server.wait_report(lambda r: r["counters"]["frames"] > frames + 5, "frames")
    assert server.log.count("SW402") == 1
    scribble(server, f"op=pid&slot={slot}&value=0")
    server.wait_report(lambda r: r["slots"][slot]["state"] == "free", "the slot free again")


@pytest.mark.parametrize("pid", [-1, -2147483648, 2147483647, 1])
def test_pid_that_cannot_be_is_survived(serve, pid):
    server = serve(test_module=True, conf=SCRIBBLE)
    watcher, slot = server.watcher(), free_slot(server)
    scribble(server, f"op=generation&slot={slot}&value=77")
    scribble(server, f"op=pid&slot={slot}&value={pid}")
    server.log.claim(r"SW(20[02]|402) ")
    frames = server.report()["counters"]["frames"]
    server.wait_report(lambda r: r["counters"]["frames"] > frames + 5, "frames")
    assert server.watcher() == watcher
    strict(server)
    scribble(server, f"op=pid&slot={slot}&value=0")
    server.wait_report(lambda r: r["slots"][slot]["state"] == "free", "the slot free again")


def test_texts_without_an_end_are_cut_and_escaped(serve):
    server = serve(test_module=True, conf=SCRIBBLE, SlotWatchPrivacy="Full",
                   SlotWatchAlertRepeat="1s")
    with clients.stopped_reader(server) as client:
        server.reload()
        number = server.wait_slot(state="stuck")["slot"]
        scribble(server, f"op=texts&slot={number}")
        server.wait_slot(slot=number, workers="W" * 8)
        requests = strict(server)["slots"][number]["requests"]
        assert len(requests) == 8
        assert all(len(request["request"]) <= 63 for request in requests)
        html = server.get("/slotwatch?format=html").text
        assert "<<" not in html
        assert '""""' not in html
        # It moved, so it is stuck once more before it is told again.
        line = server.log.expect(r"SW20[01] [^\n]*\\[^\n]*$")[0]
        assert is_one_line(line)
        scribble(server, f"op=wipe&slot={number}")
        client.close()
    server.log.claim(r"SW20[012] ")
    server.wait_report(lambda r: not r["generations"], "the old generation to end")
    assert all(is_one_line(line) for _, line in server.log.lines(r"SW2\d\d "))
    assert not server.log.lines(r"^SW|\x1b")


def test_full_disk_under_the_error_log_stops_nothing(make):
    server = make(error_log="/dev/full").start()
    with clients.stopped_reader(server) as client:
        server.report()
        watcher = server.watcher()
        server.signal(signal.SIGUSR1)  # there is no log in which to wait for it
        server.wait_report(lambda r: r["server"]["generation"] == 1, "the next generation")
        slot = server.wait_slot(state="stuck")
        processes.kill(server.watcher())
        report = server.wait_report(
            lambda r: r["watcher"]["pid"] not in (watcher, None)
            and r["slots"][slot["slot"]]["incident"] == slot["incident"], "a watcher that goes on")
        assert report["capacity"]["stuck"] == 1
        client.close()
        server.wait_report(lambda r: r["capacity"]["stuck"] == 0, "the slot free")
    server.stop()
    wait_for(lambda: not server.all_processes(), "all processes to be gone")
