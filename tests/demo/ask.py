# SPDX-License-Identifier: Apache-2.0
"""What slotwatchctl says, for who cannot reach the page."""

import subprocess
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "build" / "slotwatchctl"
SECONDS = 10
LINES = 3


def command(httpd, word):
    return [str(PROGRAM), "--socket", str(httpd.root / "run" / "slotwatch.sock"), word]


def ask(httpd, word):
    """@return (its first lines, the milliseconds that it took), or None if it does not say"""
    begun = time.monotonic()
    try:
        done = subprocess.run(command(httpd, word), stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (done.stdout or done.stderr).splitlines()
    return (lines[:LINES], (time.monotonic() - begun) * 1e3) if lines else None
