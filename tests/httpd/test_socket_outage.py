# SPDX-License-Identifier: Apache-2.0
"""The outage: the site does not answer, the watcher does, and gives a slot back."""

import os
import time

import pytest

import clients
import outage
import recycling
from recycling import line
from scenes_handlers import HeldMutex
from socket_client import get, post
from waiting import wait_for

TARGETS = ("/status?format=json", "/events", "/healthz")
ROUNDS = 20
PROMISED_SECONDS = 0.1
MANY = 15  # recycles, of which ten may be asked for within a second


def report_of(server):
    return get(server, "/status?format=json").json


def wait_full(server):
    """All slots drain: by the watcher's own word, as nobody else can say."""
    def look():
        report = report_of(server)
        drain = [slot for slot in report["slots"] if slot["state"] in ("draining", "stuck")]
        return report if len(drain) == outage.SLOTS else None

    report = wait_for(look, "all slots to drain")
    assert not outage.site_answers(server), "the outage was not provoked"
    return report


def slowest(server, target):
    """The longest of ROUNDS answers, in seconds."""
    spans = []
    for _ in range(ROUNDS):
        begun = time.monotonic()
        assert get(server, target).status in (200, 503)
        spans.append(time.monotonic() - begun)
    return max(spans)


def test_watcher_answers_within_100_ms_while_nobody_else_does(serve):
    server = serve(**outage.SMALL, SlotWatchRecycle="DryRun")
    server.log.claim("SW300 ")
    assert get(server, "/healthz").status == 200
    with outage.outage(server):
        wait_full(server)
        server.log.expect(r"SW211 full ")
        health = get(server, "/healthz")
        assert (health.status, health.text[:4]) == (503, "full")
        told = {incident["about"] for incident in get(server, "/events").json["incidents"]}
        assert "capacity" in told
        spans = {target: slowest(server, target) for target in TARGETS}
        print("slowest of", ROUNDS, {target: round(span, 4) for target, span in spans.items()})
        assert max(spans.values()) < PROMISED_SECONDS, spans
        assert not outage.site_answers(server), "it came to its end meanwhile"
    recycling.expect_serving(server)
    wait_for(lambda: get(server, "/healthz").status == 200, "good news")


@pytest.mark.parametrize("mode", ["DryRun", "On"])
def test_recycle_frees_the_site(serve, mode):
    """With On, too, nobody but who asks may have it: the downloads are protected."""
    server = serve(**outage.SMALL, SlotWatchRecycle=mode, SlotWatchProtect="/packed",
                   SlotWatchLadder="backends:2s clients:2s kill")
    server.log.claim("SW300 ")
    with outage.outage(server) as held:
        slot = wait_full(server)["slots"][0]
        answer = post(server, slot["slot"], slot["pid"])
        assert answer.status == 202
        asked = answer.json
        assert asked.pop("state") in ("draining", "stuck")
        assert asked == {"schema": 1, "slot": slot["slot"], "pid": slot["pid"], "rung": None}
        server.log.expect(r"\[slotwatch:notice\].*" + line(
            313, slot=slot["slot"], pid=slot["pid"], by_uid=os.geteuid(), by_pid=os.getpid()))
        # It has no backends: that rung is passed over.
        server.log.expect(line(301, pid=slot["pid"], rung="clients", reason="request"))
        held[0].expect_cut()
        recycling.claim_steps(server, slot["pid"])
        server.log.expect(line(303, pid=slot["pid"], rung="clients", outcome="freed"))
        wait_for(lambda: outage.site_answers(server), "the site to answer")
        others = {s["pid"] for s in server.report()["slots"] if s["state"] in ("draining", "stuck")}
        assert len(others) == 1, "the other slot is left alone"
        assert recycling.recycled_pids(server) == {slot["pid"]}


def test_recycle_that_is_off_is_refused(serve):
    server = serve(**outage.SMALL, SlotWatchRecycle="Off")
    with outage.outage(server):
        slot = wait_full(server)["slots"][1]
        answer = post(server, slot["slot"], slot["pid"])
        assert (answer.status, answer.text) == (409, "SlotWatchRecycle is Off\n")
    recycling.expect_serving(server)
    assert not server.log.lines("SW3")


def test_recycle_that_is_vetoed_is_shown_as_such(make):
    server = make(**outage.SMALL, SlotWatchRecycle="DryRun",
                  SlotWatchRecycleExec='"{root}/decide"', SlotWatchLadder="clients:2s kill")
    program = server.root / "decide"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    server.start_watched()
    server.log.claim("SW300 ")
    with outage.outage(server):
        slot = wait_full(server)["slots"][0]
        assert post(server, slot["slot"], slot["pid"]).status == 202
        server.log.expect(line(313, slot=slot["slot"], pid=slot["pid"]))
        server.log.expect(line(311, pid=slot["pid"], rung="clients"))
        wait_for(lambda: report_of(server)["slots"][slot["slot"]]["suppressed"] == "veto",
                 "the veto in the report")
        assert report_of(server)["counters"]["connections_cut"] == 0
        assert not server.log.lines("SW301 ")


def test_recycle_of_what_may_not_be_is_refused(serve):
    server = serve(SlotWatchRecycle="On", ServerLimit=4)
    [serving] = [s for s in server.report()["slots"] if s["state"] == "serving"]
    [free, *_] = [s for s in server.report()["slots"] if s["state"] == "free"]
    number, pid = serving["slot"], serving["pid"]
    for answer, status, needle in [
            (post(server, 4), 404, "they are 0 to 3"),
            (post(server, 2147483647, pid), 404, "they are 0 to 3"),
            (post(server, free["slot"]), 409, "is free"),
            (post(server, number, pid + 1), 409, f"is held by pid {pid}"),
            (post(server, number, pid), 409, "serves, and is left alone"),
            (post(server, number), 409, "serves, and is left alone")]:
        assert (answer.status, needle in answer.text) == (status, True), answer.text
    with clients.kept_alive(server):
        assert post(server, number, pid).status == 409
    recycling.expect_serving(server)
    assert server.children() == [pid]
    assert not server.log.lines("SW3")


def test_recycle_of_another_pid_leaves_who_drains_alone(serve):
    server = serve(SlotWatchRecycle="On")
    with clients.slow_download(server) as client:
        server.reload()
        slot = wait_for(lambda: [s for s in report_of(server)["slots"]
                                 if s["state"] == "draining"], "a slot that drains")[0]
        answer = post(server, slot["slot"], slot["pid"] + 1)
        assert (answer.status, f"pid {slot['pid']}" in answer.text) == (409, True)
        assert not server.log.lines("SW3")
        # Without a pid whoever drains there is meant.
        assert post(server, slot["slot"]).json["pid"] == slot["pid"]
        client.expect_cut()
        server.log.expect(line(313, pid=slot["pid"]))
        recycling.claim_steps(server, slot["pid"])
        server.log.expect(line(303, pid=slot["pid"]))
    server.log.claim("SW20[02] ")


def begin_held_mutex(serve, **options):
    """A slot that drains, and that no shut connection frees. @return (scene, server, slot)"""
    scene = HeldMutex()
    server = serve(**scene.options(), SlotWatchRecycle="On", **options)
    scene.hold(server)
    server.reload()
    slot = wait_for(lambda: [s for s in report_of(server)["slots"] if s["state"] == "draining"],
                    "a slot that drains")[0]
    return scene, server, slot


def test_more_than_ten_recycles_within_a_second_are_refused(serve):
    scene, server, slot = begin_held_mutex(serve, SlotWatchLadder="clients:1min")
    with scene:
        begun = time.monotonic()
        got = [post(server, slot["slot"], slot["pid"]) for _ in range(MANY)]
        seconds = time.monotonic() - begun
        statuses = [answer.status for answer in got]
        assert set(statuses) == {202, 429}
        assert statuses[:10] == [202] * 10
        # In as many seconds as may have begun meanwhile.
        assert statuses.count(202) <= 10 * (2 + int(seconds))
        assert server.log.count("SW313 ") == statuses.count(202)
        assert server.log.count("SW301 ") == 1, "whoever asks, it is begun once"
        assert got[0].json["rung"] is None
        wait_for(lambda: report_of(server)["slots"][slot["slot"]]["rung"], "the rung")
        again = wait_for(lambda: a if (a := post(server, slot["slot"])).status == 202 else None,
                         "a second to pass")
        assert again.json["rung"] == "clients"
        scene.finish()
    server.log.claim(r"SW(20[02]|313|30[1-5]) ")
