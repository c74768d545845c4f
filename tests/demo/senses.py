# SPDX-License-Identifier: Apache-2.0
"""What the demo sees of its httpd from outside: a small file, the status page, the error log."""

import json
import re
import threading
import time
import urllib.error
import urllib.request

PROBE_PERIOD_SECONDS = 0.5
PROBE_LIMIT_SECONDS = 2.0  # a reload alone makes httpd pause for up to a second
DOWN_AFTER = 2             # probes in a row: one that is missed may be a reload
REPORT_PERIOD_SECONDS, REPORT_TIMEOUT_SECONDS = 0.4, 0.6

OUR_LINE = re.compile(r"\[slotwatch:\w+\] \[pid \d+\] (SW\d{3} .*)")

# No proxy of the environment may stand between the demo and its own httpd.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url, timeout):
    """@return the body, or None"""
    try:
        with opener.open(url, timeout=timeout) as answer:
            return answer.read()
    except (OSError, urllib.error.URLError, ValueError):
        return None


class Probe(threading.Thread):
    """A visitor of the small file, who waits no longer than the limit."""

    def __init__(self, url, due):
        super().__init__(daemon=True)
        self.url, self.due = url, due
        self.seconds = None  # until the answer was there
        self.is_over = False

    def run(self):
        body = get(self.url, PROBE_LIMIT_SECONDS)
        seconds = time.monotonic() - self.due
        if body is not None and seconds <= PROBE_LIMIT_SECONDS:
            self.seconds = seconds
        self.is_over = True


class Prober(threading.Thread):
    """Sends probes at a fixed rate, whether those before were answered or not: so an outage meets
    as many of them as it would of visitors."""

    def __init__(self, httpd):
        super().__init__(daemon=True)
        self.url = httpd.url("/small.txt")
        self.ended = threading.Event()
        self.sent = []
        self.looked_at = 0  # of those sent, in their order
        self.missed = 0     # in a row, up to there

    def run(self):
        due = time.monotonic()
        while not self.ended.wait(max(0.0, due - time.monotonic())):
            probe = Probe(self.url, due)
            probe.start()
            self.sent.append(probe)
            due += PROBE_PERIOD_SECONDS

    def look(self):
        """@return the probes that are over since the last look, and all before them are"""
        first = self.looked_at
        while self.looked_at < len(self.sent) and self.sent[self.looked_at].is_over:
            answered = self.sent[self.looked_at].seconds is not None
            self.missed = 0 if answered else self.missed + 1
            self.looked_at += 1
        return self.sent[first:self.looked_at]

    @property
    def is_up(self):
        return self.missed < DOWN_AFTER

    def answered_since(self, instant):
        return any(probe.due >= instant and probe.seconds is not None
                   for probe in self.sent[:self.looked_at])

    def is_over_until(self, instant):
        """Whether all that were due before then are over."""
        return all(probe.is_over for probe in list(self.sent) if probe.due < instant)


class Report(threading.Thread):
    """The handler's JSON: the last one that came, and whether the page still answers."""

    def __init__(self, httpd):
        super().__init__(daemon=True)
        self.url = httpd.url("/slotwatch?format=json")
        self.ended = threading.Event()
        self.document = None
        self.at = None
        self.is_up = True

    def run(self):
        while not self.ended.wait(REPORT_PERIOD_SECONDS):
            body = get(self.url, REPORT_TIMEOUT_SECONDS)
            try:
                document = json.loads(body) if body is not None else None
            except ValueError:
                document = None
            if document is not None:
                self.document, self.at = document, time.monotonic()
            self.is_up = document is not None


class ErrorLog:
    """The lines as they come, ours and httpd's own."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8", errors="replace")
        self.part = ""

    def look(self):
        """Since the last look. @return (ours, without what httpd's format puts before them;
        httpd's)"""
        text = self.part + self.file.read()
        *lines, self.part = text.split("\n")
        found = [(OUR_LINE.search(line), line) for line in lines]
        return [ours[1] for ours, _ in found if ours], [line for ours, line in found if not ours]

    def close(self):
        self.file.close()
