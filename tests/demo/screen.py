# SPDX-License-Identifier: Apache-2.0
"""The terminal: a clock, the slots, the lines of the log, and words for whoever watches."""

import sys
import textwrap
import time

COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 36, "grey": 90, "bold": 1}
STATE_COLOURS = {"free": "grey", "serving": "green", "draining": "yellow", "stuck": "red"}
WIDTH = 100
INDENT = " " * 9


def span(seconds):
    return f"{seconds:.1f} s"


class Screen:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.colours = out.isatty()
        self.begun = time.monotonic()
        self.drawn = None

    def paint(self, text, colour):
        return f"\033[{COLOURS[colour]}m{text}\033[0m" if self.colours and colour else text

    def clock(self):
        return f"{time.monotonic() - self.begun:6.1f} s "

    def line(self, text, colour=None, clock=True):
        print((self.clock() if clock else INDENT) + self.paint(text, colour), file=self.out,
              flush=True)

    def say(self, text):
        """Words: a paragraph, set apart."""
        print(file=self.out)
        first = self.clock()
        for at in textwrap.wrap(" ".join(text.split()), WIDTH - len(INDENT)):
            print(first + self.paint(at, "bold"), file=self.out)
            first = INDENT
        self.out.flush()

    def log(self, text):
        """A line of the error log, whole, so that it can be seen as an operator would."""
        severe = text[:5] in ("SW200", "SW201", "SW210", "SW211")
        wrapped = textwrap.wrap(text, WIDTH - len(INDENT) - 6, break_on_hyphens=False)
        for number, part in enumerate(wrapped):
            self.line(("log   " if number == 0 else "      ") + part,
                      "red" if severe else "blue", clock=number == 0)

    def probe(self, probe):
        if probe.is_up:
            self.line(f"site  a small file: answered in {probe.milliseconds:.0f} ms", "green")
        else:
            self.line("site  a small file: TIMED OUT", "red")

    def slots(self, report, heading):
        """One line a slot, where anything but the durations has changed."""
        seen = [(s["slot"], s["pid"], s["state"], s["phase"], s["workers"].replace("_", ""))
                for s in report.slots]
        if seen == self.drawn:
            return
        self.drawn = seen
        self.table(report, heading)

    def table(self, report, heading):
        capacity = report.document["capacity"]
        counts = ", ".join(f"{capacity[state]} {state}" for state in STATE_COLOURS
                           if capacity[state])
        self.line(f"slots {heading}{counts}; capacity: {capacity['verdict']}")
        for slot in report.slots:
            self._slot(slot)

    def _slot(self, slot):
        colour = STATE_COLOURS.get(slot["state"])
        state = self.paint(f"{slot['state']:<9}", colour)
        if slot["state"] == "free":
            self.line(f"  [{slot['slot']}] {state}".rstrip(), clock=False)
            return
        text = f"  [{slot['slot']}] {state} pid {slot['pid']:<7} gen {slot['generation']} "
        text += f"{slot['workers']:<9}"
        if slot["phase"] not in (None, "none"):
            text += (f"{slot['phase']}, by {slot['trigger']}; draining "
                     f"{span(slot['draining_seconds'])}, "
                     f"stalled {span(slot['stalled_seconds'])}")
        self.line(text.rstrip(), clock=False)
        oldest = max(slot.get("requests") or [], default=None,
                     key=lambda request: request.get("elapsed_seconds") or 0)
        if oldest:
            self.line(self.paint(f"       oldest: {oldest.get('request') or '?'}  from "
                                 f"{oldest.get('client') or '?'}", "grey"), clock=False)
