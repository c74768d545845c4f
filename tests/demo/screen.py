# SPDX-License-Identifier: Apache-2.0
"""The terminal: a clock, the slots, the lines of the log, and words for whoever watches."""

import re
import sys
import textwrap
import time

COLOURS = {"red": 31, "green": 32, "yellow": 33, "magenta": 35, "blue": 36, "grey": 90, "bold": 1}
STATE_COLOURS = {"free": "grey", "serving": "green", "draining": "yellow", "stuck": "red",
                 "recycling": "magenta"}
LINE_COLOURS = {"SW200": "red", "SW201": "red", "SW210": "red", "SW211": "red", "SW304": "red",
                "SW300": "magenta", "SW301": "magenta", "SW302": "magenta", "SW303": "green"}
WIDTH = 100
INDENT = " " * 9
# What is left of a line when one of its kind has been shown whole.
KEPT_OF_SLOT = ("slot", "pid", "reason", "rung", "cut")
KEPT = ("pid", "free", "serving", "draining", "stuck", "recycling", "verdict", "generation",
        "draining_seconds")
PAIR = re.compile(r'(\w+)=("[^"]*"|\S+)')


def span(seconds):
    return f"{seconds:.1f} s"


def shortened(text):
    """Of one of our lines: its number, its event, and what it is about."""
    parts, left_out = text.split(" ", 2)[:2], False
    kept = KEPT_OF_SLOT if " slot=" in text else KEPT
    for pair in PAIR.finditer(text):
        if pair[1] in kept:
            parts += ["..."] * left_out + [pair[0]]
        left_out = pair[1] not in kept
    return " ".join(parts + ["..."] * left_out)


class Screen:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.colours = out.isatty()
        self.begun = time.monotonic()
        self.drawn = None
        self.shown = set()  # kinds of our lines

    def paint(self, text, colour):
        return f"\033[{COLOURS[colour]}m{text}\033[0m" if self.colours and colour else text

    def clock(self):
        return f"{time.monotonic() - self.begun:6.1f} s "

    def line(self, text, colour=None, clock=True):
        print((self.clock() if clock else INDENT) + self.paint(text, colour), file=self.out,
              flush=True)

    def title(self, text):
        print(file=self.out)
        rule = "-" * max(0, WIDTH - len(INDENT) - len(text) - 1)
        self.line(f"{text} {rule}", "bold")

    def say(self, text):
        """Words: a paragraph, set apart."""
        print(file=self.out)
        first = self.clock()
        for at in textwrap.wrap(" ".join(text.split()), WIDTH - len(INDENT)):
            print(first + self.paint(at, "bold"), file=self.out)
            first = INDENT
        self.out.flush()

    def log(self, text):
        """A line of the error log; the first of a kind is whole, as an operator would see it."""
        number = text[:5]
        if number in self.shown:
            text = shortened(text)
        self.shown.add(number)
        wrapped = textwrap.wrap(text, WIDTH - len(INDENT) - 6, break_on_hyphens=False)
        for at, part in enumerate(wrapped):
            self.line(("log   " if at == 0 else "      ") + part,
                      LINE_COLOURS.get(number, "blue"), clock=at == 0)

    def probes(self, seconds, limit):
        """@param seconds: of each probe since the last line, None for one without an answer"""
        answered = [each for each in seconds if each is not None]
        missed = len(seconds) - len(answered)
        text = f"site  a small file: {len(answered)} of {len(seconds)} answered"
        if answered:
            text += f", slowest in {max(answered) * 1000:.0f} ms"
        if missed:
            text += f"; {missed} WAITED {limit:.0f} s IN VAIN"
        self.line(text, "red" if missed else "green")

    def slots(self, report):
        """One line a slot, where anything but the durations has changed."""
        seen = [(s["slot"], s["pid"], s["state"], s["phase"]) for s in report.document["slots"]]
        if seen == self.drawn:
            return
        self.drawn = seen
        self.table(report)

    def table(self, report):
        capacity = report.document["capacity"]
        counts = ", ".join(f"{capacity[state]} {state}" for state in STATE_COLOURS
                           if capacity[state])
        self.line(f"slots {counts}; capacity: {capacity['verdict']}")
        for slot in report.document["slots"]:
            self._slot(slot)

    def _slot(self, slot):
        state = self.paint(f"{slot['state']:<9}", STATE_COLOURS.get(slot["state"]))
        if slot["state"] == "free":
            self.line(f"  [{slot['slot']}] {state}".rstrip(), clock=False)
            return
        text = f"  [{slot['slot']}] {state} pid {slot['pid']:<7} gen {slot['generation']} "
        if slot["phase"] not in (None, "none"):
            text += (f"{slot['phase']}; draining {span(slot['draining_seconds'])}, "
                     f"stalled {span(slot['stalled_seconds'])}")
        self.line(text.rstrip(), clock=False)
        oldest = max(slot.get("requests") or [], default=None,
                     key=lambda request: request.get("elapsed_seconds") or 0)
        if oldest and slot["state"] == "stuck":
            self.line(self.paint(f"       oldest: {oldest.get('request') or '?'}  from "
                                 f"{oldest.get('client') or '?'}", "grey"), clock=False)
