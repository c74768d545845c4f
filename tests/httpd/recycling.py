# SPDX-License-Identifier: Apache-2.0
"""Recycling: its settings for tests, and its lines in the log."""

import functools
import re

from harness import Server

ON = {"SlotWatchRecycle": "On", "SlotWatchLadder": "backends:1s clients:1s kill"}
RUNG = re.compile(r"\brung=(\w+)")
PID = re.compile(r"\bpid=(\d+)")


@functools.cache
def is_known():
    """Whether this build of the module has recycling."""
    server = Server("/dev/null", **ON)
    code, _ = server.run("-t")
    server.end()
    server.remove()
    return code == 0


def off():
    """What tests that only look need: nothing recycled, and nothing said about it."""
    return {"SlotWatchRecycle": "Off"} if is_known() else {}


def line(number, **pairs):
    """A pattern for a line with this id, and these pairs in any order."""
    wanted = "".join(rf"(?=.*\b{key}={value}(?: |$))" for key, value in pairs.items())
    return rf"\bSW{number} {wanted}.*"


def claim_steps(server, pid):
    """The lines between the first rung and the last: how many there are is no secret."""
    server.log.claim(line("30[125]", pid=pid))


def expect_freed(server, pid, rung):
    """The slot is freed by this rung. @return the line's match"""
    claim_steps(server, pid)
    freed = server.log.expect(line(303, pid=pid, rung=rung))
    server.log.expect(line(202, pid=pid))
    if rung == "kill":
        server.log.expect(rf"AH00052: child pid {pid} exit signal Killed \(9\)")
    return freed


def rungs_of(server, pid):
    """The rungs that were begun, in order."""
    return [RUNG.search(text)[1] for _, text in server.log.lines(line(301, pid=pid))]


def recycled_pids(server):
    return {int(PID.search(text)[1]) for _, text in server.log.lines(line(301))}


def expect_serving(server):
    """The parent is alive, and children of the running generation answer."""
    assert not server.has_ended()
    assert server.get("/small.txt").text == "small\n"
    server.wait_report(lambda r: r["capacity"]["serving"] > 0, "a child that serves")
