# SPDX-License-Identifier: Apache-2.0
"""The agent: what a draining child says of itself, and that nobody is worse off for it."""

import os
import time

import pytest

import clients
import processes
from waiting import wait_for

AGENT = "slotwatch-agent"


def thread_names(pid):
    names = []
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            names.append(open(f"/proc/{pid}/task/{tid}/comm").read().strip())
        except OSError:  # ended meanwhile
            pass
    return names


def has_agent(pid):
    return AGENT in thread_names(pid)


def heard(server):
    """The draining slot whose agent is heard."""
    def of_agent(report):
        return [slot for slot in report["slots"]
                if slot["pid"] and slot["judged_by"] == "agent" and slot["sockets"]]

    report = server.wait_report(of_agent, "an agent to be heard")
    return of_agent(report)[0]


def sockets_of(slot, role):
    return [socket for socket in slot["sockets"] if socket["role"] == role]


def address_of(client):
    return "{}:{}".format(*client.socket.getsockname())


@pytest.mark.parametrize("mpm", ["event", "worker"])
def test_slow_download_and_its_threads_are_listed(serve, mpm):
    server = serve(mpm=mpm, SlotWatchStall=0)
    with clients.slow_download(server) as client:
        server.reload()
        slot = heard(server)
        [socket] = slot["sockets"]
        assert (socket["role"], socket["family"]) == ("client", "inet")
        assert socket["peer"] == address_of(client)
        assert socket["queued_bytes"] > 0
        assert socket["acked_bytes"] > 0
        assert socket["received_bytes"] > 0
        assert 0 <= socket["idle_seconds"] < 60
        assert (slot["clients"], slot["backends"]) == (1, 0)
        assert AGENT not in [thread["name"] for thread in slot["threads"]]
        tids = [thread["tid"] for thread in slot["threads"]]
        assert slot["pid"] in tids
        assert len(set(tids)) == len(tids) >= 3  # main, listener, the worker
        assert all(thread["state"] in "RSD" for thread in slot["threads"])
        for kind in ("text", "html"):
            shown = server.get(f"/slotwatch?format={kind}").text
            assert socket["peer"] in shown
            assert str(slot["pid"]) in shown
