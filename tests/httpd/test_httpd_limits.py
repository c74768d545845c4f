# SPDX-License-Identifier: Apache-2.0
"""What httpd's own limits do to a child that drains already: docs/httpd-limits.md, row by row."""

import contextlib
import re
import time

import pytest

import limits
import processes
from httpd_conf import REPOSITORY
from outage import outage, site_answers
from waiting import wait_for

DOCUMENT = REPOSITORY / "docs" / "httpd-limits.md"
EARLIER_SECONDS = 0.7  # by so much an end may come before the measured one; a busy machine is late


def hold(serve, limit, scene, is_set):
    """@return the pid of the only child, which drains and is held by the scene; when that began"""
    server = serve(**limit.options(scene, is_set))
    server.log.claim(limits.COMPLAINTS)
    [child] = [slot["pid"] for slot in server.report()["slots"] if slot["state"] == "serving"]
    begun = time.monotonic()  # before httpd counts: a slow test comes back from hold() late
    scene.hold(server)
    limit.drain(server, child)
    scene.drains()
    return child, begun


def wait_for_end(child):
    wait_for(lambda: not processes.is_alive(child), "the child to end")


def is_held_until(child, instant):
    wait_for(lambda: not processes.is_alive(child) or time.monotonic() >= instant, "the time")
    return processes.is_alive(child)


def expect_freed(serve, limit):
    """And that it would not have been without the limit."""
    with contextlib.ExitStack() as stack:
        if limit.can_be_unset():
            control = stack.enter_context(limit.scene())
            held, _ = hold(serve, limit, control, is_set=False)
        scene = stack.enter_context(limit.scene())
        child, begun = hold(serve, limit, scene, is_set=True)
        wait_for_end(child)
        earliest = begun + measured_seconds(limit) - EARLIER_SECONDS
        assert time.monotonic() > earliest, "it ends sooner than is documented"
        if limit.can_be_unset():
            assert processes.is_alive(held), "it ends without the limit, too"
            control.release()
            wait_for_end(held)


def expect_held(serve, limit):
    """And that it was the scene that held it."""
    with limit.scene() as scene:
        child, _ = hold(serve, limit, scene, is_set=True)
        assert is_held_until(child, time.monotonic() + limits.FAR_SECONDS), "the limit freed it"
        scene.release()
        wait_for_end(child)


@pytest.mark.parametrize("limit", limits.ALL, ids=limits.name_of)
def test_draining_child_is_freed_or_held(serve, limit):
    (expect_freed if limit.frees else expect_held)(serve, limit)


def test_draining_children_count_for_server_limit_alone(serve):
    """Of two slots one may serve: it does beside one that drains, and does not beside two."""
    server = serve(ServerLimit=2, MaxRequestWorkers=8, SlotWatchStall=0)
    with outage(server):
        wait_for(lambda: not site_answers(server), "nobody to answer")


def documented():
    """{name of a test: (its row's limit, and what becomes of the child)}"""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in DOCUMENT.read_text().splitlines() if line.endswith("` |")]
    return {cells[-1].strip("` |"): (cells[0], cells[-2]) for cells in rows}


def measured_seconds(limit):
    return float(re.search(r"freed after ([\d.]+) s", documented()[limit.name][1])[1])


def test_limits_that_are_documented_are_those_that_are_tested():
    told = documented()
    assert told.pop("server-limit")[0] == "`ServerLimit`"
    assert list(told) == [limit.name for limit in limits.ALL]
    for limit in limits.ALL:
        about, outcome = told[limit.name]
        assert outcome.startswith("freed" if limit.frees else "held"), limit.name
        for directive, value in limit.settings.items():
            assert f"`{directive}`" in about or value == limits.ASIDE.get(directive), limit.name
