# SPDX-License-Identifier: Apache-2.0
"""The outage: every slot is held by a child that drains, and no worker is left to answer."""

import contextlib

import requests

import clients
import processes
from waiting import wait_for

SLOTS = 2
# No slot is to be spared for the next generation, and httpd says what becomes of that.
SMALL = {"ServerLimit": SLOTS, "MaxRequestWorkers": 8 * SLOTS}
HTTPD_ON_SPAWNING = r"AH00484|AH00485|AH00486|AH03289|AH03490|AH10392"
OURS = r"SW(110|20[0-2]|21[0-2]) "


def site_answers(server, seconds=0.3):
    try:
        return server.get("/small.txt", timeout=seconds).text == "small\n"
    except requests.RequestException:
        return False


def reload_until_none_accepts(server):
    """Until no child of before accepts: the next connection is a new child's."""
    old = server.children()
    server.reload()
    wait_for(lambda: not any(map(processes.listening_sockets, old)),
             "old children to accept no more")


@contextlib.contextmanager
def outage(server):
    """A download in each of the slots, each of another generation. @return their clients"""
    server.log.claim(OURS + "|" + HTTPD_ON_SPAWNING)
    with contextlib.ExitStack() as stack:
        held = []
        for reload in range(SLOTS):
            wait_for(lambda: site_answers(server), "a child that serves")
            held.append(stack.enter_context(clients.slow_download(server)))
            reload_until_none_accepts(server)
        yield held
