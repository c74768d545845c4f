# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl events: each change once, in the order of time, for as long as it is followed."""

import json
import os
import signal
import time

import pytest

import fake_report
from fake_report import incident
from waiting import wait_for

FIRST = incident(1, opened="2026-11-25T01:00:00.000Z", closed="2026-11-25T01:00:28.300Z",
                 outcome="exited", rungs=[{"rung": "backends", "outcome": "nothing", "cut": 0},
                                          {"rung": "clients", "outcome": "freed", "cut": 2}])
FULL = incident(2, about="capacity", slot=None, pid=None, generation=None, phase=None,
                trigger=None, reason="capacity", verdict="full",
                opened="2026-11-25T01:00:10.000Z")
LINES = [
    "2026-11-25T01:00:00.000Z  006b0638b0000001  opened  slot 0, pid 1000, generation 0, requests "
    "after reload: stall",
    "2026-11-25T01:00:10.000Z  006b0638b0000002  opened  capacity full",
    "2026-11-25T01:00:28.300Z  006b0638b0000001  closed  slot 0, pid 1000, generation 0, requests "
    "after reload: exited after 28.3 s; backends nothing, clients freed (cut 2)"]

OPENED = ("2026-11-25T{}.000Z  006b0638b{:07x}  opened  slot 0, pid 1000, generation 0, requests "
          "after reload: stall")


@pytest.fixture
def told(fake):
    fake.report = fake_report.calm(time="2026-11-25T01:00:30.000Z")
    fake.events = [FULL, FIRST]
    return fake


def test_events_are_lines_in_the_order_of_time(told, ctl):
    done = ctl.run("events")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == LINES
    assert told.asked == ["GET /events"]


@pytest.mark.parametrize("since, asked, lines", [
    ("2026-11-25T01:00:10.000Z", "1795568410", LINES[2:]),
    ("2026-11-25T01:00:09.999Z", "1795568409", LINES[1:]),
    ("1795568400", "1795568400", LINES[1:]),
    ("0", "0", LINES)])
def test_events_since_are_those_after_it(told, ctl, since, asked, lines):
    done = ctl.run("events", "--since", since)
    assert done.out.splitlines() == lines
    assert told.asked == [f"GET /events?since={asked}"]


def test_events_since_a_span_is_so_long_ago(told, ctl):
    before = int(time.time())
    assert ctl.run("events", "--since", "10min").code == 0
    asked = int(told.asked[0].split("=")[1])
    assert before - 600 - 1 <= asked <= int(time.time()) - 600


def test_events_without_an_instant_are_none(told, ctl):
    told.events = [incident(1, opened="yesterday")]
    done = ctl.run("events")
    assert (done.code, done.out) == (3, "")
    assert done.err == ("slotwatchctl: the server's answer is no list of events: yesterday is no "
                        "instant\n")


def test_events_json_is_the_answer(told, ctl):
    done = ctl.run("events", "--json")
    assert json.loads(done.out)["incidents"] == told.events
    assert done.out.count("\n") == 1


class Follower:
    """`events --follow` in the background."""

    def __init__(self, ctl, *arguments):
        self.process = ctl.start("events", "--follow", *arguments)
        self.seen = b""
        os.set_blocking(self.process.stdout.fileno(), False)

    def lines(self):
        self.seen += self.process.stdout.read() or b""
        return self.seen.decode().splitlines()

    def expect(self, lines):
        wait_for(lambda: len(self.lines()) >= len(lines), lambda: f"{lines}, not {self.lines()}")
        assert self.lines() == lines

    def end(self, sig=signal.SIGINT):
        self.process.send_signal(sig)
        rest, errors = self.process.communicate()
        assert (self.process.returncode, rest or b"", errors) == (0, b"", b"")


@pytest.fixture
def follow(ctl):
    followers = []

    def build(*arguments):
        followers.append(Follower(ctl, *arguments))
        return followers[-1]

    yield build
    for each in followers:
        each.process.kill()
        each.process.communicate()


def go_on(fake, seconds, *events):
    fake.events = list(events)
    fake.report = fake_report.calm(time=f"2026-11-25T01:01:{seconds:02d}.000Z")


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_follow_tells_each_change_once_and_ends_at_a_signal(told, follow, sig):
    told.events = [{**FIRST, "closed": None, "outcome": None, "rungs": []}]
    follower = follow()
    follower.expect(LINES[:1])  # at once, though it goes on
    late = incident(3, opened="2026-11-25T01:01:00.000Z")
    go_on(told, 10, {**FIRST, "closed": "2026-11-25T01:00:40.000Z"}, late)
    follower.expect([LINES[0], LINES[2].replace("01:00:28.300", "01:00:40.000")
                     .replace("28.3 s", "40.0 s"), OPENED.format("01:01:00", 3)])
    looks = told.count("GET")
    wait_for(lambda: told.count("GET") >= looks + 2, "two more looks")
    assert len(follower.lines()) == 3
    follower.end(sig)
    assert told.asked[-1] == "GET /events?since=2026-11-25T01:01:10.000Z"


def test_follow_outlives_the_watcher(told, follow):
    follower = follow()
    follower.expect(LINES)
    told.stop()
    told.faults = ["close"]
    go_on(told, 20, incident(4, opened="2026-11-25T01:01:05.000Z"))
    looks = told.count("GET")
    told.start()
    follower.expect([*LINES, OPENED.format("01:01:05", 4)])
    assert told.count("GET") > looks
    follower.end()


@pytest.mark.parametrize("since, lines", [((), LINES), (("--since", "1795568400"), LINES[1:])])
def test_follow_goes_on_where_the_clock_was_set_back(told, follow, since, lines):
    follower = follow(*since)
    follower.expect(lines)
    told.report = fake_report.calm(time="2026-11-25T00:30:00.000Z")
    looks = told.count("GET")
    wait_for(lambda: told.count("GET") > looks + 1, "a look in between")
    told.report = fake_report.calm(time="2026-11-25T00:30:02.000Z")
    told.events = [incident(5, opened="2026-11-25T00:30:01.000Z")]
    follower.expect([*lines, OPENED.format("00:30:01", 5)])
    follower.end()


def test_follow_ends_when_nobody_reads(told, follow):
    follower = follow()
    follower.expect(LINES)
    follower.process.stdout.close()
    assert follower.process.wait(30) == 0
    assert follower.process.stderr.read() == b""


def test_follow_json_is_a_document_a_change(told, follow):
    follower = follow("--json")
    wait_for(lambda: len(follower.lines()) == 1, "the first document")
    go_on(told, 30, incident(6, opened="2026-11-25T01:01:25.000Z"))
    wait_for(lambda: len(follower.lines()) == 2, "the second one")
    assert [len(json.loads(line)["incidents"]) for line in follower.lines()] == [2, 1]
    follower.end()
