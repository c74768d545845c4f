# SPDX-License-Identifier: Apache-2.0
"""make demo: how reloads under held connections take a web server down, as mod_slotwatch tells it.

A private httpd on a free loopback port, four slots, two of them serving. Visitors hold connections,
the server is reloaded twice, nobody is left to serve. Then the visitors leave.
"""

import argparse
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
STALL = 0.09  # of the whole: SlotWatchStall
SHORTEST_SECONDS, LONGEST_SECONDS = 20, 3600


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=45,
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
        stall_seconds = arguments.seconds * STALL
        httpd = make_httpd(arguments.module, backend.port, stall_seconds)
        httpd.start()
        story = Story(httpd, backend, arguments.seconds, stall_seconds)
        story.tell()
    except Ended:
        print("\nended early, on request")
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
