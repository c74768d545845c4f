# SPDX-License-Identifier: Apache-2.0
"""How soon the watcher answers at its socket, and what a scrape of it costs."""

import http.client
import socket
import statistics
import subprocess
import time
from pathlib import Path

import frame
import recovery
import sites
from readers import Readers, write_film
from storm import STOCK
from table import Row

REQUESTS = 200
CROWD = 1000
CROWD_SECONDS = 5
BINARIES = ("mod_slotwatch.so", "slotwatch_http.so", "slotwatchctl")

OUTAGE = ("an answer at the socket in the full outage, median", "<= 5 ms")
SCRAPE = (f"a scrape of {frame.SLOTS} x {frame.THREADS} at the socket over mod_status ?auto",
          "<= 0.1")
LATE = (f"frames late by, with {CROWD} silent clients at the socket, most", "<= 10 ms")
SIZE = ("the module, its server and slotwatchctl, stripped", "< 1 MiB each")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def seconds_of(path, target):
    begun = time.perf_counter()
    connection = UnixConnection(path)
    connection.request("GET", target)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return time.perf_counter() - begun


def socket_of(httpd):
    return httpd.root / "run" / "slotwatch.sock"


def outage():
    with sites.make(STOCK, True, ours=recovery.DRYRUN) as httpd:
        write_film(httpd.site)
        readers = Readers(httpd.port)
        try:
            recovery.bring_down(httpd, readers)
            spans = [seconds_of(socket_of(httpd), "/status?format=json") for _ in range(REQUESTS)]
        finally:
            readers.leave()
    median = statistics.median(spans) * 1e3
    text = f"{median:.2f} ms (slowest of {REQUESTS}: {max(spans) * 1e3:.2f} ms)"
    return Row(OUTAGE[0], text, OUTAGE[1], median <= 5)


def scrape():
    """Beyond what the least answer takes at the same place, as for mod_status."""
    auto = frame.status_usec(lambda: None)
    config = (sites.sized(frame.SLOTS, frame.THREADS, 2)
              + f"MaxRequestWorkers {frame.SLOTS * frame.THREADS}\n")
    with sites.make(config, True) as httpd:
        extras, wholes = [], []
        for _ in range(REQUESTS):
            least = seconds_of(socket_of(httpd), "/healthz")
            wholes.append(seconds_of(socket_of(httpd), "/status?format=openmetrics"))
            extras.append(wholes[-1] - least)
    extra, whole = statistics.median(extras) * 1e6, statistics.median(wholes) * 1e6
    text = f"{extra / auto:.3f} ({extra:.0f} / {auto:.0f} us; {whole:.0f} us in all)"
    return Row(SCRAPE[0], text, SCRAPE[1], extra <= auto / 10)


def frames_gap(httpd, seconds):
    """The longest time between two frames, as the handler shows them, in seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", httpd.port, timeout=10)
    seen, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        connection.request("GET", "/slotwatch?format=prometheus")
        text = connection.getresponse().read().decode()
        line = next(line for line in text.splitlines()
                    if line.startswith("slotwatch_report_timestamp_seconds "))
        instant = float(line.split()[1])
        if not seen or seen[-1] != instant:
            seen.append(instant)
    connection.close()
    return max(later - earlier for earlier, later in zip(seen, seen[1:]))


def crowd():
    interval = 0.1
    ours = "SlotWatchInterval 100ms\n"
    with sites.make(sites.sized(16, 25, 2) + "", True, ours=ours + sites.STATUS) as httpd:
        time.sleep(1)
        alone = frames_gap(httpd, CROWD_SECONDS)
        clients = []
        for _ in range(CROWD):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            client.connect_ex(str(socket_of(httpd)))
            clients.append(client)
        crowded = frames_gap(httpd, CROWD_SECONDS)
        for client in clients:
            client.close()
    text = f"{(crowded - interval) * 1e3:.1f} ms (without: {(alone - interval) * 1e3:.1f} ms)"
    return Row(LATE[0], text, LATE[1], crowded - interval <= 0.010)


def stripped_bytes(path, scratch):
    subprocess.run(["strip", "-o", scratch, path], check=True)
    return Path(scratch).stat().st_size


def sizes():
    scratch = sites.ROOT / "build" / "stripped"
    kib = [stripped_bytes(sites.ROOT / "build" / name, scratch) / 1024 for name in BINARIES]
    scratch.unlink()
    text = ", ".join(f"{size:.0f}" for size in kib) + " KiB"
    return Row(SIZE[0], text, SIZE[1], max(kib) < 1024)


def rows():
    return [outage, scrape, crowd, sizes]
