# SPDX-License-Identifier: Apache-2.0
"""What a process has given up."""

import os
from pathlib import Path

# valgrind knows no seccomp(2): what runs under it has none.
HAS_FILTERS = (Path("/proc/sys/kernel/seccomp/actions_avail").exists()
               and not os.environ.get("SLOTWATCH_WRAP"))


def status(pid="self"):
    """{name: value} of the lines of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
