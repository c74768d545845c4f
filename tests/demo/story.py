# SPDX-License-Identifier: Apache-2.0
"""The story: an outage that is only told, and the same with the slots given back."""

import time

import summary
from ask import ask, command
from half import Half, Reload
from onlooker import Onlooker
from scene import DRYRUN, ON, SERVING, SLOTS, allow_recycling
from screen import span
from visitors import Crowd

# Parts of the whole, so that a short demo tells all of it too.
INTRODUCTION, HALF = 0.04, 0.43
# Parts of a half: when visitors gather before each reload, and when they leave.
GATHER_FIRST, GATHER_SECOND, LEAVE = 0.08, 0.38, 0.77
MOST_RELOADS = 5
SETTLE_SECONDS = 2.5   # httpd forks at most about once a second
LONGEST_PAUSE_SECONDS = 20  # between the halves, on a machine that is very busy


class Ended(Exception):
    """Ctrl-C, or SIGTERM."""


class Story:
    def __init__(self, httpd, backend, seconds, stall_seconds):
        self.httpd = httpd
        self.backend = backend
        self.seconds = seconds
        self.half_seconds = HALF * seconds
        self.stall_seconds = stall_seconds
        self.crowd = Crowd(httpd)
        self.onlooker = Onlooker(httpd, self.crowd, seconds)
        self.screen = self.onlooker.screen
        self.say = self.screen.say
        self.halves = []

    def tell(self):
        self.onlooker.start()
        self.introduce()
        self.watch_only()
        self.switch_on()
        self.give_back()
        summary.show(self.screen, self.halves, self.onlooker.prober.sent)

    def close(self):
        self.onlooker.close()
        self.crowd.scatter()

    def introduce(self):
        self.say(
            f"A private httpd, pid {self.httpd.process.pid}, with {SLOTS} slots for children, "
            f"{SERVING} of which may serve at once: the other {SLOTS - SERVING} are there for "
            "children of earlier configurations. After a reload an old child stays until its last "
            "visitor has left. Watch it yourself, from another terminal, while a worker is left to "
            "answer:")
        self.screen.line(f"curl -m 2 '{self.httpd.url('/slotwatch?format=text')}'", clock=False)
        self.screen.line(f"or in a browser: {self.httpd.url('/slotwatch')}", clock=False)
        self.say("And also when no worker is left:")
        self.screen.line(" ".join(command(self.httpd, "top")), clock=False)
        self.onlooker.until(time.monotonic() + INTRODUCTION * self.seconds)
        self.onlooker.until(time.monotonic() + LONGEST_PAUSE_SECONDS,
                            lambda: self.onlooker.is_settled("dryrun"))

    # ---- What happens in both halves ----

    def begin(self, mode):
        half = Half(mode, self.half_seconds)
        self.halves.append(half)
        self.onlooker.half = half
        return half

    def wait(self, half, seconds, predicate=lambda: False):
        """Until so many seconds of the half are over."""
        self.onlooker.until(half.begun + seconds, predicate)

    def gather(self, half, at_least=0):
        """@return what the reload that follows is to be noted as"""
        begun = half.now()
        return Reload(begun, begun, self.crowd.gather(at_least))

    def reload(self, half, noted):
        noted.at = half.now()
        half.reloads.append(noted)
        self.httpd.reload()

    def leave(self, half):
        self.wait(half, LEAVE * self.half_seconds)
        count = len(self.crowd)
        half.fates.update(self.crowd.leave())
        self.backend.give_up()  # or else workers would go on waiting for it
        self.say(f"The {count} visitors leave, and the backend gives up: {half.cut()} of them had "
                 "been cut before.")
        self.wait(half, half.seconds)
        self.onlooker.until(time.monotonic() + LONGEST_PAUSE_SECONDS,
                            lambda: self.onlooker.prober.is_over_until(half.ends)
                            and self.onlooker.is_settled(half.mode))
        self.onlooker.half = None

    def free_slots(self):
        free = self.onlooker.capacity().get("free")
        return "It is not known how many slots are free" if free is None else (
            f"Slots that are free for the new configuration: {free}")

    # ---- The first half ----

    def watch_only(self):
        self.screen.title(f"First half: {DRYRUN}, the default")
        half = self.begin("dryrun")
        self.wait(half, GATHER_FIRST * self.half_seconds)
        noted = self.gather(half)
        self.say(
            f"{noted.visitors} visitors now hold a connection: some let a download stand still, "
            "some wait for a backend that does not answer. Now the first reload (SIGUSR1, as after "
            "a change of a certificate). A slot is stuck, SW200, after "
            f"{span(self.stall_seconds)} without progress.")
        self.reload(half, noted)
        self.wait(half, GATHER_SECOND * self.half_seconds)
        self.second_reload(half)
        if not self.onlooker.prober.is_up:
            self.say(
                "The site is down. httpd runs, its port accepts connections, and nobody answers "
                "them, for as long as the visitors hold on. httpd's own log says just that the "
                "scoreboard is full; the lines here say which slots, held by whom, since when.")
            self.ask_the_watcher()
        self.leave(half)

    def ask_the_watcher(self):
        answer = ask(self.httpd, "preflight")
        if answer is None:
            return
        lines, milliseconds = answer
        self.say(f"The page is down, too. The watcher is not: asked whether a reload would fit, it "
                 f"answers within {milliseconds:.0f} ms:")
        for line in ["$ slotwatchctl preflight", *lines]:
            self.screen.line(line, clock=False)

    def second_reload(self, half):
        """And as many more as it takes: a child that has no visitor frees its slot."""
        for number in range(2, MOST_RELOADS + 1):
            noted = self.gather(half)
            self.say(f"{noted.visitors} more visitors, and reload {number}. {self.free_slots()}.")
            self.reload(half, noted)
            self.wait(half, LEAVE * self.half_seconds, self.down_or_settled())
            if not self.onlooker.prober.is_up or half.now() >= LEAVE * self.half_seconds:
                break

    def down_or_settled(self):
        settled = time.monotonic() + SETTLE_SECONDS
        prober = self.onlooker.prober
        return lambda: not prober.is_up or prober.answered_since(settled)

    # ---- Between them ----

    def switch_on(self):
        self.screen.title("Between the halves: one line of the configuration is changed")
        self.screen.line(f"- {DRYRUN}", "red", clock=False)
        self.screen.line(f"+ {ON}", "green", clock=False)
        self.screen.line("and a reload, as with apachectl graceful", clock=False)
        allow_recycling(self.httpd)
        self.httpd.reload()
        self.onlooker.until(time.monotonic() + LONGEST_PAUSE_SECONDS,
                            lambda: self.onlooker.is_settled("on"))

    # ---- The second half ----

    def give_back(self):
        first = self.halves[0]
        self.screen.title(f"Second half: {ON}; visitors and reloads as in the first")
        half = self.begin("on")
        for number, before in enumerate(first.reloads, 1):
            self.wait(half, before.gather_at)
            noted = self.gather(half, before.visitors)
            self.wait(half, before.at)
            self.say(f"{noted.visitors} visitors ({before.visitors} in the first half), and reload "
                     f"{number}. {self.free_slots()}.")
            self.reload(half, noted)
        self.leave(half)
