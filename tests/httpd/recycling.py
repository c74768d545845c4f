# SPDX-License-Identifier: Apache-2.0
"""Recycling: its settings for tests, and its lines in the log."""

import re

from waiting import wait_for

# Longer than httpd takes to reap a child that has ended: a second.
ON = {"SlotWatchRecycle": "On", "SlotWatchLadder": "backends:2s clients:2s kill"}
LADDER_SECONDS = 4
RUNG = re.compile(r"\brung=(\w+)")
PID = re.compile(r"\bpid=(\d+)")


def line(number, **pairs):
    """A pattern for a line with this id, and these pairs in any order."""
    wanted = "".join(rf"(?=.*\b{key}={value}(?: |$))" for key, value in pairs.items())
    return rf"\bSW{number} {wanted}.*"


def claim_steps(server, pid):
    """The lines between the first rung and the last: how many there are is no secret."""
    server.log.claim(line("30[125]", pid=pid))


def wait_for_cut(server, pid, rung):
    """Until this rung is done with its cutting, or is the kill: a client that reads too early
    would end what holds the slot."""
    done = line(301, pid=pid, rung=rung) if rung == "kill" else line("30[23]", pid=pid, rung=rung)
    wait_for(lambda: server.log.lines(done), f"a line {done!r} in {server.log.path}")


def expect_freed(server, pid, rung):
    """The slot is freed by this rung. @return the line's match"""
    claim_steps(server, pid)
    freed = server.log.expect(line(303, pid=pid, rung=rung))
    server.log.expect(line(202, pid=pid))
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
