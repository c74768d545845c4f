# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl status and metrics: what is shown, to whom, and what never reaches a terminal."""

import json
import re
import subprocess

import pytest

import fake_report
from ctl import ESCAPE, Ctl
from fake_report import report, request, slot, socket

# In a request: a screen cleared, a title set, a line forged, bytes that are no UTF-8 of ours.
HOSTILE = "GET /\033[2J\033]0;owned\007\r\nSW211 full \x9b1A\x7f\\ é HTTP/1.1"
SHOWN = (r"GET /\x1b[2J\x1b]0;owned\x07\x0d\x0aSW211 full \xc2\x9b1A\x7f\x5c \xc3\xa9 HTTP/1.1")


def test_status_says_whose_pids_they_are(fake, ctl):
    fake.report = fake_report.outage()
    assert "namespace" not in ctl.run("status").out
    fake.report["server"]["pid_namespace"] = 4026532201
    assert "; SlotWatchRecycle dryrun; pids are of PID namespace 4026532201" \
        in ctl.run("status").out


def test_status_shows_headline_generations_slots_and_incidents(fake, ctl):
    fake.report = fake_report.outage()
    done = ctl.run("status")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("full: 0 of 4 slots free, 0 serving, 1 draining, 2 stuck, "
                               "1 recycling; room for 0 more reloads\n[XXXXXXXXrrrrdddd]")
    assert "Apache/2.4.71 (Debian), event, generation 4, up 1h 02m; SlotWatchRecycle dryrun" \
        in done.out
    assert re.search(r"^ +1 +1 +54\.1 s$", done.out, re.MULTILINE)
    assert re.search(r"^ +1 +1001 +1 +stuck +requests +54\.1 s +58\.1 s +1 +1 +no: dryrun +"
                     r"GET /silent/x\? HTTP/1\.1 from 10\.0\.0\.7 at www\.example\.org:80; "
                     r"backend 10\.1\.1\.1:8080, idle 54\.0 s$", done.out, re.MULTILINE)
    assert re.search(r"recycling +connections .* clients +client 192\.0\.2\.9:4711, idle 30\.2 s",
                     done.out)
    assert "its workers have ended, the process has not" in done.out
    assert "open incidents\n2026-11-25T01:24:03.032Z  006b0638b0000001  opened  slot 0, " \
        "pid 1000, generation 0, requests after reload: stall\n" in done.out


def test_status_columns_are_aligned_and_draining_slots_first(fake, ctl):
    fake.report = report(slot("serving"), slot(), slot("draining", 12, pid=123456),
                         slot("stuck", 2), slot("draining", 1, draining_seconds=7265.0))
    table = ctl.run("status").out.split("\n\n")[2].splitlines()
    assert [line.split()[0] for line in table] == ["slot", "3", "4", "2", "0"]
    assert len({line.index(word) for line, word in zip(table, (
        "state", "stuck", "draining", "draining", "serving"))}) == 1
    assert "2h 01m" in table[2]
    assert table[4].endswith("2 of 8 workers busy")


def test_status_tells_the_longest_of_several_requests(fake, ctl):
    fake.report = report(slot("stuck", 0, requests=[
        request("GET /a HTTP/1.1", elapsed=None), request("GET /b HTTP/1.1", elapsed=9.0),
        request("GET /c HTTP/1.1", elapsed=5.0)]))
    assert "GET /b HTTP/1.1 from 127.0.0.1 at www.example.org:80, 2 more" in ctl.run("status").out


def test_status_without_draining_slots_says_no_more_than_there_is(fake, ctl):
    fake.report = fake_report.calm()
    done = ctl.run("status")
    assert done.out.startswith("ok: 2 of 4 slots free, 2 serving, ")
    assert "generation  slots" not in done.out and "incidents" not in done.out


def test_status_json_is_the_document(fake, ctl):
    fake.report = fake_report.outage()
    done = ctl.run("status", "--json")
    assert done.code == 0
    assert done.out == json.dumps(fake.report) + "\n"


def test_status_generation_is_the_number_alone(fake, ctl):
    assert ctl.run("status", "--generation").out == "3\n"


def test_status_stale_says_so(fake, ctl):
    fake.report = fake_report.calm(stale=True)
    done = ctl.run("status")
    assert done.code == 0
    assert done.out.startswith("stale: this is what was known 0.4 s ago: ok: ")


def hostile():
    return report(
        slot("stuck", 0, requests=[request(HOSTILE, "\033[31m", vhost="\033c")],
             sockets=[socket("backend", "unix:\033[5m")]),
        slot("draining", 1, phase="\033[1m", suppressed="\033[2m", requests=[]),
        incidents=[fake_report.incident(phase="\033[H")])


@pytest.mark.parametrize("command", [
    ("status",), ("status", "--json"), ("preflight",), ("events", "--json"),
    ("wait", "--timeout", "10ms")])
@pytest.mark.parametrize("terminal", [False, True])
def test_hostile_bytes_never_reach_the_output(fake, ctl, command, terminal):
    fake.report = {**hostile(), "capacity": {**hostile()["capacity"], "reloads_left": 0}}
    fake.events = fake.report["incidents"]
    quiet = Ctl(fake.path, NO_COLOR="1")
    if terminal:
        out = quiet.on_terminal(*command)[1].replace(b"\r\n", b"\n").replace(b"\r\033[K", b"")
    else:
        out = quiet.run(*command).out.encode()
    assert out
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", out), out
    if "--json" in command:
        json.loads(out)


def test_hostile_request_is_shown_escaped(fake, ctl):
    fake.report = hostile()
    assert SHOWN in ctl.run("status").out


def test_json_keeps_its_meaning_where_it_is_escaped(fake, ctl):
    fake.report = hostile()
    done = ctl.run("status", "--json")
    assert json.loads(done.out) == fake.report
    assert r"\u009b1A\u007f\\ é" in done.out


def test_colours_are_for_terminals_without_no_color(fake, ctl):
    fake.report = fake_report.outage()
    code, out = ctl.on_terminal("status")
    assert code == 0 and b"\033[31mfull: " in out and b"\033[31mstuck" in out
    assert ESCAPE not in ctl.run("status").out
    assert b"\033" not in Ctl(fake.path, NO_COLOR="1").on_terminal("status")[1]
    assert b"\033" in Ctl(fake.path, NO_COLOR="").on_terminal("status")[1]
    assert b"\033" not in Ctl(fake.path, TERM="dumb").on_terminal("status")[1]


def test_metrics_are_printed_as_they_are(fake, ctl):
    fake.metrics = '# TYPE slotwatch_slots gauge\nslotwatch_slots{state="a\\"b"} 4\n# EOF\n'
    done = ctl.run("metrics")
    assert (done.code, done.out) == (0, fake.metrics)
    assert fake.asked == ["GET /status?format=openmetrics"]
    done = ctl.run("metrics", "--prometheus")
    assert (done.code, done.out) == (0, fake.metrics)
    assert fake.asked[1:] == ["GET /status?format=prometheus"]
    fake.metrics = "x\033[2J\n"
    assert ctl.on_terminal("metrics")[1] == b"x\\x1b[2J\r\n"


def test_output_that_cannot_be_written_is_told(ctl):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(ctl.command("status"), env=ctl.environment, stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3
    assert done.stderr == b"slotwatchctl: cannot write: No space left on device\n"
