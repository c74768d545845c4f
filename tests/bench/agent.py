# SPDX-License-Identifier: Apache-2.0
"""What the agent costs a child that drains, and a child that does not."""

import os
import statistics
import subprocess
import time

import sites
from table import Row, not_measured
from watcher import memory_kib

PROGRAM = sites.ROOT / "build" / "agent_bench"
SOCKETS, THREADS, PASSES, ROUNDS = 1000, 26, 100, 7  # 25 workers and a listener
SETTLE_SECONDS = 3

BEAT = (f"an agent's beat, CPU, {SOCKETS} sockets, {THREADS} threads", "<= 1000 us")
HEALTHY = ("a healthy child beside one without the module", "no more")


def run():
    command = [PROGRAM, str(SOCKETS), str(THREADS), str(PASSES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: float(value) for name, value in
            (pair.split("=") for pair in done.stdout.split())}


def beat():
    if not PROGRAM.exists():
        return not_measured(BEAT[0], f"{PROGRAM.relative_to(sites.ROOT)} is not built")
    runs = [run() for _ in range(ROUNDS)]
    usec = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
    text = (f"{usec['beat']:.0f} us (counters {usec['read']:.0f}; every fifth: sockets "
            f"{usec['find']:.0f}, threads {usec['threads']:.0f})")
    return Row(BEAT[0], text, BEAT[1], usec["beat"] <= 1000)


def holdings(with_module):
    """@return (threads, descriptors, private KiB) of the child that holds least"""
    with sites.make(sites.sized(4, 25, 2), with_module) as httpd:
        time.sleep(SETTLE_SECONDS)
        serving, _ = sites.processes(httpd)
        return min((len(os.listdir(f"/proc/{pid}/task")), len(os.listdir(f"/proc/{pid}/fd")),
                    memory_kib(pid)[1]) for pid in serving)


def healthy():
    """A page or two of private memory is the heap's own chance: medians."""
    ours, bare = ([holdings(with_module) for _ in range(ROUNDS)] for with_module in (True, False))
    with_it, without = (tuple(map(statistics.median, zip(*all_of))) for all_of in (ours, bare))
    text = ("threads {:.0f} / {:.0f}, descriptors {:.0f} / {:.0f}, private {:.0f} / {:.0f} KiB"
            .format(*(number for pair in zip(with_it, without) for number in pair)))
    return Row(HEALTHY[0], text, HEALTHY[1], all(a <= b for a, b in zip(with_it, without)))


def rows():
    return [beat, healthy]
