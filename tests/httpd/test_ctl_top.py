# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl top, on a screen of tmux."""

import re
import shutil

import pytest

import fake_report
from ctl import Ctl
from fake_report import report, request, slot
from waiting import wait_for

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

HANG_SECONDS = 10  # until it gives an exchange up
FAST = ("top", "--interval", "0.1")
# What the cursor's row begins with: reverse, and its number.
SELECTED = re.compile(r"\033\[[0-9;]*7m(?:\033\[[0-9;]*m)*\s*(\d+)")


def selected(screen):
    """The slot in the row that is drawn in reverse."""
    return [int(match[1]) for match in SELECTED.finditer(screen.text(escapes=True))]


def expect_selected(screen, slot):
    wait_for(lambda: selected(screen) == [slot],
             lambda: f"slot {slot} in reverse: {screen.text(escapes=True)!r}")


def slots(text):
    """The numbers of the slots, in the order of the rows."""
    rows = text[text.index("held by"):].splitlines()[1:]
    return [int(row.split()[0]) for row in rows if re.match(r" +\d+ +[\d-]+ +[\d-]+ ", row)]


def test_top_shows_the_outage(fake, screen):
    fake.report = fake_report.outage()
    text = screen(*FAST, columns=132).wait("q quit")
    lines = text.splitlines()
    assert lines[0].startswith("full: 0 of 4 slots free, ")
    assert lines[1] == "[XXXXXXXXrrrrdddd]  X stuck  r recycling  d draining"
    assert lines[2].startswith("Apache/2.4.71 (Debian), event, generation 4, up 1h 02m")
    assert lines[3:7] == [f" ====  generation {n}: 1 slot, draining for {s} s"
                          for n, s in enumerate((59.1, 54.1, "31.0", 1.5))]
    assert lines[8].split()[:5] == ["slot", "pid", "gen", "state", "phase"]
    assert "GET /silent/x? HTTP/1.1 from 10.0.0.7" in lines[10]
    assert lines[-3].startswith("slot 0, pid 1000, generation 0: stuck, draining for 59.1 s")


def test_top_is_for_terminals(ctl):
    done = ctl.run("top")
    assert done.code == 3
    assert done.line() == \
        "slotwatchctl: top: for a terminal only; elsewhere there is `slotwatchctl status`"


def test_top_without_server_is_one_line(fake, ctl):
    fake.stop()
    code, out = ctl.on_terminal("top")
    assert code == 3
    assert re.fullmatch(rb"slotwatchctl: no server: \S+ does not exist\r\n", out)
    fake.start()


def test_top_on_an_unknown_terminal_is_one_line(fake):
    code, out = Ctl(fake.path, TERM="no-such").on_terminal("top")
    assert code == 3
    assert out == b"slotwatchctl: top: this terminal is not known; TERM says what it is\r\n"


@pytest.mark.parametrize("key", ["q", "C-c"])
def test_top_ends_and_leaves_the_terminal_well(fake, screen, key):
    top = screen(*FAST)
    top.wait("q quit")
    top.keys(key)
    assert top.exit_code() == 0
    assert "q quit" not in top.text()


def test_top_goes_on_by_itself(fake, screen):
    top = screen(*FAST)
    top.wait("^ok: 2 of 4")
    fake.report = fake_report.outage()
    top.wait("^full: 0 of 4")


def mixed():
    return report(slot("serving"), slot("draining", 2, draining_seconds=9.0, stalled_seconds=8.0),
                  slot("stuck", 1, draining_seconds=70.0, stalled_seconds=3.0), slot(),
                  slot("draining", 2, draining_seconds=50.0, stalled_seconds=1.0))


def test_top_sorts_and_the_selection_stays_with_its_slot(fake, screen):
    fake.report = mixed()
    top = screen(*FAST)
    assert slots(top.wait("s sort: state")) == [2, 1, 4, 0, 3]
    top.keys("j")
    top.wait(r"^slot 1, pid 1001, generation 2: draining for 9\.0 s")
    for name, order in (("slot", [0, 1, 2, 3, 4]), ("draining", [2, 4, 1, 0, 3]),
                        ("stalled", [1, 2, 4, 0, 3]), ("state", [2, 1, 4, 0, 3])):
        top.keys("s")
        assert slots(top.wait(f"s sort: {name} ")) == order
        expect_selected(top, 1)
    fake.report = report(slot("stuck", 0), slot("stuck", 1), slot("serving"), slot(), slot())
    top.wait("^slot 1, pid 1001, generation 1: stuck")
    expect_selected(top, 1)


def test_top_moves_the_selection(fake, screen):
    fake.report = report(*(slot("stuck", 1) for _ in range(100)))
    top = screen(*FAST, rows=20)
    top.wait("q quit")
    for key, number in (("Down", 1), ("j", 2), ("Up", 1), ("k", 0), ("k", 0), ("End", 99),
                        ("Down", 99), ("Home", 0)):
        top.keys(key)
        top.wait(f"^slot {number}, pid {1000 + number},")
        expect_selected(top, number)
    top.keys("NPage")
    page = int(re.search(r"^slot (\d+),", top.wait("^slot [1-9]"), re.MULTILINE)[1])
    assert page > 5
    expect_selected(top, page)


def test_top_recycles_what_was_selected_after_yes(fake, screen):
    fake.report = fake_report.outage()
    top = screen(*FAST)
    top.wait("q quit")
    top.keys("j", "r")
    top.wait(r"^recycle slot 1, pid 1001 \(stuck\)\? y/n")
    top.keys("n")
    top.wait("q quit")
    assert fake.count("POST") == 0
    top.keys("r")
    top.wait(r"y/n")
    # Another child has come into the slot: the order is about the one that was seen.
    fake.report = report(slot("stuck", 0), slot("stuck", 3, pid=4711), slot(), slot())
    top.wait("^slot 1, pid 4711")
    top.keys("y")
    top.wait("^slot 1, pid 1001: asked for$")
    assert [line for line in fake.asked if line.startswith("POST")] == \
        ["POST /recycle?slot=1&pid=1001"]


def test_top_tells_why_it_may_not_recycle(fake, screen):
    fake.report = fake_report.outage()
    fake.recycle = (403, "only root\033[2J\n")
    top = screen(*FAST)
    top.wait("q quit")
    top.keys("r", "y")
    top.wait(r"^not allowed: only root\\x1b\[2J")
    fake.report = fake_report.calm()
    top.wait("^ok: ")
    top.keys("r")
    top.wait("^only a slot that drains can be recycled")


def test_top_says_that_the_server_is_gone_and_goes_on_trying(fake, screen):
    top = screen(*FAST)
    top.wait("^ok: ")
    fake.stop()
    text = top.wait(r"^NO ANSWER: no server: \S+ does not exist; still trying")
    assert re.search(r"^known \d+\.\d s ago: ok: 2 of 4", text, re.MULTILINE)
    fake.start()
    top.wait("^ok: 2 of 4")
    fake.always = b"<html>"
    top.wait("^NO ANSWER: ")
    fake.always = "hang"
    wait_for(lambda: fake.hanging, "an exchange that hangs")
    top.keys("q")
    assert top.exit_code(HANG_SECONDS / 2) == 0


def test_top_does_not_tell_of_a_gap_in_a_reload(fake, screen):
    top = screen(*FAST)
    top.wait("^ok: 2 of 4")
    fake.faults = ["close"] * 2
    fake.report = fake_report.outage()
    assert "NO ANSWER" not in top.wait("^(full: |NO ANSWER)")


@pytest.mark.parametrize("columns, rows", [(200, 50), (80, 24), (40, 11), (20, 5), (10, 2), (2, 1)])
def test_top_follows_the_size_of_the_terminal(fake, screen, columns, rows):
    fake.report = fake_report.outage()
    top = screen(*FAST)
    top.wait("q quit")
    top.resize(columns, rows)
    begin = "q" if rows == 1 else "f"
    text = top.wait(rf"\A{begin}[^\n]{{0,{columns - 1}}}\n(.*\n){{{rows - 1}}}\Z")
    assert max(map(len, text.splitlines())) <= columns
    assert ("slot" in text) == (rows > 3)
    top.resize(120, 30)
    top.wait(r"^slot 0, pid 1000, generation 0: stuck")


def test_top_shows_hostile_text_escaped(fake, screen):
    fake.report = report(slot("stuck", 0, requests=[request("GET /\033[2J\033[5m\n\x9b é")]))
    text = screen(*FAST, columns=180).wait("q quit")
    assert r"GET /\x1b[2J\x1b[5m\x0a\xc2\x9b \xc3\xa9 from 127.0.0.1" in text


def test_top_has_help(fake, screen):
    top = screen(*FAST)
    top.wait("q quit")
    top.keys("?")
    text = top.wait("any key: back")
    assert "recycle the selected slot" in text
    top.keys("x")
    top.wait("q quit")


def test_top_is_colourless_with_no_color(fake, screen):
    fake.report = fake_report.outage()
    top = screen(*FAST, of=Ctl(fake.path, NO_COLOR="1"))
    top.wait("q quit")
    assert not re.search(r"\033\[[0-9;]*3[0-7]m", top.text(escapes=True))
    top = screen(*FAST)
    top.wait("q quit")
    assert re.search(r"\033\[[0-9;]*31m", top.text(escapes=True))
