# SPDX-License-Identifier: Apache-2.0
"""What the page and the metrics cost, of a server that serves and of one in the outage."""

import http.client
import re
import statistics
import subprocess
import time

import frame
import sites
from table import Row, not_measured

PROGRAM = sites.ROOT / "build" / "render_bench"
PASSES, REQUESTS = 300, 200
PAGE = "/slotwatch?format=html"
LINE = re.compile(r"(?P<when>\w+) (?P<format>\w+) bytes=(?P<bytes>\d+) usec=(?P<usec>[\d.]+)")
BOARD = f"{frame.SLOTS} x {frame.THREADS}"

BYTES = (f"the page of {BOARD}, serving and in the outage", "<= 60 KiB")
RENDER = (f"rendering the page of {BOARD}, serving and in the outage", "<= 3 ms")
METRICS = (f"rendering the metrics of {BOARD}", "<= 150 us")
LINES = (f"our lines in mod_status ?auto of {BOARD}, over ?auto without them", "<= 0.1")
AUTO = "/server-status?auto"
WORKER = (f"the page of {BOARD} from a worker, beyond a small file", "<= 3 ms")


def run():
    """@return (when, format) -> (bytes, microseconds)"""
    command = [PROGRAM, str(frame.SLOTS), str(frame.THREADS), str(PASSES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {(line["when"], line["format"]): (int(line["bytes"]), float(line["usec"]))
            for line in LINE.finditer(done.stdout)}


class Documents:
    """Measured once, for three rows."""

    def __init__(self):
        self.measured = run()

    def both(self, document, at):
        return [self.measured[when, document][at] for when in ("quiet", "outage")]

    def size(self):
        kib = [size / 1024 for size in self.both("html", 0)]
        return Row(BYTES[0], f"{kib[0]:.1f} and {kib[1]:.1f} KiB", BYTES[1], max(kib) <= 60)

    def page(self):
        usec = self.both("html", 1)
        return Row(RENDER[0], f"{usec[0]:.0f} and {usec[1]:.0f} us", RENDER[1], max(usec) <= 3000)

    def metrics(self):
        usec = self.both("openmetrics", 1)
        return Row(METRICS[0], f"{usec[0]:.0f} and {usec[1]:.0f} us", METRICS[1], max(usec) <= 150)


def worker():
    config = (sites.sized(frame.SLOTS, frame.THREADS, 2)
              + f"MaxRequestWorkers {frame.SLOTS * frame.THREADS}\n")
    with sites.make(config, True, ours=sites.STATUS) as httpd:
        connection = http.client.HTTPConnection("127.0.0.1", httpd.port, timeout=10)
        connection.request("GET", PAGE)
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise ValueError(f"{PAGE} answers {answer.status}")
        pairs = [[frame.seconds_of(connection, path)
                  for path in ("/small.txt", PAGE)] for _ in range(REQUESTS)]
        connection.close()
    extra = statistics.median(page - least for least, page in pairs) * 1e6
    return Row(WORKER[0], f"{extra:.0f} us", WORKER[1], extra <= 3000)


def wait_told(connection):
    """Until the watcher has looked, and ?auto has our lines."""
    ends = time.monotonic() + 10
    while True:
        connection.request("GET", AUTO)
        if b"SlotWatchStuck: " in connection.getresponse().read():
            return
        if time.monotonic() > ends:
            raise ValueError(f"{AUTO} has none of our lines")
        time.sleep(0.05)


def lines():
    """Both servers by turns, and of each what a tenth of the requests do not take longer than:
    the difference is less than what other work of the machine makes of a median."""
    with frame.with_status(False) as without, frame.with_status(True) as ours:
        connections = [http.client.HTTPConnection("127.0.0.1", httpd.port, timeout=10)
                       for httpd in (without, ours)]
        wait_told(connections[1])
        pairs = [[frame.seconds_of(connection, AUTO) for connection in connections]
                 for _ in range(REQUESTS)]
        for connection in connections:
            connection.close()
    auto, more = (statistics.quantiles(spans, n=10)[0] * 1e6 for spans in zip(*pairs))
    extra = more - auto
    return Row(LINES[0], f"{extra / auto:.3f} ({extra:.0f} / {auto:.0f} us)", LINES[1],
               extra <= auto / 10)


def rows():
    if not PROGRAM.exists():
        return [lambda: not_measured(BYTES[0], f"{PROGRAM.relative_to(sites.ROOT)} is not built")]
    documents = Documents()
    return [documents.size, documents.page, documents.metrics, worker, lines]
