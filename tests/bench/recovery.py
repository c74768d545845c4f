# SPDX-License-Identifier: Apache-2.0
"""From the full outage to the first answer: recycling is switched from DryRun to On by a reload."""

import time

import probes
import sites
from readers import Readers, write_film
from storm import STOCK
from table import Row

ROUNDS = 3
READERS = 6
MOST_RELOADS = 40
SETTLE_SECONDS = 0.3   # after which the readers are served, or nobody is
OUTAGE_SECONDS = 3     # without an answer: longer than httpd's own pause at a reload
DEADLINE_SECONDS = 30
MOST_SECONDS = 3
WHAT = "from DryRun to On in the full outage: first answer, longest"
DRYRUN, ON = "SlotWatchRecycle DryRun\n", "SlotWatchRecycle On\n"


def bring_down(httpd, readers):
    """Reloads under slow readers, until nobody answers any more."""
    for _ in range(MOST_RELOADS):
        readers.come(READERS)
        time.sleep(SETTLE_SECONDS)
        httpd.reload()
        if probes.probe(httpd.port, time.monotonic(), OUTAGE_SECONDS) is None:
            return
    raise ValueError("the server still answers: no outage to recover from")


def first_answer(port, begun):
    """@return seconds since then"""
    while time.monotonic() < begun + DEADLINE_SECONDS:
        if probes.probe(port, time.monotonic(), 0.1) is not None:
            return time.monotonic() - begun
    raise ValueError(f"no answer within {DEADLINE_SECONDS} s")


def recovery_seconds():
    with sites.make(STOCK, True, ours=DRYRUN) as httpd:
        write_film(httpd.site)
        readers = Readers(httpd.port)
        try:
            bring_down(httpd, readers)
            httpd.config.write_text(httpd.config.read_text().replace(DRYRUN, ON))
            begun = time.monotonic()
            httpd.reload()
            return first_answer(httpd.port, begun)
        finally:
            readers.leave()


def row():
    spans = [recovery_seconds() for _ in range(ROUNDS)]
    text = f"{max(spans):.2f} s ({', '.join(f'{span:.2f}' for span in spans)})"
    return Row(WHAT, text, f"<= {MOST_SECONDS} s", max(spans) <= MOST_SECONDS)


def rows():
    yield row
