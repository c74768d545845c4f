# SPDX-License-Identifier: Apache-2.0
"""What a process has given up."""

from pathlib import Path

HAS_FILTERS = Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def status(pid="self"):
    """{name: value} of the lines of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
