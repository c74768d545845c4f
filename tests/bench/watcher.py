# SPDX-License-Identifier: Apache-2.0
"""What the watcher itself takes, of a server with httpd's stock sizes."""

import re
import time
from pathlib import Path

import sites
from table import Row

SLOTS, THREADS = 16, 25
SECONDS = 30
SETTLE_SECONDS = 3  # all children are there, and the first frames are behind
OURS = "SlotWatchInterval 1s\n"

CPU = (f"the watcher's share of a core, {SLOTS} x {THREADS}, 1 s", "<= 0.1 %")
MEMORY = ("the watcher's memory beyond a child's", "<= 1.5 MiB")


def cpu_seconds(pid):
    """On the CPU, in and for the process. Source: the kernel's sched-stats.rst"""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def memory_kib(pid):
    """@return (PSS, private), of proc(5)'s smaps_rollup"""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    fields = {name: int(kib) for name, kib in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
    return fields["Pss"], fields["Private_Clean"] + fields["Private_Dirty"]


class Watcher:
    """Measured once, for both rows."""

    def __init__(self):
        self.share = self.watcher = self.child = None

    def measure(self):
        if self.share is not None:
            return self
        with sites.make(sites.sized(SLOTS, THREADS, SLOTS), True, ours=OURS) as httpd:
            time.sleep(SETTLE_SECONDS)
            serving, watcher = sites.processes(httpd)
            if watcher is None:
                raise ValueError("no process of the name slotwatch")
            begun, used = time.monotonic(), cpu_seconds(watcher)
            time.sleep(SECONDS)
            self.share = (cpu_seconds(watcher) - used) / (time.monotonic() - begun)
            self.watcher = memory_kib(watcher)
            self.child = min(memory_kib(pid) for pid in serving)
        return self

    def cpu(self):
        self.measure()
        return Row(CPU[0], f"{self.share * 100:.4f} %", CPU[1], self.share <= 0.001)

    def memory(self):
        """Private memory too must be within the target: a child's own could hide it."""
        self.measure()
        beyond = (self.watcher[0] - self.child[0]) / 1024
        private = self.watcher[1] / 1024
        text = (f"{beyond:+.2f} MiB PSS ({self.watcher[0]} - {self.child[0]} KiB); "
                f"private in all {private:.2f} MiB")
        return Row(MEMORY[0], text, MEMORY[1], max(beyond, private) <= 1.5)


def memory_without_socket():
    """libmicrohttpd and GnuTLS are most of it, and only their code."""
    ours = OURS + "SlotWatchSocket none\n"
    with sites.make(sites.sized(SLOTS, THREADS, SLOTS), True, ours=ours) as httpd:
        time.sleep(SETTLE_SECONDS)
        serving, watcher = sites.processes(httpd)
        own = memory_kib(watcher)
        beyond = (own[0] - min(memory_kib(pid) for pid in serving)[0]) / 1024
    return Row(MEMORY[0] + ", with SlotWatchSocket none",
               f"{beyond:+.2f} MiB PSS; private in all {own[1] / 1024:.2f} MiB", MEMORY[1],
               max(beyond, own[1] / 1024) <= 1.5)


def rows():
    watcher = Watcher()
    return [watcher.cpu, watcher.memory, memory_without_socket]
