# SPDX-License-Identifier: Apache-2.0
"""What a process may do to another, as a child that was broken into would try it: run as a program,
with a pid, it prints what succeeded, a word a line."""

import ctypes
import os
import sys

_PTRACE_ATTACH, _PTRACE_DETACH = 16, 17
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438


def signal(pid):
    os.kill(pid, 0)


def read_memory(pid):
    open(f"/proc/{pid}/mem", "rb").close()


def list_descriptors(pid):
    os.listdir(f"/proc/{pid}/fd")


def take_descriptor(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.syscall(_PIDFD_OPEN, pid, 0)
    if libc.syscall(_PIDFD_GETFD, handle, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")


def trace(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(_PTRACE_ATTACH, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(pid, 0x40000000)  # __WALL
    libc.ptrace(_PTRACE_DETACH, pid, None, None)


def main(pid):
    for attempt in (signal, read_memory, list_descriptors, take_descriptor, trace):
        try:
            attempt(pid)
            print(attempt.__name__)
        except OSError:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
