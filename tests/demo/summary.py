# SPDX-License-Identifier: Apache-2.0
"""What is left to say when the demo is over."""

import time
from collections import Counter

from screen import span

MEANINGS = (
    ("SW200", "a slot is stuck: which, why, since when"),
    ("SW201", "it still is"),
    ("SW202", "it is free again"),
    ("SW210", "the next reload would find no room"),
    ("SW211", "no slot is free, and too few workers are idle"),
    ("SW212", "there is room again"),
    ("SW220", "an old generation has drained"),
)


def show(story):
    screen = story.screen
    lasted, since, to = story.probe.longest_outage(time.monotonic())
    screen.say("What happened")
    if since is None:
        screen.line("the site answered all along: no outage came about", "yellow", clock=False)
    else:
        begun = since - screen.begun
        back = f"until {to - screen.begun:.1f} s" if to else "and still is"
        screen.line(f"down from {begun:.1f} s {back}: {span(lasted)}, "
                    f"{story.probe.unanswered} of {story.probe.unanswered + story.probe.answered} "
                    "probes unanswered", "red", clock=False)
    screen.line(f"{story.reloads} reloads, {story.held} visitors", clock=False)
    show_lines(story)


def show_lines(story):
    screen = story.screen
    stuck = {line.partition("slot=")[2].split()[0] for line in story.log.ours
             if line.startswith("SW200") and "slot=" in line}
    screen.line(f"slots told as stuck: {len(stuck)} ({', '.join(sorted(stuck)) or 'none'})",
                clock=False)
    full = sum("AH03490" in line for line in story.log.httpd)
    screen.line(f"httpd's own words: {full} x AH03490 (scoreboard is full), no slot, pid, client "
                "or request named", clock=False)
    screen.line("what an operator greps:  grep -E 'SW2[0-9][0-9]' error.log", "bold", clock=False)
    counts = Counter(line[:5] for line in story.log.ours)
    for number, meaning in MEANINGS:
        if counts[number]:
            screen.line(f"  {counts[number]:>3} x {number}  {meaning}", clock=False)
    print(file=screen.out)
