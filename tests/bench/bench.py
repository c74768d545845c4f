# SPDX-License-Identifier: Apache-2.0
"""make bench: what the module costs, measured, beside what it may cost. Takes some minutes.

Rows are ratios within one run. They are printed, not asserted: the machine has other work to do.
usage: bench.py [FILE ...], the FILES below without their .py
"""

import importlib
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "demo"))
sys.path.insert(0, str(HERE))

from server import CannotStart  # noqa: E402
from sites import MODULE  # noqa: E402
from table import not_measured, show  # noqa: E402

FILES = ("request_path", "frame", "latency", "watcher", "agent", "reload", "reload_gap", "storm",
         "recovery", "detection", "answers", "page")


def measure(name):
    for row in importlib.import_module(name).rows():
        begun = time.monotonic()
        try:
            yield row()
        except (CannotStart, OSError, ArithmeticError, LookupError, ValueError,
                subprocess.SubprocessError) as error:
            yield not_measured(name, f"{type(error).__name__}: {error}")
        print(f"  {name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)


def main():
    names = sys.argv[1:] or FILES
    unknown = set(names) - set(FILES)
    if unknown:
        print(f"bench: no such part: {', '.join(unknown)}; {__doc__}", file=sys.stderr)
        return 2
    if not MODULE.exists():
        print(f"bench: {MODULE} is not there: run make first", file=sys.stderr)
        return 1
    show([row for name in names for row in measure(name)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
