# SPDX-License-Identifier: Apache-2.0
"""What the demo sees of its httpd from outside: a small file, the status page, the error log."""

import json
import re
import threading
import time
import urllib.error
import urllib.request

PROBE_TIMEOUT_SECONDS = 1.8  # a reload alone makes httpd pause for up to a second
REPORT_TIMEOUT_SECONDS = 0.6

OUR_LINE = re.compile(r"\[slotwatch:\w+\] \[pid \d+\] (SW\d{3} .*)")

# No proxy of the environment may stand between the demo and its own httpd.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Poller(threading.Thread):
    """Asks for a URL again and again, and keeps the last answer and when it came."""

    def __init__(self, url, pause, timeout):
        super().__init__(daemon=True)
        self.url, self.pause, self.timeout = url, pause, timeout
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.news = []  # (began, milliseconds or None, body or None) since the last take()

    def run(self):
        while not self.ended.is_set():
            began = time.monotonic()
            answer = self._ask()
            took = (time.monotonic() - began) * 1000
            with self.lock:
                self.news.append((began, took if answer is not None else None, answer))
            self.ended.wait(max(0.0, self.pause - took / 1000))

    def _ask(self):
        try:
            with opener.open(self.url, timeout=self.timeout) as answer:
                return answer.read()
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def take(self):
        with self.lock:
            news, self.news = self.news, []
        return news


class Probe:
    """A visitor of a small file, each second."""

    def __init__(self, httpd):
        self.poller = Poller(httpd.url("/small.txt"), 1.0, PROBE_TIMEOUT_SECONDS)
        self.answered = self.unanswered = 0
        self.milliseconds = 0.0
        self.answered_at = 0.0  # when it asked, the last time that it was answered
        self.is_up = True
        self.outages = []  # [from, to]: when it was first missed, and when it answered again

    def look(self):
        """Whether that changed. An answer that is missed once may be a reload; twice is not."""
        changed = False
        for began, took, _ in self.poller.take():
            if took is None:
                self.unanswered += 1
                if self.is_up:
                    self.outages.append([began, None])
                    changed = True
                self.is_up = False
            else:
                self.answered += 1
                self.milliseconds, self.answered_at = took, began
                if not self.is_up:
                    self.outages[-1][1] = began
                    changed = True
                self.is_up = True
        return changed

    def longest_outage(self, now):
        spans = [((to or now) - since, since, to) for since, to in self.outages]
        return max(spans, default=(0.0, None, None))


class Report:
    """The handler's JSON: the last one that came, and whether the page still answers."""

    def __init__(self, httpd):
        self.poller = Poller(httpd.url("/slotwatch?format=json"), 0.4, REPORT_TIMEOUT_SECONDS)
        self.document = None
        self.at = None
        self.is_up = True

    def look(self):
        for _, took, body in self.poller.take():
            self.is_up = took is not None
            if self.is_up:
                try:
                    self.document, self.at = json.loads(body), time.monotonic()
                except ValueError:
                    self.is_up = False

    @property
    def slots(self):
        return self.document["slots"] if self.document else []


class ErrorLog:
    """The lines as they come, ours and httpd's own."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8", errors="replace")
        self.part = ""
        self.ours, self.httpd = [], []

    def look(self):
        """Our lines since the last look, without what httpd's format puts before them."""
        text = self.part + self.file.read()
        *lines, self.part = text.split("\n")
        new = []
        for line in lines:
            found = OUR_LINE.search(line)
            if found:
                new.append(found[1])
            else:
                self.httpd.append(line)
        self.ours += new
        return new

    def close(self):
        self.file.close()
