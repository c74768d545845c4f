# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl on a real server, when no worker is left and when one is."""

import json
import os
import re
import time

import pytest

import clients
import outage
import recycling
import sanitizer
from ctl import Ctl, Screen
from waiting import wait_for

ROUNDS = 5
PROMISED_SECONDS = 0.1 * sanitizer.SLOWER
VERDICT = "full: 0 of 2 slots free"


@pytest.fixture
def server(serve):
    """In the outage when the test begins: DryRun tells, and nobody gives a slot back."""
    made = serve(**outage.SMALL, SlotWatchRecycle="DryRun")
    made.log.claim(r"SW(300|301|302|303|313) ")
    with outage.outage(made):
        made.log.expect(r"SW211 full ")
        assert not outage.site_answers(made)
        yield made


@pytest.fixture
def ctl(server):
    return Ctl(server.root / "run" / "slotwatch.sock")


@pytest.mark.parametrize("command, code, words", [
    (("status",), 0, VERDICT),
    (("status", "--json"), 0, '"verdict":"full"'),
    (("events",), 0, "capacity full"),
    (("metrics",), 0, 'slotwatch_verdict{verdict="full"} 1'),
    (("check",), 2, "SLOTWATCH CRITICAL - " + VERDICT),
    (("preflight",), 1, "no: 0 of 2 slots free"),
])
def test_command_answers_within_100_ms_in_the_outage(ctl, command, code, words):
    spans = []
    for _ in range(ROUNDS):
        begun = time.monotonic()
        done = ctl.run(*command)
        spans.append(time.monotonic() - begun)
        assert done.code == code and words in done.out, done
    assert min(spans) < PROMISED_SECONDS  # the others are other tests' doing


def test_top_shows_the_outage_and_ends_it(ctl, server):
    screen = Screen(ctl, "top", "--interval", "0.2")
    try:
        screen.wait(re.escape(VERDICT))
        screen.keys("r")
        screen.wait(r"\by\b.*\bn\b|\(y/n\)|y/n")
        screen.keys("y")
        wait_for(lambda: outage.site_answers(server), "the site to answer again")
        screen.wait(r"[12] serving")
        screen.keys("q")
        assert screen.exit_code() == 0
    finally:
        screen.end()


def test_recycle_frees_the_site(ctl, server):
    done = ctl.run("recycle", "--slot", "0")
    assert done.code == 0 and "freed: slot 0" in done.out, done
    assert server.log.lines(recycling.line(313, slot=0, by_uid=os.geteuid()))
    wait_for(lambda: outage.site_answers(server), "the site to answer again")


def test_recycle_of_a_slot_that_serves_is_refused(serve):
    server = serve(SlotWatchRecycle="On")
    ctl = Ctl(server.root / "run" / "slotwatch.sock")
    slot = server.wait_slot(state="serving")
    done = ctl.run("recycle", "--slot", slot["slot"])
    assert done.code == 1 and "serves" in done.out + done.err, done
    assert server.get("/small.txt").text == "small\n"


def test_wait_waits_for_the_old_generation(serve):
    server = serve(SlotWatchStall=0)
    ctl = Ctl(server.root / "run" / "slotwatch.sock")
    before = ctl.run("status", "--generation").out.strip()
    assert before == "0"
    client = clients.slow_download(server)
    server.reload()
    done = ctl.run("wait", "--after", before, "--timeout", "1s")
    assert done.code == 1 and "generation 0" in done.out + done.err, done
    waiting = ctl.start("wait", "--after", before)
    client.close()
    out, err = waiting.communicate(timeout=20)
    assert waiting.returncode == 0, (out, err)


def test_commands_go_on_over_reloads(serve):
    server = serve()
    server.log.claim(r"SW21[012] ")
    ctl = Ctl(server.root / "run" / "slotwatch.sock")
    following = ctl.start("events", "--follow")
    for _ in range(20):
        server.reload()
        assert ctl.run("check").code in (0, 1)
    assert following.poll() is None
    following.terminate()
    following.wait(20)
    following.stdout.close()
    following.stderr.close()


def test_server_is_found_by_itself(serve):
    """Beside those of other tests: then it is one of several."""
    server = serve()
    done = Ctl().run("status", "--json")
    if done.code == 0:
        assert json.loads(done.out)["watcher"]["pid"] == server.watcher()
    else:
        assert "several servers" in done.err and f"{server.root}/run/slotwatch.sock" in done.err
