# SPDX-License-Identifier: Apache-2.0
"""When nothing is cut: dry run, progress, protection, and a budget that is spent."""

import pytest

import clients
import recycling
from conftest import BIG_BYTES
from httpd_conf import STALL_SECONDS
from recycling import LADDER_SECONDS
from scenes_clients import SlowDownload, StoppedReader
from scenes_handlers import HeldMutex
from stuck import expect_told
from waiting import wait_for


def wait_while_draining(server, slot, seconds):
    server.wait_report(
        lambda r: (r["slots"][slot]["draining_seconds"] or 0) >= seconds, "time to pass")


def assert_untouched(server):
    counters = server.report()["counters"]
    assert counters["connections_cut"] == 0
    assert not [name for name, value in counters.items()
                if name.startswith("recycled_") and value]
    assert not server.log.lines(recycling.line("30[1-5]"))


def test_dry_run_says_what_it_would_do_and_touches_nothing(recycle):
    with SlowDownload() as scene:
        server = recycle(SlotWatchRecycle="DryRun")
        scene.hold(server)
        server.reload()
        told = expect_told(server, scene.phase)
        server.log.expect(recycling.line(300, pid=told["pid"], rung="clients", reason="stall"))
        server.log.claim(recycling.line(300, pid=told["pid"]))
        slot = int(told["slot"])
        wait_while_draining(server, slot, STALL_SECONDS + LADDER_SECONDS + 1)
        shown = server.report()["slots"][slot]
        assert (shown["state"], shown["suppressed"]) == ("stuck", "dryrun")
        assert_untouched(server)
        assert len(scene.client.read_to_end()) > BIG_BYTES, "the whole answer comes"
        server.log.expect(recycling.line(202, pid=told["pid"]))
    assert server.report()["counters"]["suppressed_dryrun"] > 0


def test_progressing_download_is_cut_by_grace_alone(recycle):
    grace = 4
    server = recycle(SlotWatchStall="1s", SlotWatchGrace=f"{grace}s")
    with clients.slow_download(server) as client:
        server.reload()
        wait_for(lambda: client.read(2048) and server.log.lines(r"SW200 "), "the slot to be stuck")
        told = expect_told(server, "requests", reason="grace")
        recycling.wait_for_cut(server, told["pid"], "clients")
        client.expect_cut()
        recycling.expect_freed(server, int(told["pid"]), "clients")
    begun = server.log.lines(recycling.line(301))
    assert all("reason=grace" in text for _, text in begun)


@pytest.mark.parametrize("word", ["/packed", "slotwatch.test"], ids=["prefix", "vhost"])
def test_protected_request_is_cut_by_grace_alone(recycle, word):
    grace = STALL_SECONDS + 3
    with SlowDownload() as scene:
        server = recycle(SlotWatchProtect=f"/elsewhere {word}", SlotWatchGrace=f"{grace}s")
        scene.hold(server)
        server.reload()
        told = expect_told(server, scene.phase, reason="stall")
        slot = int(told["slot"])
        server.wait_report(lambda r: r["slots"][slot]["suppressed"] == "protected", "protection")
        wait_while_draining(server, slot, grace - 0.5)
        assert_untouched(server)
        recycling.wait_for_cut(server, told["pid"], "clients")
        scene.check_cut()
        recycling.expect_freed(server, int(told["pid"]), "clients")
        [(_, begun)] = server.log.lines(recycling.line(301))
        assert "reason=grace" in begun
        assert server.report()["counters"]["suppressed_protected"] > 0


def test_overspent_budget_latches_until_no_slot_is_stuck(recycle):
    server = recycle(SlotWatchBudget="2/1min", ServerLimit=8)
    held = []
    for _ in range(3):
        held.append(StoppedReader().hold(server))
        server.reload()
    server.log.claim(recycling.line("20[012]") + "|" + recycling.line("30[01235]"))
    server.log.expect(recycling.line(310))
    report = server.wait_report(lambda r: r["watcher"]["latched"] and r["capacity"]["stuck"] == 1
                                and r["capacity"]["recycling"] == 0, "the latch")
    [stuck] = [slot for slot in report["slots"] if slot["state"] == "stuck"]
    wait_while_draining(server, stuck["slot"], STALL_SECONDS + LADDER_SECONDS)
    recycled = recycling.recycled_pids(server)
    assert len(recycled) == 2
    assert stuck["pid"] not in recycled
    assert stuck["suppressed"] == "budget"
    for scene in held:
        scene.close()
    server.log.expect(recycling.line(312))
    server.wait_report(lambda r: not r["watcher"]["latched"], "the latch to be released")
    recycling.expect_serving(server)


def test_ladder_that_does_not_help_is_told_and_tried_again(recycle):
    with HeldMutex() as scene:
        server = recycle(**scene.options(), SlotWatchLadder="clients:1s",
                         SlotWatchAlertRepeat="1s")
        scene.hold(server)
        server.reload()
        told = expect_told(server, scene.phase)
        recycling.claim_steps(server, told["pid"])
        server.log.claim(r"SW201 ")
        server.log.expect(recycling.line(304, pid=told["pid"], rung="clients"))
        server.log.claim(recycling.line(304, pid=told["pid"]))
        scene.check_cut()
        assert server.report()["counters"]["not_freed"] > 0
        scene.finish()
        server.log.expect(recycling.line(202, pid=told["pid"]))
