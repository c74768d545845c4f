# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl check and preflight: the judgements that scripts and monitoring act upon."""

import re

import pytest

import fake_report
from fake_report import report, request, slot
from ctl import Ctl

OK, WARNING, CRITICAL, UNKNOWN = range(4)
NAMES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def free_of(free, slots=64, **fields):
    return report(*(slot() for _ in range(free)), *(slot("serving") for _ in range(slots - free)),
                  **fields)


def check(ctl, *arguments):
    """@return (exit code, text, {metric: perfdata})"""
    done = ctl.run("check", *arguments)
    match = re.fullmatch(r"SLOTWATCH (\w+) - ([^|]+) \|( .+)", done.line())
    assert match, done.line()
    assert match[1] == NAMES[done.code]
    return done.code, match[2], dict(word.split("=") for word in match[3].split())


# ---- Ranges: those of the guidelines, and what they leave to be thought of ----

RANGES = [
    ("10", (0, 1, 10), (11, 64)),
    ("10:", (10, 11, 64), (0, 9)),
    ("~:10", (0, 10), (11,)),
    ("10:20", (10, 15, 20), (9, 21)),
    ("@10:20", (9, 21), (10, 15, 20)),
    ("@10", (11,), (0, 10)),
    ("-5:10", (0, 10), (11,)),
    ("~:-1", (), (0,)),
    ("0.5:1.5", (1,), (0, 2)),
    ("~:", (0, 64), ()),
    ("0", (0,), (1,)),
    ("3:3", (3,), (2, 4)),
]


@pytest.mark.parametrize("text, silent, alerting", RANGES)
def test_range_alerts_where_it_should(fake, ctl, text, silent, alerting):
    for option, code in (("-w", WARNING), ("-c", CRITICAL)):
        for free in silent + alerting:
            fake.report = free_of(free)
            assert check(ctl, option, text)[0] == (code if free in alerting else OK), free


@pytest.mark.parametrize("text", ["", "x", "10:x", ":", ":10", "20:10", "@", "@@1", "1:2:3", "~",
                                  "10 ", " 10", "1e3", "0x10", "nan", "inf:", "--", "+1"])
@pytest.mark.parametrize("option", ["-w", "--warning", "-c", "--critical"])
def test_range_that_is_none_is_unknown(ctl, text, option):
    done = ctl.run("check", f"{option}={text}" if option.startswith("--") else option + text)
    if text == "":
        assert done.code in (OK, UNKNOWN)  # as with no range, or with no value
        return
    assert done.code == UNKNOWN
    assert re.fullmatch(r"SLOTWATCH UNKNOWN - .*", done.line())


def test_critical_goes_before_warning(fake, ctl):
    fake.report = free_of(2)
    code, text, _ = check(ctl, "-w", "10:", "-c", "5:")
    assert code == CRITICAL
    assert text.startswith("free is 2, range 5:; ok: 2 of 64 slots free, ")
    assert check(ctl, "-w", "10:", "-c", "2:")[0] == WARNING


# ---- Without ranges ----

@pytest.mark.parametrize("made, code", [
    (fake_report.calm(), OK),
    (report(slot("draining", 2), slot("serving"), slot()), OK),
    (report(slot("stuck", 2), slot("serving"), slot()), WARNING),
    (report(slot("draining", 2), slot("serving"), verdict="tight"), WARNING),
    (fake_report.outage(), CRITICAL),
])
def test_verdict_decides_where_there_is_no_range(fake, ctl, made, code):
    fake.report = made
    assert check(ctl)[0] == code


def test_stuck_slots_are_named_as_the_reason(fake, ctl):
    fake.report = report(slot("stuck", 2), slot("serving"), slot())
    assert check(ctl)[1].startswith("1 stuck slot; ok: 1 of 3 slots free, ")


def test_full_is_critical_whatever_the_range(fake, ctl):
    fake.report = fake_report.outage()
    assert check(ctl, "-w", "0:", "-c", "0:")[0] == CRITICAL


def test_stale_is_unknown_whatever_it_says(fake, ctl):
    for made in (fake_report.calm(stale=True), {**fake_report.outage()}):
        made["watcher"]["stale"] = True
        fake.report = made
        code, text, _ = check(ctl, "-c", "0:")
        assert code == UNKNOWN and text.startswith("stale: ")


# ---- Metrics and perfdata ----

@pytest.mark.parametrize("metric, value, maximum", [
    ("free", "0", "4"), ("stuck", "2", "4"), ("draining", "1", "4"), ("reloads_left", "0", "4"),
    ("oldest", "59.1s", ""), ("workers_idle", "0", "")])
def test_perfdata_has_all_metrics_and_the_ranges_of_the_chosen(fake, ctl, metric, value, maximum):
    fake.report = fake_report.outage()
    perfdata = check(ctl, "--metric", metric, "-w", "@1:2", "-c", "~:9")[2]
    assert list(perfdata) == ["free", "stuck", "draining", "reloads_left", "oldest",
                              "workers_idle"]
    assert perfdata[metric] == f"{value};@1:2;~:9;0;{maximum}"
    assert all(";;;0;" in text for name, text in perfdata.items() if name != metric)


@pytest.mark.parametrize("metric, below, above", [
    ("stuck", "~:1", "2"), ("draining", "0:0", "1"), ("reloads_left", "1:", "0"),
    ("oldest", "59", "60"), ("workers_idle", "1:", "0:")])
def test_each_metric_is_looked_at(fake, ctl, metric, below, above):
    fake.report = {**fake_report.outage()}
    fake.report["capacity"]["verdict"] = "tight"
    assert check(ctl, "--metric", metric, "-w", below)[0] == WARNING
    assert check(ctl, "--metric", metric, "-w", above)[0] == OK


# ---- preflight ----

def test_preflight_yes_where_a_reload_fits(fake, ctl):
    done = ctl.run("preflight")
    assert done.code == 0
    assert done.line() == \
        "yes: room for 2 more reloads: 2 of 4 slots free, a reload needs 1"


def test_preflight_no_says_who_holds_the_room_and_what_would_free_it(fake, ctl):
    fake.report = fake_report.outage()
    fake.report["capacity"]["reserve"] = 3
    done = ctl.run("preflight")
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == "no: 0 of 4 slots free, a reload needs 3: 3 missing"
    assert "0 (1 slot, draining for 59.1 s); 1 (1 slot, draining for 54.1 s)" in lines[1]
    assert lines[2] == (
        "  slot 0, pid 1000, generation 0: stuck, draining for 59.1 s, requests: GET "
        "/iso/disk1.iso? HTTP/1.1 from 127.0.0.1 at www.example.org:80; not recycled: "
        "SlotWatchRecycle is DryRun")
    assert lines[4].endswith("; being recycled (clients)")
    assert "SlotWatchRecycle is DryRun: " in lines[-2]
    assert lines[-1] == "  by hand: slotwatchctl recycle --slot 0 --pid 1000"


@pytest.mark.parametrize("mode, said", [("off", "SlotWatchRecycle is Off"),
                                        ("on", "SlotWatchRecycle is On and frees")])
def test_preflight_names_the_directive(fake, ctl, mode, said):
    fake.report = report(slot("stuck", 1), mode=mode, verdict="tight", reloads_left=0)
    out = ctl.run("preflight").out
    assert said in out
    assert ("by hand: " in out) == (mode != "off")  # where it is refused
    fake.report["watcher"]["latched"] = True
    assert "SlotWatchBudget is spent" in ctl.run("preflight").out


def test_preflight_no_without_draining_slots_names_server_limit(fake, ctl):
    fake.report = report(slot("serving"), slot("serving"), reloads_left=0)
    done = ctl.run("preflight")
    assert done.code == 1
    assert "ServerLimit" in done.out


def test_preflight_full_is_no_even_with_room(fake, ctl):
    fake.report = report(slot("stuck", 1), slot(), verdict="full", reloads_left=1)
    assert ctl.run("preflight").code == 1


def test_preflight_names_the_oldest_and_counts_the_rest(fake, ctl):
    fake.report = report(*(slot("stuck", 1, draining_seconds=100.0 + n, requests=[request()] * 3)
                           for n in range(20)), verdict="full", reloads_left=0)
    out = ctl.run("preflight").out
    assert re.findall(r"^  slot (\d+),", out, re.MULTILINE) == [str(19 - n) for n in range(8)]
    assert "  and 12 more\n" in out and ", 2 more" in out


def test_preflight_quiet_says_nothing(fake, ctl):
    for made, code in ((fake_report.calm(), 0), (fake_report.outage(), 1)):
        fake.report = made
        for option in ("-q", "--quiet"):
            done = ctl.run("preflight", option)
            assert (done.code, done.out, done.err) == (code, "", "")


def test_preflight_stale_is_neither_yes_nor_no(fake, ctl):
    fake.report = fake_report.calm(stale=True)
    done = ctl.run("preflight")
    assert done.code == 3
    assert done.line().startswith("slotwatchctl: stale: ")


def test_preflight_colours_its_answer_on_a_terminal(fake, ctl):
    assert ctl.on_terminal("preflight")[1].startswith(b"\033[32myes\033[0m: ")
    assert Ctl(fake.path, NO_COLOR="1").on_terminal("preflight")[1].startswith(b"yes: ")
