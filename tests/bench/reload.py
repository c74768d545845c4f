# SPDX-License-Identifier: Apache-2.0
"""What a reload takes: from httpd's 'SIGUSR1 received' to 'resuming normal operations'."""

import re
import statistics
import time
from datetime import datetime

import sites
from table import Row

RELOADS = 40
DEADLINE_SECONDS = 10
WHAT = ("what the module adds to a reload, median", "<= 5 ms")
BEGUN, DONE = "AH00493", "AH00489"
LINE = re.compile(rf"^\[([^]]+)\] .*({BEGUN}|{DONE})", re.MULTILINE)


def stamps(httpd):
    """@return (event, seconds) of each such line so far; the first is the start's."""
    text = httpd.error_log.read_text(errors="replace")
    return [(event, datetime.strptime(stamp, "%a %b %d %H:%M:%S.%f %Y").timestamp())
            for stamp, event in LINE.findall(text)]


def wait_for(httpd, events):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        found = stamps(httpd)
        if len(found) >= events:
            return found
        time.sleep(0.02)
    raise ValueError("a reload did not come to its end")


def reload_seconds(httpd, number):
    """@param number: how many reloads there were before"""
    httpd.reload()
    found = wait_for(httpd, 3 + 2 * number)
    return found[-1][1] - found[-2][1]


def row():
    config = sites.sized(16, 25, 4)
    spans = {True: [], False: []}
    with sites.make(config, True) as ours, sites.make(config, False) as plain:
        for httpd in (ours, plain):
            wait_for(httpd, 1)
        for number in range(RELOADS):
            for httpd in (ours, plain):
                spans[httpd is ours].append(reload_seconds(httpd, number))
    extra = (statistics.median(spans[True]) - statistics.median(spans[False])) * 1000
    text = (f"{extra:.1f} ms ({statistics.median(spans[True]) * 1000:.1f} - "
            f"{statistics.median(spans[False]) * 1000:.1f}; longest {max(spans[True]) * 1000:.1f} "
            f"and {max(spans[False]) * 1000:.1f})")
    return Row(WHAT[0], text, WHAT[1], extra <= 5)


def rows():
    yield row
