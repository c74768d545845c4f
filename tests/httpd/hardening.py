# SPDX-License-Identifier: Apache-2.0
"""What a process has given up, and a kernel that does not let it."""

import ctypes
import errno
import os
import struct
from pathlib import Path

HAS_FILTERS = Path("/proc/sys/kernel/seccomp/actions_avail").exists()
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_LOAD_NUMBER, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/filter.h
_ERRNO, _ALLOW = 0x00050000, 0x7FFF0000              # linux/seccomp.h
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2


def status(pid="self"):
    """{name: value} of the lines of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def without_seccomp():
    """To be run in a new process: from now on the kernel has no seccomp(2), as it seems to all that
    it starts."""
    number = _SECCOMP[os.uname().machine]
    code = b"".join(struct.pack("=HBBI", *each) for each in [
        (_LOAD_NUMBER, 0, 0, 0), (_IF_EQUAL, 0, 1, number),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS), (_RETURN, 0, 0, _ALLOW)])
    text = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")
