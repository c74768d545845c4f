# SPDX-License-Identifier: Apache-2.0
"""What is seen while the story goes on: told on the screen, and noted for the end."""

import time

from scene import SERVING, SLOTS
from screen import Screen, span
from senses import PROBE_LIMIT_SECONDS, ErrorLog, Prober, Report

TICK_SECONDS = 0.1
PROBES_PER_LINE_SECONDS = 3.0  # at least

# What a line means, told when the first of its kind comes.
MEANINGS = {
    "SW300": "SW300: what recycling would do if it were On. This slot, for this reason, with this "
             "rung of the ladder, and so many connections would be cut. DryRun only says so.",
    "SW301": "SW301: this time it is done, and gently first. Rung \"backends\" shuts the "
             "connections to backends, so that those who wait for one get an answer: a 502. Rung "
             "\"clients\" shuts the connections of visitors. Rung \"kill\" is the last.",
    "SW303": "SW303: it has been checked that the child is gone. Its slot is free for the next "
             "reload.",
}


class Onlooker:
    def __init__(self, httpd, crowd, seconds):
        self.screen = Screen()
        self.crowd = crowd
        self.prober = Prober(httpd)
        self.report = Report(httpd)
        self.log = ErrorLog(httpd.error_log)
        self.half = None  # the one that is told now
        self.gap = max(PROBES_PER_LINE_SECONDS, seconds / 12)
        self.probes = []  # since the last line about them
        self.told_probes_at = 0.0
        self.site_was_up = self.page_was_up = True
        self.explained = set()

    def start(self):
        self.prober.start()
        self.report.start()

    def close(self):
        for thread in (self.prober, self.report):
            thread.ended.set()
        self.log.close()

    def until(self, instant, predicate=lambda: False):
        """Looks on until then, or until the predicate holds."""
        while time.monotonic() < instant and not predicate():
            self.look()
            time.sleep(TICK_SECONDS)

    def look(self):
        self._look_at_log()
        for visitor in self.crowd.look():
            self.screen.line(f"seen  by a visitor of {visitor.path}: "
                             f"{visitor.status_line() or 'the connection is closed'}", "yellow")
        self._look_at_site()
        self._look_at_page()

    def capacity(self):
        return self.report.document["capacity"] if self.report.document else {}

    def is_settled(self, mode):
        """Nothing is left of old generations, and the watcher is in that mode."""
        document = self.report.document
        if not document or not self.report.is_up:
            return False
        capacity = document["capacity"]
        return (document["watcher"]["mode"] == mode and capacity["serving"] == SERVING
                and capacity["free"] == SLOTS - SERVING)

    # ---- One by one ----

    def _look_at_log(self):
        ours, httpds = self.log.look()
        for line in ours:
            self.screen.log(line)
            self._explain(line[:5])
        if self.half is not None:
            self.half.lines += ours
            self.half.scoreboard_full += sum("AH03490" in line for line in httpds)

    def _explain(self, number):
        if number in MEANINGS and number not in self.explained:
            self.explained.add(number)
            self.screen.say(MEANINGS[number])

    def _look_at_site(self):
        self.probes += self.prober.look()
        changed = self.prober.is_up != self.site_was_up
        self.site_was_up = self.prober.is_up
        now = time.monotonic()
        if self.probes and (changed or now - self.told_probes_at >= self.gap):
            self.screen.probes([probe.seconds for probe in self.probes], PROBE_LIMIT_SECONDS)
            self.probes = []
            self.told_probes_at = now

    def _look_at_page(self):
        if self.report.document is None:
            return
        if self.report.is_up:
            if not self.page_was_up:
                self.screen.say("The status page answers again.")
                self.screen.drawn = None
            self.page_was_up = True
            self.screen.slots(self.report)
        elif self.page_was_up and not self.prober.is_up:
            self.page_was_up = False
            age = time.monotonic() - self.report.at
            self.screen.say("The status page is gone too: no worker is left to serve it. This is "
                            f"the last report it gave, {span(age)} ago:")
            self.screen.table(self.report)
            self.screen.say("The watcher needs no worker. It goes on watching, and its lines go on "
                            "arriving in the error log:")
