# SPDX-License-Identifier: Apache-2.0
"""make demo: how reloads under held connections take a web server down, and how slots given back
keep it up.

A private httpd on a free loopback port, four slots, two of them serving. Visitors hold connections,
the server is reloaded twice, and mod_slotwatch says who holds the slots until nobody is left to
serve. Then the same visitors and reloads, with recycling On.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # the demo leaves no files
sys.path.insert(0, str(HERE / "demo"))

from scene import make_httpd  # noqa: E402
from server import CannotStart  # noqa: E402
from story import Ended, Story  # noqa: E402
from visitors import SilentBackend  # noqa: E402

MODULE = HERE.parent / "build" / "mod_slotwatch.so"
STALL = 0.05  # of the whole: SlotWatchStall
SHORTEST_STALL_SECONDS = 1.6  # it takes at least three intervals
SHORTEST_SECONDS, LONGEST_SECONDS = 20, 3600


def parse_arguments():
    parser = argparse.ArgumentParser(description=" ".join(__doc__.split("\n\n")[0].split()))
    parser.add_argument("--seconds", type=float, default=75,
                        help=f"how long it takes; at least {SHORTEST_SECONDS}")
    parser.add_argument("--module", default=str(MODULE), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.seconds = min(max(arguments.seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
    return arguments


def raise_ended(*_):
    raise Ended()


def run(arguments):
    backend = SilentBackend()
    httpd = None
    story = None
    try:
        stall_seconds = max(arguments.seconds * STALL, SHORTEST_STALL_SECONDS)
        httpd = make_httpd(arguments.module, backend.port, arguments.seconds, stall_seconds)
        httpd.start()
        story = Story(httpd, backend, arguments.seconds, stall_seconds)
        story.tell()
    except Ended:
        print("\nended early, on request")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # nothing may stop the tidying up
        if story is not None:
            story.close()
        if httpd is not None:
            httpd.stop()
        backend.close()


def main():
    arguments = parse_arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_ended)
    try:
        run(arguments)
    except CannotStart as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
