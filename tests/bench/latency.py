# SPDX-License-Identifier: Apache-2.0
"""From the moment a slot becomes stuck by the policy to its SW200 line.

Each round, every child holds some requests to a backend that does not answer; the server is
reloaded; in each draining child one request then ends, at a random instant. That was the last
progress: SlotWatchStall later the slot is stuck. httpd stamps the line with microseconds.
"""

import random
import re
import socket
import time
import urllib.request
from datetime import datetime

import sites
from backend import Backend
from table import Row

CHILDREN, THREADS = 6, 4
INTERVAL, STALL, SLACK = 0.2, 0.6, 0.05
ROUNDS, MOST_ROUNDS, WANTED = 17, 25, 100
LATEST_END = 0.4  # of a request, after the reload: before the slot is stuck for lack of it
DEADLINE_SECONDS = 10
SEED = 20250101

OURS = f"""
LogLevel slotwatch:info
SlotWatchInterval {int(INTERVAL * 1000)}ms
SlotWatchStall {int(STALL * 1000)}ms
"""
WHAT = f"stuck to SW200, interval {int(INTERVAL * 1000)} ms, 99 of 100"
TARGET = f"<= {int((INTERVAL + SLACK) * 1000)} ms"
STUCK = re.compile(r"^\[([^]]+)\] .*SW200 stuck .*\bpid=(\d+)", re.MULTILINE)
# mod_status, a row of a worker: its slot, its pid, and at the end of the row its request
ROW = re.compile(r"<b>\d+-\d+</b></td><td>(\d+)</td>.*?nowrap>GET (\S+) ", re.DOTALL)


class Rounds:
    def __init__(self, httpd, backend):
        self.httpd, self.backend = httpd, backend
        self.random = random.Random(SEED)
        self.clients = []
        self.log = open(httpd.error_log, encoding="utf-8", errors="replace")
        self.latencies, self.missed = [], 0

    def ask(self):
        path = f"/held/{len(self.clients)}-{time.monotonic_ns()}"
        client = socket.create_connection(("127.0.0.1", self.httpd.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        self.clients.append(client)

    def held(self, serving):
        """Paths of the requests that each child holds, as mod_status shows them."""
        with urllib.request.urlopen(self.httpd.url("/server-status"), timeout=5) as answer:
            page = answer.read().decode(errors="replace")
        found = {pid: [] for pid in serving}
        for row in page.split("<tr>"):
            match = ROW.search(row)
            if match and int(match[1]) in found and match[2] in self.backend.waiting:
                found[int(match[1])].append(match[2])
        return found

    def fill(self, serving):
        """Two requests, at least, in each child."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            held = self.held(serving)
            if min(map(len, held.values())) >= 2:
                return held
            if len(self.clients) < CHILDREN * THREADS - 1:
                self.ask()
            time.sleep(0.01)
        raise ValueError(f"requests do not spread over the children: {held}")

    def serving(self, former):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            pids = set(sites.processes(self.httpd)[0]) - former
            if len(pids) == CHILDREN:
                return pids
            time.sleep(0.02)
        raise ValueError(f"{len(pids)} children instead of {CHILDREN}")

    def one(self, former):
        serving = self.serving(former)
        held = self.fill(serving)
        self.httpd.reload()
        begun = time.time()
        ends = sorted((self.random.uniform(0.05, LATEST_END), pid) for pid in held)
        stuck_at = {}
        for after, pid in ends:
            time.sleep(max(0.0, begun + after - time.time()))
            self.backend.hang_up(held[pid][0])
            stuck_at[pid] = time.time() + STALL
        self.collect(stuck_at)
        self.backend.hang_up_all()
        for client in self.clients:
            client.close()
        self.clients.clear()
        return serving

    def collect(self, stuck_at):
        deadline = time.monotonic() + STALL + 3
        while stuck_at and time.monotonic() < deadline:
            for stamp, pid in STUCK.findall(self.log.read()):
                expected = stuck_at.pop(int(pid), None)
                if expected is not None:
                    at = datetime.strptime(stamp, "%a %b %d %H:%M:%S.%f %Y").timestamp()
                    self.latencies.append(at - expected)
            time.sleep(0.02)
        self.missed += len(stuck_at)


def measure():
    backend = Backend()
    config = sites.sized(CHILDREN * 3, THREADS, CHILDREN).replace(
        f"MinSpareThreads {THREADS}", f"MinSpareThreads {CHILDREN * THREADS}")
    config += f"""
ProxyPass /held http://127.0.0.1:{backend.port}/held
<Location /server-status>
  SetHandler server-status
</Location>
"""
    try:
        with sites.make(config, True, ("status", "proxy", "proxy_http"), OURS) as httpd:
            rounds = Rounds(httpd, backend)
            former = set()
            for number in range(MOST_ROUNDS):
                former |= rounds.one(former)
                if number + 1 >= ROUNDS and len(rounds.latencies) >= WANTED:
                    break
            return rounds
    finally:
        backend.close()


def row():
    rounds = measure()
    late = sorted(rounds.latencies) + [float("inf")] * rounds.missed
    percentile = late[min(len(late) - 1, int(len(late) * 0.99))]
    median = late[len(late) // 2]
    text = (f"{percentile * 1000:.0f} ms (median {median * 1000:.0f}, of {len(late)}; "
            f"{rounds.missed} not told)")
    return Row(WHAT, text, TARGET, percentile <= INTERVAL + SLACK)


def rows():
    yield row
