# SPDX-License-Identifier: Apache-2.0
"""The outage, told as it happens: acts, and what is seen between them."""

import time

import summary
from scene import SERVING, SLOTS
from screen import Screen, span
from senses import ErrorLog, Probe, Report
from visitors import Crowd

TICK_SECONDS = 0.1
# When each act begins, as a part of the whole: so that a short demo tells all of it too.
RELOAD_FIRST, RELOAD_SECOND, LEAVE, CLOSE = 0.13, 0.34, 0.73, 0.94
MOST_RELOADS = 5
SETTLE_SECONDS = 2.5  # httpd forks at most about once a second


class Ended(Exception):
    """Ctrl-C, or SIGTERM."""


class Story:
    def __init__(self, httpd, backend, seconds, stall_seconds):
        self.httpd = httpd
        self.backend = backend
        self.seconds = seconds
        self.stall_seconds = stall_seconds
        self.screen = Screen()
        self.crowd = Crowd(httpd)
        self.probe = Probe(httpd)
        self.report = Report(httpd)
        self.log = ErrorLog(httpd.error_log)
        self.reloads = 0
        self.held = 0
        self.page_was_up = True
        self.showed_probe = 0.0

    def tell(self):
        self.probe.poller.start()
        self.report.poller.start()
        self.all_is_well()
        self.first_reload()
        self.second_reload()
        self.outage()
        self.recovery()
        summary.show(self)

    def close(self):
        for poller in (self.probe.poller, self.report.poller):
            poller.ended.set()
        self.crowd.leave()
        self.log.close()

    # ---- What is seen between the acts ----

    def now(self):
        return time.monotonic() - self.screen.begun

    def until(self, part, predicate=lambda: False):
        """Looks on until that part of the time is over, or the predicate holds."""
        while self.now() < part * self.seconds and not predicate():
            self.look()
            time.sleep(TICK_SECONDS)

    def look(self):
        for line in self.log.look():
            self.screen.log(line)
        changed = self.probe.look()
        if changed or self.now() - self.showed_probe >= max(2.0, self.seconds / 12):
            if self.probe.answered + self.probe.unanswered:
                self.screen.probe(self.probe)
                self.showed_probe = self.now()
        self.report.look()
        self.look_at_page()

    def look_at_page(self):
        if self.report.is_up and self.report.document:
            if not self.page_was_up:
                self.screen.say("The status page answers again.")
                self.screen.drawn = None
            self.page_was_up = True
            self.screen.slots(self.report, "")
        elif self.page_was_up and self.report.document and not self.probe.is_up:
            self.page_was_up = False
            age = time.monotonic() - self.report.at
            self.screen.say("The page is gone too: no worker is left to serve it. This is the last "
                            f"report it gave, {span(age)} old:")
            self.screen.table(self.report, "")
            self.screen.say("The watcher is no worker. It goes on watching, and its lines go on "
                            "arriving in the error log:")

    # ---- The acts ----

    def all_is_well(self):
        self.screen.say(
            f"A private httpd, pid {self.httpd.process.pid}, with {SLOTS} slots for children, "
            f"{SERVING} of which may serve at once: the other {SLOTS - SERVING} are there for "
            f"children of earlier configurations. Watch it yourself, from another terminal, while "
            "a worker is left to answer:")
        self.screen.line(f"curl -m 2 '{self.httpd.url('/slotwatch?format=text')}'", clock=False)
        self.screen.line(f"or in a browser: {self.httpd.url('/slotwatch')}", clock=False)
        self.until(RELOAD_FIRST)

    def gather(self):
        self.held += self.crowd.gather(SERVING)

    def reload(self):
        self.reloads += 1
        self.httpd.reload()

    def first_reload(self):
        self.gather()
        self.screen.say(
            f"{self.held} visitors now hold a connection: some download slowly, some wait for a "
            "backend that does not answer. Now the first reload (SIGUSR1, as after a change of a "
            "certificate). Two children of the old configuration stay for their visitors, two "
            "new ones serve. A slot is stuck after "
            f"{span(self.stall_seconds)} without progress: SW200.")
        self.reload()
        self.until(RELOAD_SECOND)

    def second_reload(self):
        before = self.held
        self.gather()
        self.screen.say(
            f"{self.held - before} more visitors, and the second reload. Look at the free slots: "
            "there are none, so httpd cannot start a single child with the new configuration.")
        self.reload()
        self.until(1, self.outage_or_settled())
        leave_at = LEAVE * self.seconds
        while self.probe.is_up and self.reloads < MOST_RELOADS and self.now() < leave_at:
            self.screen.say("A child had no visitor and could end. Once more.")
            self.gather()
            self.reload()
            self.until(1, self.outage_or_settled())

    def outage_or_settled(self):
        settled = time.monotonic() + SETTLE_SECONDS
        return lambda: not self.probe.is_up or self.probe.answered_at > settled

    def outage(self):
        if not self.probe.is_up:
            self.screen.say(
                "The site is down. httpd runs, its port accepts connections, and nobody answers "
                "them, for as long as the visitors hold on. httpd's own log says just that the "
                "scoreboard is full; the lines below say which slots, held by whom, since when.")
        self.until(LEAVE)

    def recovery(self):
        self.screen.say(f"The {len(self.crowd)} visitors leave, and the backend gives up.")
        self.crowd.leave()
        self.backend.close()  # or else workers would go on waiting for it
        self.until(CLOSE)
