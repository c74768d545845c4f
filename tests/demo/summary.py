# SPDX-License-Identifier: Apache-2.0
"""What is left to say when the demo is over: the two halves, side by side."""

from screen import span
from visitors import API, BROKEN, CLOSED, FILM, HELD

LABEL, COLUMN = 46, 24

MEANINGS = (
    ("SW200", "a slot is stuck: which, and why"),
    ("SW201", "it still is"),
    ("SW202", "it is free again"),
    ("SW210", "the next reload would find no room"),
    ("SW211", "no slot is free, too few idle"),
    ("SW212", "there is room again"),
    ("SW220", "an old generation has drained"),
    ("SW300", "what recycling would do"),
    ("SW301", "a rung of the ladder is begun"),
    ("SW302", "a rung is done"),
    ("SW303", "the child is gone, its slot is free"),
    ("SW304", "the ladder did not free the slot"),
    ("SW310", "too many recycles: it only watches"),
    ("SW311", "a recycle was vetoed"),
    ("SW312", "it recycles again"),
)
FATES = {
    (API, HELD): "waited for the backend until they left",
    (FILM, HELD): "kept their download until they left",
    (FILM, BROKEN): "found their download broken off",
    (API, CLOSED): "found their connection closed",
}


def show(screen, halves, probes):
    screen.title("What happened in the two halves")
    tallies = [half.tally(probes) for half in halves]
    row(screen, "", ("DryRun: told only", "On: slots given back"), "bold")
    show_site(screen, tallies)
    show_slots(screen, halves)
    show_visitors(screen, halves)
    show_lines(screen, halves)
    show_difference(screen, halves, tallies)


def row(screen, label, values, colour=None):
    cells = "".join(f"{str(value):<{COLUMN}}" for value in values)
    screen.line(f"{label:<{LABEL}}{cells}".rstrip(), colour, clock=False)


def show_site(screen, tallies):
    row(screen, "probes answered within 2 s",
        [f"{tally.answered} of {tally.asked}" for tally in tallies], "bold")
    row(screen, "longest time without an answer",
        [span(tally.longest_outage) if tally.missed else "none" for tally in tallies], "bold")
    row(screen, "slowest answer", [span(tally.slowest) for tally in tallies])


def show_slots(screen, halves):
    row(screen, "reloads", [len(half.reloads) for half in halves])
    row(screen, "slots that were stuck", [half.children("SW200") for half in halves])
    row(screen, "slots given back by recycling", [given_back(half) for half in halves])
    row(screen, "longest that an old child kept its slot",
        [span(half.longest_held_seconds()) for half in halves])
    row(screen, "httpd: scoreboard is full (AH03490)", [half.scoreboard_full for half in halves])


def given_back(half):
    would = half.children("SW300")
    return f"{half.children('SW303')}" + (f" ({would} would have been)" if would else "")


def show_visitors(screen, halves):
    row(screen, "visitors that held a connection", [half.visitors() for half in halves])
    seen = {key for half in halves for key in half.fates}
    for path, fate in [*FATES, *sorted(seen - FATES.keys())]:
        if (path, fate) in seen:
            meaning = FATES.get((path, fate)) or f"were answered {fate}"
            row(screen, f"  {meaning}", [half.fates[path, fate] for half in halves])


def show_lines(screen, halves):
    counts = [half.counts() for half in halves]
    screen.line("lines in the error log, as by  grep -E 'SW[23][0-9]{2}' error.log", clock=False)
    for number, meaning in MEANINGS:
        if any(count[number] for count in counts):
            row(screen, f"  {number} {meaning}", [count[number] for count in counts])


def show_difference(screen, halves, tallies):
    gained = tallies[0].missed - tallies[1].missed
    cut = [half.cut() for half in halves]
    if gained > 0:
        screen.say(f"The difference: {gained} more probes were answered, and {cut[1]} of the "
                   f"visitors that kept old children were cut, instead of {cut[0]}.")
    else:
        screen.say("This time the halves do not differ in what was answered: no outage came about "
                   "that recycling could have spared, or it spared none.")
    print(file=screen.out)
