# SPDX-License-Identifier: Apache-2.0
"""The one way to wait: for something, until a deadline."""

import os
import time

# For a machine that is slow and busy; nothing that works takes as long.
PATIENCE_SECONDS = float(os.environ.get("SLOTWATCH_TEST_PATIENCE", 30))
_STEP_SECONDS = 0.02


def wait_for(predicate, what, seconds=PATIENCE_SECONDS):
    """The first true value of predicate(); fails, saying what was awaited, after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(_STEP_SECONDS)
