# SPDX-License-Identifier: Apache-2.0
"""How long a small request waits while the server is reloaded once a second, and nobody is slow.

Probes begin at a fixed rate, each on a connection of its own, whether those before were answered or
not: a pause of the server meets as many of them as it would of visitors.
"""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import sites
from table import Row

RELOADS = 60
PERIOD_SECONDS = 1.0
PROBES_A_SECOND = 50
MOST_AT_ONCE = 100
PROBE_TIMEOUT_SECONDS = 5
SETTLE_SECONDS = 1
SLOTS, THREADS, CHILDREN = 16, 25, 3
MOST_MS = 20
WHAT = f"a reload a second, {RELOADS} of them: p99 of a request, SlotWatchPrompt "


def probe(port, due):
    """@return seconds from when it was due until the answer was there, or None"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/small.txt", headers={"Connection": "close"})
        answered = connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return time.monotonic() - due if answered else None


def sleep_until(instant):
    time.sleep(max(0.0, instant - time.monotonic()))


def reload_every_period(httpd, begun):
    for number in range(RELOADS):
        sleep_until(begun + number * PERIOD_SECONDS)
        httpd.reload()


def probe_at_fixed_rate(port, begun):
    """@return what the probes return, until a period after the last reload"""
    count = int(RELOADS * PERIOD_SECONDS * PROBES_A_SECOND)
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        probes = []
        for number in range(count):
            due = begun + number / PROBES_A_SECOND
            sleep_until(due)
            probes.append(pool.submit(probe, port, due))
        return [each.result() for each in probes]


def measure(prompt):
    config = sites.sized(SLOTS, THREADS, CHILDREN)
    with sites.make(config, True, ours=f"SlotWatchPrompt {prompt}\n") as httpd:
        time.sleep(SETTLE_SECONDS)
        begun = time.monotonic()
        reloader = threading.Thread(target=reload_every_period, args=(httpd, begun))
        reloader.start()
        waits = probe_at_fixed_rate(httpd.port, begun)
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
