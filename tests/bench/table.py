# SPDX-License-Identifier: Apache-2.0
"""The rows of make bench."""

from dataclasses import dataclass

HEADINGS = ("what", "measured", "target", "met")


@dataclass
class Row:
    what: str
    measured: str
    target: str
    met: bool | None  # None: could not be measured, or has no target

    def cells(self):
        met = {True: "yes", False: "NO", None: "-"}[self.met]
        return self.what, self.measured, self.target, met


def not_measured(what, why, target=""):
    return Row(what, f"not measured: {why}", target, None)


def show(rows):
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(HEADINGS))]
    for number, row in enumerate(cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
