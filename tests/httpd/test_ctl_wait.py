# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl wait and recycle: what changes while they look."""

import re

import pytest

import fake_report
from ctl import Ctl
from fake_report import incident, report, slot
from waiting import wait_for


class Story:
    """Reports one after the other, a look each; the last one stays. None: the server is gone."""

    def __init__(self, *reports):
        self.reports = list(reports)
        self.looks = 0

    def __call__(self):
        self.looks += 1
        made = self.reports[0] if len(self.reports) == 1 else self.reports.pop(0)
        # An interval later.
        return {**made, "time": f"2026-11-25T01:24:{self.looks // 10:02d}.{self.looks % 10}00Z"}


def held(**fields):
    return report(slot("stuck", 2, requests=[fake_report.request()], suppressed="dryrun"),
                  slot("serving"), slot(), **fields)


# ---- wait ----

def test_wait_drained_is_0(fake, ctl):
    fake.report = Story(held(), held(), fake_report.calm())
    done = ctl.run("wait")
    assert done.code == 0
    assert done.line() == "drained: generation 3 holds no slot but its own"
    assert fake.report.looks == 3


def test_wait_timed_out_says_who_still_holds(fake, ctl):
    fake.report = held()
    done = ctl.run("wait", "--timeout", "300ms")
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines() == [
        "timed out after 0.3 s: 1 slot of generation 2 for 59.1 s",
        "  slot 0, pid 1000, generation 2: stuck, draining for 59.1 s, requests: GET "
        "/iso/disk1.iso? HTTP/1.1 from 127.0.0.1 at www.example.org:80; not recycled: "
        "SlotWatchRecycle is DryRun"]


def test_wait_does_not_wait_for_children_of_the_running_generation(fake, ctl):
    fake.report = report(slot("draining", 3, trigger="trim"), slot("serving"), generation=3)
    assert ctl.run("wait").code == 0


def test_wait_does_wait_for_generations_that_no_slot_tells_of(fake, ctl):
    fake.report = {**fake_report.calm(),
                   "generations": [{"generation": 1, "slots": 1, "draining_seconds": 1.0}]}
    assert ctl.run("wait", "--timeout", "50ms").code == 1


def test_wait_after_waits_for_the_reload_to_begin(fake, ctl):
    fake.report = Story(fake_report.calm(generation=3), fake_report.calm(generation=3),
                        held(generation=4), fake_report.calm(generation=4))
    done = ctl.run("wait", "--after", "3")
    assert (done.code, fake.report.looks) == (0, 4)
    assert "generation 4" in done.out


def test_wait_after_a_reload_that_does_not_come_is_1(fake, ctl):
    done = ctl.run("wait", "--after", "3", "--timeout", "100ms")
    assert done.code == 1
    assert done.line() == "timed out after 0.1 s: generation 3 is still running"


def test_wait_after_a_restart_has_begun(fake, ctl):
    fake.report = fake_report.calm(generation=0)
    assert ctl.run("wait", "--after", "3").code == 0


def test_wait_does_not_believe_a_stale_report(fake, ctl):
    fake.report = fake_report.calm(stale=True)
    done = ctl.run("wait", "--timeout", "100ms")
    assert done.code == 3
    assert "stale: " in done.out


def test_wait_goes_on_while_the_watcher_is_replaced(fake, ctl):
    fake.report = Story(held())
    process = ctl.start("wait")
    wait_for(lambda: fake.report.looks, "the first look")
    fake.stop()
    fake.report = fake_report.calm(generation=4)
    fake.start()
    assert process.communicate()[0] == b"drained: generation 4 holds no slot but its own\n"
    assert process.returncode == 0


def test_wait_shows_its_progress_in_place_on_a_terminal_only(fake, ctl):
    fake.report = Story(held(), fake_report.calm())
    code, out = Ctl(fake.path).on_terminal("wait")
    assert code == 0
    assert out == (b"\r\033[Kwaiting: 1 slot of generation 2 for 59.1 s\r\033[K"
                   b"drained: generation 3 holds no slot but its own\r\n")


def test_wait_without_limit_is_0(fake, ctl):
    fake.report = Story(held(), fake_report.calm())
    assert ctl.run("wait", "--timeout", "0").code == 0


# ---- recycle ----

ASKED = "asked for: slot 0, pid 1000, stuck\n"
RUNGS = [{"rung": "clients", "outcome": "freed", "cut": 1}]


def recycling():
    return report(slot("recycling", 2, rung="clients"), slot("serving"), slot())


def freed():
    closed = incident(closed="2026-11-25T01:24:05.274Z", outcome="exited", rungs=RUNGS)
    return report(slot(), slot("serving"), slot(), incidents=[closed])


def not_freed(suppressed):
    failed = [{"rung": "clients", "outcome": "expired", "cut": 1},
              {"rung": "kill", "outcome": "vetoed", "cut": 0}]
    return report(slot("stuck", 2, suppressed=suppressed), slot("serving"), slot(),
                  incidents=[incident(rungs=failed)])


def test_recycle_freed_is_0(fake, ctl):
    fake.report = Story(held(), held(), held(), recycling(), freed())
    done = ctl.run("recycle", "--slot", "0")
    assert (done.code, done.err) == (0, "")
    assert done.out == ASKED + "freed: slot 0, pid 1000; clients freed (cut 1)\n"
    assert [line for line in fake.asked if line.startswith("POST")] == \
        ["POST /recycle?slot=0&pid=1000"]


def test_recycle_sends_the_pid_that_was_given(fake, ctl):
    assert ctl.run("recycle", "--slot", "1", "--pid", "77", "--no-wait").code == 0
    assert fake.asked == ["POST /recycle?slot=1&pid=77"]


def test_recycle_slot_taken_by_another_child_is_freed(fake, ctl):
    fake.report = Story(held(), held(), report(slot("serving", pid=4711), slot(), slot()))
    assert ctl.run("recycle", "--slot", "0").code == 0


def test_recycle_no_wait_does_not_look(fake, ctl):
    fake.report = held()
    done = ctl.run("recycle", "--slot", "0", "--no-wait")
    assert (done.code, done.out) == (0, ASKED)
    assert fake.count("GET") == 1


@pytest.mark.parametrize("first", [held, recycling])
@pytest.mark.parametrize("word, why", [
    ("veto", "a module or SlotWatchRecycleExec does not allow it"),
    ("ladder", "no rung of SlotWatchLadder helps"),
    ("identity", "its process is not known to be a child of this server")])
def test_recycle_not_freed_is_1_with_the_reason(fake, ctl, first, word, why):
    fake.report = Story(held(), held(), first(), not_freed(word))
    done = ctl.run("recycle", "--slot", "0")
    assert done.code == 1
    assert done.out == ASKED + (f"not freed: slot 0, pid 1000: {why}; "
                                "clients expired (cut 1), kill vetoed\n")


def test_recycle_does_not_take_the_old_reason_for_an_answer(fake, ctl):
    fake.report = Story(held(), *[held()] * 10, recycling(), held(), held(),
                        held(), recycling(), freed())
    assert ctl.run("recycle", "--slot", "0").code == 0


def test_recycle_still_there_at_the_time_limit_is_1(fake, ctl):
    fake.report = held()
    done = ctl.run("recycle", "--slot", "0", "--timeout", "300ms")
    assert done.code == 1
    assert re.search(r"\nnot freed within 0\.3 s: slot 0, pid 1000, generation 2: stuck, .*; not "
                     r"recycled: SlotWatchRecycle is DryRun\n$", done.out)


@pytest.mark.parametrize("status, code, text, said", [
    (403, 1, "only root may\n", "not allowed: only root may"),
    (404, 1, "no such slot\n", "not recycled: no such slot"),
    (409, 1, "slot 0 serves\033[2J\nmore\n", r"not recycled: slot 0 serves\x1b[2J"),
    (429, 1, "too many\n", "not recycled: too many"),
    (503, 3, "the report is stale\n", "not recycled: the report is stale")])
def test_recycle_refused_says_the_servers_line(fake, ctl, status, code, text, said):
    fake.recycle = (status, text)
    done = ctl.run("recycle", "--slot", "0")
    assert done.code == code
    assert done.line() == "slotwatchctl: " + said


def test_recycle_of_a_free_or_unknown_slot_asks_nobody(fake, ctl):
    assert ctl.run("recycle", "--slot", "3").line() == "slotwatchctl: slot 3 is free"
    done = ctl.run("recycle", "--slot", "99")
    assert (done.code, done.line()) == (1, "slotwatchctl: there is no slot 99; the last is 3")
    assert fake.count("POST") == 0


def test_recycle_is_asked_for_but_once(fake, ctl):
    fake.always = "close"
    done = ctl.run("recycle", "--slot", "0", "--pid", "1000")
    assert done.code == 3
    assert re.fullmatch(r"slotwatchctl: \S+: closed without an answer", done.line())
    assert fake.asked == ["POST /recycle?slot=0&pid=1000"]
