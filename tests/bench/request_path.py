# SPDX-License-Identifier: Apache-2.0
"""What a request for a small static file costs with the module loaded, over without."""

import http.client
import re
import shutil
import statistics
import subprocess
from pathlib import Path

import sites
from table import Row, not_measured

FEW, MANY = 500, 4500
COUNTED_PAIRS = 7  # threads wake each other as they like: no two counts are the same
VALGRIND_PATIENCE_SECONDS = 120
PAIRS, WRK_SECONDS, CONNECTIONS = 12, 2, 16
ONE_CHILD = sites.sized(1, 4, 1)
# The watcher is a process of its own; here it shall not run beside what is measured.
QUIET = "SlotWatchInterval 60s\nSlotWatchStall 180s\n"

INSTRUCTIONS = ("instructions per request, with / without", "1.000 +- 0.002")
THROUGHPUT = ("wrk throughput, with / without, median of pairs", ">= 0.99")


def send(port, count):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=VALGRIND_PATIENCE_SECONDS)
    for _ in range(count):
        connection.request("GET", "/small.txt")
        connection.getresponse().read()
    connection.close()


def count_of(path):
    totals = re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.MULTILINE)
    return int(totals[1]) if totals else 0


def instructions_for(count, with_module):
    """Of the child that served `count` requests, from its start to its end."""
    httpd = sites.make(ONE_CHILD, with_module, ours=QUIET)
    counts = httpd.root / "counts"
    counts.mkdir()
    counts.chmod(0o777)  # the child is another user
    wrapper = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}/%p", "-q"]
    try:
        httpd.start(wrapper, VALGRIND_PATIENCE_SECONDS)
        send(httpd.port, count)
        httpd.end(VALGRIND_PATIENCE_SECONDS)
        return max(count_of(path) for path in Path(counts).iterdir())
    finally:
        httpd.stop()


def per_request(with_module):
    """What start and end cost is in both, and falls out."""
    return (instructions_for(MANY, with_module) - instructions_for(FEW, with_module)) / (MANY - FEW)


def instructions():
    if not shutil.which("valgrind"):
        return not_measured(INSTRUCTIONS[0], "valgrind is not installed", INSTRUCTIONS[1])
    ratios = sorted(per_request(True) / per_request(False) for _ in range(COUNTED_PAIRS))
    ratio = statistics.median(ratios)
    return Row(INSTRUCTIONS[0], f"{ratio:.4f} ({ratios[0]:.4f} to {ratios[-1]:.4f})",
               INSTRUCTIONS[1], abs(ratio - 1) <= 0.002)


def wrk(httpd):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s", httpd.url("/small.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


def throughput():
    if not shutil.which("wrk"):
        return not_measured(THROUGHPUT[0], "wrk is not installed", THROUGHPUT[1])
    config = sites.sized(2, 25, 2)
    ratios = []
    with sites.make(config, True) as ours, sites.make(config, False) as plain:
        for httpd in (ours, plain):
            wrk(httpd)
        for pair in range(PAIRS):
            order = (ours, plain) if pair % 2 == 0 else (plain, ours)
            rates = {httpd: wrk(httpd) for httpd in order}
            ratios.append(rates[ours] / rates[plain])
    ratio = statistics.median(ratios)
    return Row(THROUGHPUT[0], f"{ratio:.3f} ({min(ratios):.3f} to {max(ratios):.3f})",
               THROUGHPUT[1], ratio >= 0.99)


def rows():
    yield instructions
    yield throughput
