# SPDX-License-Identifier: Apache-2.0
"""Small requests at a fixed rate, each on a connection of its own, whether those before it were
answered or not: an outage meets as many of them as it would of visitors."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor


def sleep_until(instant):
    time.sleep(max(0.0, instant - time.monotonic()))


def probe(port, due, limit):
    """@return seconds from when it was due until the answer was there, if within the limit"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit)
    try:
        connection.request("GET", "/small.txt", headers={"Connection": "close"})
        answered = connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    seconds = time.monotonic() - due
    return seconds if answered and seconds <= limit else None


def at_fixed_rate(port, begun, seconds, a_second, limit):
    """@return of each probe, in their order, what it returned"""
    with ThreadPoolExecutor(int(a_second * limit) + 8) as pool:
        probes = []
        for number in range(int(seconds * a_second)):
            due = begun + number / a_second
            sleep_until(due)
            probes.append(pool.submit(probe, port, due, limit))
        return [each.result() for each in probes]


def availability(results):
    return sum(each is not None for each in results) / len(results)


def percentile(results, share):
    """Of those that were answered."""
    answered = sorted(each for each in results if each is not None)
    if not answered:
        return float("inf")
    return answered[min(len(answered) - 1, int(len(answered) * share))]
