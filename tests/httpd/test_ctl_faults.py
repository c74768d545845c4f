# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl and servers that are gone, slow, or not what they should be: one line, exit 3."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import fake_report
import fake_watcher
from ctl import Ctl

NOBODY = 65534
ABSENT = r"slotwatchctl: no server: .*"
COMMANDS = [("status",), ("metrics",), ("events",), ("events", "--follow"), ("check",),
            ("preflight",), ("preflight", "-q"), ("wait",), ("recycle", "--slot", "0")]
NETWORK = ["unshare", "--net"]  # has a /proc/net/unix of its own


def expect(done, pattern, code=3):
    assert done.code == code
    assert re.fullmatch(pattern, done.line()), done.line()


# ---- Bad usage ----

@pytest.mark.parametrize("arguments, said", [
    ((), r"slotwatchctl: .*subcommand.*; see slotwatchctl --help"),
    (("stauts",), r"slotwatchctl: .*; see slotwatchctl --help"),
    (("status", "--foo"), r"slotwatchctl: .*--foo; see slotwatchctl status --help"),
    (("status", "a\033[2J"), r"slotwatchctl: .*a\\x1b\[2J; see slotwatchctl status --help"),
    (("status", "--json", "--generation"), r"slotwatchctl: .*; see slotwatchctl status --help"),
    (("top", "--interval", "0"), r"slotwatchctl: --interval: 0\.1 to 60 seconds"),
    (("top", "--interval", "61"), r"slotwatchctl: --interval: 0\.1 to 60 seconds"),
    (("top", "--interval", "nan"), r"slotwatchctl: --interval: nan is no span; .*"),
    (("events", "--since", "yesterday"), r"slotwatchctl: --since: yesterday is none of .*"),
    (("events", "--since", "2026-02-30T00:00:00Z"), r"slotwatchctl: --since: .*"),
    (("events", "--since", "-1"), r"slotwatchctl: --since: -1 is none of .*"),
    (("wait", "--timeout", "5 min"), r"slotwatchctl: --timeout: 5 min is no span; .*"),
    (("wait", "--timeout", "400d"), r"slotwatchctl: --timeout: 400d is no span; .*"),
    (("wait", "--after", "x"), r"slotwatchctl: --after: x is no number"),
    (("recycle",), r"slotwatchctl: .*--slot.*; see slotwatchctl recycle --help"),
    (("recycle", "--slot", "010x"), r"slotwatchctl: --slot: 010x is no number"),
    (("recycle", "--slot", "-1"), r"slotwatchctl: --slot: -1 is no number"),
    (("recycle", "--slot", "1", "--timeout", "0"), r"slotwatchctl: --timeout: more than 0 seconds"),
    (("check", "--foo"), r"SLOTWATCH UNKNOWN - .*--foo; see slotwatchctl check --help"),
    (("check", "-t", "0"), r"SLOTWATCH UNKNOWN - --timeout: more than 0 seconds"),
    (("check", "--metric", "x"), r"SLOTWATCH UNKNOWN - --metric: there is no x"),
])
def test_bad_usage_is_one_line_and_3(ctl, fake, arguments, said):
    expect(ctl.run(*arguments), said)
    assert not fake.asked


@pytest.mark.parametrize("command", [(), *((command[0],) for command in COMMANDS), ("top",)])
def test_help_is_there_on_all_levels(ctl, command):
    for option in ("--help", "-h"):
        done = ctl.run(*command, option)
        assert done.code == 0 and "Usage: slotwatchctl" in done.out and not done.err


def test_version_is_one_line(ctl):
    line = ctl.run("--version").line()
    assert re.fullmatch(r"slotwatchctl \d+\.\d+\.\d+", line)
    assert ctl.run("check", "-V").line() == line  # as of any monitoring plugin


# ---- Nobody there ----

@pytest.mark.parametrize("command", COMMANDS)
def test_no_socket_is_told_by_each_command(fake, ctl, command):
    fake.stop()
    said = r"(slotwatchctl:|SLOTWATCH UNKNOWN -) no server: \S+/fake\.sock does not exist"
    expect(ctl.run(*command), said)
    fake.start()


def test_stale_socket_is_told(fake, ctl):
    fake.stop(unlink=False)
    expect(ctl.run("status"), ABSENT.replace(".*", r"nobody listens on \S+fake\.sock any more"))
    fake.start()


def test_socket_of_others_is_told_with_its_group(fake, ctl):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    fake.path.chmod(0o660)
    ctl.program = shutil.copy(ctl.program, fake.path.parent)  # its own folder may be closed to them
    done = ctl.run("status", user=NOBODY, group=NOBODY, extra_groups=[])
    expect(done, r"slotwatchctl: \S+: permission denied; it is for user root and group root")


def test_socket_in_a_closed_directory_is_told(fake, ctl):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    program = Path(tempfile.mkdtemp(prefix="slotwatch-test."))
    try:
        program.chmod(0o755)
        ctl.program = shutil.copy(ctl.program, program)
        fake.path.parent.chmod(0o700)
        done = ctl.run("status", user=NOBODY, group=NOBODY, extra_groups=[])
    finally:
        shutil.rmtree(program)
    expect(done, r"slotwatchctl: \S+: permission denied; its directory is not open to you")


def test_path_that_is_too_long_is_told(ctl):
    expect(ctl.run("status", "--socket", "/" + "x" * 108), r"slotwatchctl: /x+: longer than .*")


def test_option_goes_before_environment_wherever_it_stands(fake):
    ctl = Ctl("/nowhere")
    assert ctl.run("status", "--socket", fake.path).code == 0
    assert ctl.run("--socket", fake.path, "status").code == 0
    expect(ctl.run("status"), r"slotwatchctl: no server: /nowhere does not exist")


def test_proxies_are_not_asked(fake):
    ctl = Ctl(fake.path, http_proxy="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
    assert ctl.run("status").code == 0
    assert fake.asked == ["GET /status?format=json"]


# ---- Found by itself ----

@pytest.fixture
def among(place):
    """slotwatchctl where only such sockets listen: among(["a/slotwatch.sock"], "status")."""
    if subprocess.run([*NETWORK, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network namespaces here")

    def run(paths, *arguments):
        for path in paths:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
        before = [*NETWORK, sys.executable, fake_watcher.__file__,
                  *(str(place / path) for path in paths), "--"]
        return Ctl().run(*arguments, before=before)

    return run


def test_one_server_is_found(among):
    done = among(["a/slotwatch.sock", "a/other.sock"], "status")
    assert done.code == 0 and done.out.startswith("ok: ")


def test_two_servers_are_listed(among, place):
    done = among(["a/slotwatch.sock", "b/slotwatch.sock"], "status")
    expect(done, re.escape(f"slotwatchctl: several servers: {place}/a/slotwatch.sock, "
                           f"{place}/b/slotwatch.sock; choose with --socket PATH or "
                           "SLOTWATCH_SOCKET"))


def test_no_server_is_told(among):
    expect(among([], "status"), ABSENT)


def test_socket_that_does_not_listen_is_no_server(among):
    expect(among(["a/slotwatch.sock=deaf"], "status"), ABSENT)
    assert among(["b/slotwatch.sock=deaf", "c/slotwatch.sock"], "status").code == 0


def test_socket_of_a_stranger_is_not_trusted(among, place):
    if os.geteuid() != 0:
        pytest.skip("only root can make a stranger")
    done = among([f"a/slotwatch.sock={NOBODY}"], "status")
    expect(done, rf"slotwatchctl: no server of root's or yours; not trusted: {place}/a/.*")
    done = among([f"a/slotwatch.sock={NOBODY}", "b/slotwatch.sock"], "status")
    assert done.code == 0


def test_name_with_a_newline_forges_no_line(among):
    forged = "a/x\n0: 2 0 10000 1 1 7 /slotwatch.sock"
    expect(among([forged], "status"), r"slotwatchctl: no server .*not trusted: /slotwatch\.sock;.*")


# ---- Answers that are none ----

def test_closed_connection_is_asked_again(fake, ctl):
    fake.faults = ["close", "close", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
    assert ctl.run("status").code == 0
    assert fake.count("GET") == 4


def test_connection_closed_for_ever_ends_at_the_time_limit(fake, ctl):
    fake.always = "close"
    expect(ctl.run("check", "-t", "300ms"),
           r"SLOTWATCH UNKNOWN - \S+: (closed without an answer|no answer in time)")
    assert fake.count("GET") > 1


def test_silent_server_ends_at_the_time_limit(fake, ctl):
    fake.always = "hang"
    expect(ctl.run("check", "-t", "0.3"), r"SLOTWATCH UNKNOWN - \S+: no answer in time")
    assert fake.count("GET") == 1


def test_no_report_is_told_as_the_server_says_it(fake, ctl):
    fake.report = None
    expect(ctl.run("status"),
           "slotwatchctl: the watcher answers 503: no report: SlotWatch is Off")


def test_report_that_comes_a_moment_later_is_waited_for(fake, ctl):
    answers = iter([None, None])
    fake.report = lambda: next(answers, fake_report.calm())
    assert ctl.run("status").code == 0


ANSWERS = {
    "not http": (b"SSH-2.0-x\r\n", r"\S+: the answer is not the watcher's: .*"),
    "nothing": (b'{"schema":1}', r"the server's answer is no report: \S+ is missing"),
    "no json": (b"<html>", r"the server's answer is not JSON, from byte 0"),
    "cut": (b'{"schema":1,"time":"2026', r"the server's answer is not JSON, from byte \d+"),
    "no object": (b"[1]", r"the server's answer is no report: document is no object"),
    "another schema": (b'{"schema":2}', r"the server speaks schema 2, and this program 1"),
    "deep": (b"[" * 200000, r"the server's answer is not JSON, from byte 200000"),
    "not utf-8": (b'{"schema":1,"time":"\x9b2J"}', r"the server's answer is not JSON, from .*"),
    "a nul": (b'{"schema":1}\0\033[2J', r"the server's answer is not JSON, from byte 12"),
    "empty": (b"", r"the server's answer is not JSON, from byte 0"),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("check",), ("events",)])
def test_answer_that_is_none_is_told(fake, ctl, name, command):
    answer, said = ANSWERS[name]
    if name == "not http":
        fake.always = answer
    else:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n"
        fake.always = head.encode() + answer
    expect(ctl.run(*command), "(slotwatchctl:|SLOTWATCH UNKNOWN -) " + said)


def test_wrong_kinds_of_fields_are_told(fake, ctl):
    for section, field, value in (("capacity", "free", "x"), ("capacity", "free", 2.5),
                                  ("watcher", "stale", 0), ("server", "uptime_seconds", "1"),
                                  ("capacity", "verdict", 7)):
        made = fake_report.calm()
        made[section][field] = value
        fake.report = made
        expect(ctl.run("status"), rf"slotwatchctl: .* {section}\.{field} is n.*")
    fake.report = {**fake_report.calm(), "slots": {}}
    expect(ctl.run("status"), r"slotwatchctl: .* document\.slots is no array")


def test_fields_of_the_future_are_no_trouble(fake, ctl):
    fake.report = {**fake_report.calm(), "more": [{}]}
    assert ctl.run("status").code == 0


def test_endless_answer_is_cut_off(fake, ctl):
    body = b" " * (64 << 20)
    fake.always = b"HTTP/1.1 200 OK\r\n\r\n" + body + b" "
    expect(ctl.run("status"), r"slotwatchctl: \S+: the answer is longer than 64 MiB")


def test_big_answer_is_read(fake, ctl):
    fake.report = json.dumps(fake_report.calm()) + " " * (16 << 20)
    assert ctl.run("status").code == 0


def test_hostile_line_of_the_server_is_escaped(fake, ctl):
    fake.always = b"HTTP/1.1 500 x\r\nContent-Length: 9\r\n\r\n\033[2Jbad\r\n"
    expect(ctl.run("status"), r"slotwatchctl: the watcher answers 500: \\x1b\[2Jbad")
