# SPDX-License-Identifier: Apache-2.0
"""make soak: hours of traffic, reloads, stuck children and faults; then a report of what was lost.

usage: soak.py --minutes M [--seed S]. Exit code 0 if nothing was."""

import argparse
import contextlib
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "httpd"))

import clients  # noqa: E402
import processes  # noqa: E402
from harness import Server  # noqa: E402
from visitors import Visitors  # noqa: E402

SETTINGS = {"ServerLimit": 48, "StartServers": 2, "SlotWatchRecycle": "On", "SlotWatchStall": "6s",
            "SlotWatchInterval": "200ms", "SlotWatchLadder": "backends:2s clients:2s kill",
            "SlotWatchBudget": "512/1min", "SlotWatchPrompt": "On"}
EXPECTED = (r"SW(10[0123]|20[012]|30[1235]) ", r"AH00484|AH00485|AH00486|AH03490|AH10392",
            r"AH01102|AH00898")  # of httpd: on spawning; of a backend that was shut
BIG_BYTES = 4 << 20
UNANSWERED_SHARE = 1 / 20_000  # of HTTP/2 visits: more than httpd alone loses, see README.md


def own_kib(pid):
    """A fork's are its parent's as well."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1])


class Soak:
    def __init__(self, server, visitors, dice):
        self.server, self.visitors, self.dice = server, visitors, dice
        self.pause = threading.Event()
        self.held = []      # clients that hold a slot each, of a generation each
        self.backends = contextlib.ExitStack()
        self.kills = 0
        self.stops = 0
        self.reloads = 0
        self.watchers = []  # (KiB of its own, descriptors, KiB of its parent), one a generation

    def hold_one(self):
        """A slot that will be stuck after the next reload."""
        if self.dice.random() < 0.5:
            self.held.append(clients.slow_download(self.server))
        else:
            self.held.append(clients.waiting_request(self.server, "/silent/report"))
            self.silent.has_request()
            self.backends.callback(self.silent.taken.close)

    def break_something(self):
        watcher = self.server.watcher()
        if self.dice.random() < 0.5:
            self.kills += 1
            processes.kill(watcher)
            self.server.wait_report(lambda r: r["watcher"]["pid"] != watcher, "another watcher")
        else:
            self.stops += 1
            processes.kill(watcher, signal.SIGSTOP)
            self.pause.wait(1)
            processes.kill(watcher, signal.SIGCONT)

    def look_at_watcher(self):
        pid = self.server.watcher()
        parent = own_kib(self.server.parent)
        self.watchers.append((own_kib(pid), len(os.listdir(f"/proc/{pid}/fd")), parent))

    def generation(self):
        if self.dice.random() < 0.5:
            self.hold_one()
        if self.dice.random() < 0.25:
            self.break_something()
        self.pause.wait(self.dice.uniform(1, 5))
        self.look_at_watcher()
        self.server.reload()
        self.reloads += 1

    def settle(self):
        """What is held is freed, and nothing drains any more but for who still talks."""
        self.visitors.end()
        self.server.wait_report(
            lambda r: all(r["capacity"][state] == 0
                          for state in ("draining", "stuck", "recycling")), "all to have drained")
        for client in self.held:
            client.close()
        self.backends.close()


def given_back(log):
    """The incidents. A child that goes on by itself after a rung is not cut again."""
    lines = log.lines(r" SW303 | SW302 .* outcome=cancelled")
    return {re.search(r"incident=(\w+)", line)[1] for _, line in lines}


def most_cut(log):
    """@return connections that one rung cut, at most: a child holds one, the rest are visitors"""
    cuts = (re.search(r" cut=(\d+)", line)[1] for _, line in log.lines(" SW302 "))
    return max(map(int, cuts), default=0)


def judge(soak):
    """@return rows of (what, found, wanted): the last two are equal if all is well"""
    log, wrong = soak.server.log, [text for one in soak.visitors.all for text in one.wrong]
    unanswered = sum(len(one.unanswered) - int(one.visits * UNANSWERED_SHARE)
                     for one in soak.visitors.all if one.unanswered)
    first, last = soak.watchers[0], soak.watchers[-1]
    return [
        ("visits wrongly cut or not answered", len(wrong), 0),
        ("HTTP/2 visits without an answer, more than httpd alone may lose", max(0, unanswered), 0),
        ("connections that one rung cut, more than the one held", max(0, most_cut(log) - 1), 0),
        ("slots told stuck", log.count(r" SW200 "), len(soak.held)),
        ("slots given back", len(given_back(log)), len(soak.held)),
        ("incidents over", log.count(r" SW202 "), len(soak.held)),
        ("watchers told dead", log.count(r" SW102 "), soak.kills),
        ("other lines of ours, or complaints of httpd's", len(log.unclaimed()), 0),
        ("descriptors of the watcher, more than at first", max(0, last[1] - first[1]), 0),
        ("KiB of the watcher, more than at first, than its parent grew, and 256",
         max(0, last[0] - first[0] - max(0, last[2] - first[2]) - 256), 0),
    ]


def tell(soak, seconds):
    print(f"{seconds / 60:.1f} minutes, {soak.reloads} reloads, {soak.kills} watchers killed, "
          f"{soak.stops} stopped for a second; slots held: {len(soak.held)}")
    for visitor in soak.visitors.all:
        print(f"  {visitor.name}: {visitor.visits} visits, {len(visitor.unanswered)} unanswered")
    print(f"  watcher, KiB of its own: {soak.watchers[0][0]} at first, {soak.watchers[-1][0]} at "
          f"last, {max(kib for kib, *_ in soak.watchers)} at most; descriptors: "
          f"{soak.watchers[0][1]}, {soak.watchers[-1][1]}; KiB of httpd's parent: "
          f"{soak.watchers[0][2]}, {soak.watchers[-1][2]}")
    rows = judge(soak)
    for what, found, wanted in rows:
        print(f"{'ok ' if found == wanted else 'BAD'} {what}: {found}, of {wanted}")
    is_well = all(found == wanted for _, found, wanted in rows)
    if not is_well:
        for text in [text for one in soak.visitors.all for text in one.wrong + one.unanswered][:20]:
            print("  wrong:", text)
        for line in soak.server.log.unclaimed()[:20]:
            print("  unclaimed:", line)
        print("  server root:", soak.server.root)
    return is_well


def run(server, visitors, given):
    soak = Soak(server, visitors, random.Random(given.seed))
    begun = time.monotonic()
    with clients.SilentBackend() as soak.silent:
        server.rewrite("# the silent backend", soak.silent.conf)
        server.start_watched()
        visitors.start(server)
        while time.monotonic() < begun + given.minutes * 60:
            soak.generation()
        soak.settle()
    server.stop()
    is_well = tell(soak, time.monotonic() - begun)
    server.end()
    if is_well:
        server.remove()
    return is_well


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slotwatch-soak.") as place, Visitors() as visitors:
        Path(place).chmod(0o755)
        big = Path(place) / "big.bin"
        big.write_bytes(os.urandom(BIG_BYTES))
        server = Server(big, conf=visitors.conf + "# the silent backend\n",
                        modules=visitors.modules, **SETTINGS)
        for pattern in (*EXPECTED, *visitors.complaints):
            server.log.claim(pattern)
        try:
            return 0 if run(server, visitors, given) else 1
        finally:
            for pid in server.all_processes():
                processes.kill(pid)


if __name__ == "__main__":
    sys.exit(main())
