# SPDX-License-Identifier: Apache-2.0
"""One half of the story: what was done in it, and what was seen."""

import re
import time
from collections import Counter
from dataclasses import dataclass

from senses import PROBE_PERIOD_SECONDS
from visitors import HELD


@dataclass
class Reload:
    """So that the other half can do the same. Instants are seconds from the half's begin."""
    gather_at: float
    at: float
    visitors: int


@dataclass
class Tally:
    """What came of the probes that were due within the half."""
    answered: int
    asked: int
    slowest: float         # of those answered, seconds
    longest_outage: float  # from the first that was missed to the next that was not

    @property
    def missed(self):
        return self.asked - self.answered


def value(line, key):
    """Of one of our log lines."""
    found = re.search(rf'\b{key}=("[^"]*"|\S+)', line)
    return found[1] if found else None


class Half:
    def __init__(self, mode, seconds):
        self.mode = mode
        self.begun = time.monotonic()
        # As many probes are due in each half.
        self.seconds = round(seconds / PROBE_PERIOD_SECONDS) * PROBE_PERIOD_SECONDS
        self.ends = self.begun + self.seconds
        self.reloads = []
        self.lines = []           # of the error log, ours
        self.scoreboard_full = 0  # httpd's own
        self.fates = Counter()

    def now(self):
        return time.monotonic() - self.begun

    # ---- What is told at the end ----

    def tally(self, probes):
        mine = [probe for probe in probes if self.begun <= probe.due < self.ends]
        answered = [probe.seconds for probe in mine if probe.seconds is not None]
        return Tally(len(answered), len(mine), max(answered, default=0.0),
                     self._longest_outage(probes))

    def _longest_outage(self, probes):
        """Of those that began within the half, to their end."""
        longest, since = 0.0, None
        for probe in probes:
            if probe.seconds is not None:
                since = None
                continue
            if since is None:
                since = probe.due
            if self.begun <= since < self.ends:
                longest = max(longest, probe.due + PROBE_PERIOD_SECONDS - since)
        return longest

    def counts(self):
        return Counter(line[:5] for line in self.lines)

    def children(self, number):
        """How many the lines of this number are about."""
        return len({value(line, "pid") for line in self.lines if line.startswith(number)})

    def longest_held_seconds(self):
        """By a child on its way out."""
        spans = [float(value(line, "draining_seconds") or 0) for line in self.lines
                 if value(line, "slot")]
        return max(spans, default=0.0)

    def visitors(self):
        return sum(reload.visitors for reload in self.reloads)

    def cut(self):
        """Those for whom it ended before they left."""
        return sum(number for (_, fate), number in self.fates.items() if fate != HELD)
