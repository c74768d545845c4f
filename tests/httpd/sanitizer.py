# SPDX-License-Identifier: Apache-2.0
"""make asan, make tsan: httpd, with the library of a sanitizer loaded before all others. What it
finds it writes to stderr, which is the error log, where no test claims it."""

import os
from pathlib import Path

import pytest

PRELOAD = os.environ.get("SLOTWATCH_PRELOAD", "")
IS_THREAD = "libtsan" in PRELOAD
SLOWER = 20 if PRELOAD else 1  # for bounds that are none of patience
SLOW = r"SW(20[012]|21[012]|401) |AH00488: "  # what a server has that is slow to start and to end
REPORTS = r"^(?!\[\w\w\w \w\w\w )"  # lines that are none of httpd's
WITHOUT_THREADS = REPORTS if IS_THREAD else "(?!)"  # what is told there is a handler of httpd's
KEPT_KIBIBYTES = 256 << 10 if PRELOAD else 0  # what was freed: AddressSanitizer's quarantine
LEAKS = Path(__file__).resolve().parents[1] / "lsan.supp"


def environment():
    """For httpd, which is not built for it, and nothing else."""
    return {"LD_PRELOAD": PRELOAD} if PRELOAD else {}


def ctl_environment():
    """For slotwatchctl, which is; it ends with what it still holds looked at."""
    return {"LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0"} if PRELOAD else {}


def unless_loaded(reason):
    """@return a mark of tests that look at what a sanitizer changes"""
    return pytest.mark.skipif(bool(PRELOAD), reason=f"a sanitizer {reason}")
