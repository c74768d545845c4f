# SPDX-License-Identifier: Apache-2.0
"""How long a small request waits while the server is reloaded once a second, and nobody is slow."""

import threading
import time

import probes
import sites
from table import Row

RELOADS = 60
PERIOD_SECONDS = 1.0
PROBES_A_SECOND = 50
PROBE_TIMEOUT_SECONDS = 5
SETTLE_SECONDS = 1
SLOTS, THREADS, CHILDREN = 16, 25, 3
MOST_MS = 20
WHAT = f"a reload a second, {RELOADS} of them: p99 of a request, SlotWatchPrompt "


def reload_every_period(httpd, begun):
    for number in range(RELOADS):
        probes.sleep_until(begun + number * PERIOD_SECONDS)
        httpd.reload()


def measure(prompt):
    config = sites.sized(SLOTS, THREADS, CHILDREN)
    with sites.make(config, True, ours=f"SlotWatchPrompt {prompt}\n") as httpd:
        time.sleep(SETTLE_SECONDS)
        begun = time.monotonic()
        reloader = threading.Thread(target=reload_every_period, args=(httpd, begun))
        reloader.start()
        waits = probes.at_fixed_rate(httpd.port, begun, RELOADS * PERIOD_SECONDS, PROBES_A_SECOND,
                                     PROBE_TIMEOUT_SECONDS)
        reloader.join()
    answered = sorted(wait for wait in waits if wait is not None)
    return answered, len(waits) - len(answered)


def row_of(prompt, target_ms):
    waits, missed = measure(prompt)
    percentile = waits[min(len(waits) - 1, int(len(waits) * 0.99))] * 1000
    text = (f"{percentile:.1f} ms (median {waits[len(waits) // 2] * 1000:.1f}, longest "
            f"{waits[-1] * 1000:.0f}, of {len(waits)}; {missed} not answered)")
    if target_ms is None:
        return Row(WHAT + prompt, text, "", None)
    return Row(WHAT + prompt, text, f"<= {target_ms} ms, all answered",
               percentile <= target_ms and missed == 0)


def rows():
    yield lambda: row_of("On", MOST_MS)
    yield lambda: row_of("Off", None)
