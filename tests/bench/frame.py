# SPDX-License-Identifier: Apache-2.0
"""What one frame costs, beside a bare pass over the same bytes and beside mod_status."""

import http.client
import statistics
import subprocess
import time

import sites
from table import Row, not_measured

PROGRAM = sites.ROOT / "build" / "frame_bench"
SLOTS, THREADS, PASSES = 256, 64, 300
LARGE_SLOTS, LARGE_PASSES = 1024, 100
ROUNDS = 7  # medians of medians: the machine has other work
REQUESTS = 200
EVICTION_BYTES = 64 << 20

BARE = (f"one frame of {SLOTS} x {THREADS}, cold, over a bare pass", "<= 2")
WARM = "a warm frame over a warm mod_status ?auto request"
COLD = "a cold frame over a cold mod_status ?auto request"
LINEAR = (f"a frame of {LARGE_SLOTS} x {THREADS} over one of {SLOTS} x {THREADS}", "<= 4 (linear)")
LINEAR_SLACK = 1.1  # 4 times the board is no longer what 256 x 64 is to the caches


def run(slots, passes):
    command = [PROGRAM, str(slots), str(THREADS), str(passes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name: float(value) for name, value in
            (pair.split("=") for pair in done.stdout.split())}


def medians(slots, passes):
    runs = [run(slots, passes) for _ in range(ROUNDS)]
    ratio = statistics.median(one["frame"] / one["bare"] for one in runs)
    return ratio, {key: statistics.median(one[key] for one in runs) for key in runs[0]}


class Frames:
    """Measured once, for three rows."""

    def __init__(self):
        self.ratio, self.small = medians(SLOTS, PASSES)
        self.large_ratio, self.large = medians(LARGE_SLOTS, LARGE_PASSES)

    def over_bare(self):
        text = (f"{self.ratio:.2f} ({self.small['frame']:.0f} / {self.small['bare']:.0f} us, "
                f"sampling {self.small['sample']:.0f})")
        return Row(BARE[0], text, BARE[1], self.ratio <= 2)

    def over_status(self, heading, key, evict):
        extra = status_usec(evict)
        ratio = self.small[key] / extra
        return Row(heading, f"{ratio:.3f} ({self.small[key]:.0f} / {extra:.0f} us)", "<= 0.1",
                   ratio <= 0.1)

    def linear(self):
        growth = self.large["frame"] / self.small["frame"]
        return Row(LINEAR[0], f"{growth:.2f} ({self.large['frame']:.0f} us, "
                   f"{self.large_ratio:.2f} x a bare pass)", LINEAR[1], growth <= 4 * LINEAR_SLACK)


def empty_caches(memory=bytearray(EVICTION_BYTES)):
    """As frame_bench does; the server's own caches too, as far as cores share them."""
    bytes(memory)


def seconds_of(connection, path):
    begun = time.perf_counter()
    connection.request("GET", path)
    connection.getresponse().read()
    return time.perf_counter() - begun


def with_status(with_module):
    """A server with as large a board, and with mod_status."""
    config = sites.sized(SLOTS, THREADS, 2) + f"""
MaxRequestWorkers {SLOTS * THREADS}
<Location /server-status>
  SetHandler server-status
</Location>
"""
    return sites.make(config, with_module, ("status",))


def status_usec(evict):
    """What ?auto takes beyond what a small file takes.
    @param evict: called before each request
    """
    with with_status(False) as httpd:
        connection = http.client.HTTPConnection("127.0.0.1", httpd.port, timeout=10)
        extras = []
        for _ in range(REQUESTS):
            evict()
            plain = seconds_of(connection, "/small.txt")
            evict()
            extras.append(seconds_of(connection, "/server-status?auto") - plain)
        connection.close()
    return statistics.median(extras) * 1e6


def rows():
    frames = []

    def measured():
        if not frames:
            frames.append(Frames())
        return frames[0]

    if not PROGRAM.exists():
        why = f"{PROGRAM.relative_to(sites.ROOT)} is not built"
        return [lambda: not_measured("one frame", why)]
    return [lambda: measured().over_bare(),
            lambda: measured().over_status(WARM, "warm", lambda: None),
            lambda: measured().over_status(COLD, "frame", empty_caches),
            lambda: measured().linear()]
