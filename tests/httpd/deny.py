# SPDX-License-Identifier: Apache-2.0
"""Becomes another program, without some system calls: deny.py NAME[,NAME...] PROGRAM ARGUMENT...
As a container's seccomp profile does: who calls them is told EPERM. Source: seccomp(2)"""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD+W+ABS, BPF_JMP+JEQ+K, BPF_RET+K
ALLOW, FAIL = 0x7FFF0000, 0x00050000 | errno.EPERM
NUMBER, ARGUMENTS = 0, 16  # in struct seccomp_data; an argument has 8 bytes
X86, ARM = "x86_64", "aarch64"
NUMBERS = {"pidfd_open": {X86: 434, ARM: 434}, "memfd_create": {X86: 319, ARM: 279},
           "getsockopt": {X86: 55, ARM: 209}, "signalfd4": {X86: 289, ARM: 74},
           "seccomp": {X86: 317, ARM: 277}}
# Of getsockopt those of IPPROTO_TCP, TCP_INFO.
ONLY = {"tcp_info": ("getsockopt", {1: 6, 2: 11})}


def is_known():
    """Whether this machine's numbers are."""
    return platform.machine() in (X86, ARM)


def instruction(code, value, otherwise=0):
    """@param otherwise: how many instructions EQUAL leaves out where it is not"""
    return struct.pack("=HBBI", code, 0, otherwise, value)


def denial(name):
    """Fails the call, if it is this one."""
    call, arguments = ONLY.get(name, (name, {}))
    tests = [(NUMBER, NUMBERS[call][platform.machine()])]
    tests += [(ARGUMENTS + 8 * at, value) for at, value in arguments.items()]
    program = b""
    for left, (offset, value) in zip(range(len(tests) - 1, -1, -1), tests):
        program += instruction(LOAD, offset) + instruction(EQUAL, value, 2 * left + 1)
    return program + instruction(RETURN, FAIL)


def deny(names):
    """For this process and what it becomes."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = b"".join(map(denial, names)) + instruction(RETURN, ALLOW)
    text = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))  # struct sock_fprog
    program = ctypes.create_string_buffer(head, len(head))
    libc.prctl.argtypes = [ctypes.c_int] + 4 * [ctypes.c_ulong]
    if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(
            PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0) != 0):
        raise OSError(ctypes.get_errno(), "the filter is not taken")


if __name__ == "__main__":
    deny(sys.argv[1].split(","))
    os.execv(sys.argv[2], sys.argv[2:])
