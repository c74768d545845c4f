# SPDX-License-Identifier: Apache-2.0
"""Faults: a server under limits, in a file system of its own, without some system calls; a log that
nobody reads."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import processes
from waiting import wait_for

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do that to a server")
PTRACE_SEIZE, PTRACE_INTERRUPT, WAIT_ALL = 0x4206, 0x4207, 0x40000000
CGROUPS = Path("/sys/fs/cgroup")
DENY = Path(__file__).with_name("deny.py")


def behind(server, *prefix):
    """The server is started by this command, which becomes it."""
    command = server.command
    server.command = lambda *words: [*map(str, prefix), *command(*words)]
    return server


def without_calls(server, *calls):
    """These system calls fail, in all processes of the server: deny.py has their names."""
    return behind(server, sys.executable, DENY, ",".join(calls))


def with_mounts(server, *mounts):
    """In a mount namespace of its own. @param mounts: arguments of mount(8)"""
    script = " && ".join(f"mount {each}" for each in mounts) + ' && exec "$@"'
    # In a chroot the root is no mount, and what is one is private already.
    roots = [line for line in Path("/proc/self/mountinfo").read_text().splitlines()
             if line.split()[4] == "/"]
    return behind(server, "unshare", "--mount", "--propagation",
                  "private" if roots else "unchanged", "sh", "-ec", script, "sh")


def _prlimit(pid, *options):
    """prlimit(1) as the user of that process, which nobody needs a capability for."""
    status = os.stat(f"/proc/{pid}/task")  # /proc/PID itself is root's, where nobody may dump it
    user = {"user": status.st_uid, "group": status.st_gid} if os.geteuid() == 0 else {}
    done = subprocess.run(["prlimit", "--pid", str(pid), *options], check=True,
                          capture_output=True, text=True, **user)
    return done.stdout.strip()


@contextlib.contextmanager
def limited(pid, kind, most=0):
    """A running process under another limit of prlimit(1): as, nofile, nproc; then as before."""
    before = _prlimit(pid, "--raw", "--noheadings", "--output=SOFT", f"--{kind}")
    _prlimit(pid, f"--{kind}={most}:")
    try:
        yield
    finally:
        if processes.is_alive(pid):
            _prlimit(pid, f"--{kind}={before}:")


@contextlib.contextmanager
def control_group(version, controller, pid):
    """A running process in a group of its own, whose folder this is; skips where there can be
    none. What it starts is in it as well."""
    place = CGROUPS / controller if version == 1 else CGROUPS
    if version == 2 and not (place / "cgroup.controllers").exists():
        place = place / "unified"
    group, home = place / f"slotwatch-test-{pid}", _home_of(pid, controller, version, place)
    try:
        group.mkdir()
        (group / "cgroup.procs").write_text(str(pid))
        if version == 2 and controller != "freezer":
            (group / f"{controller}.max").stat()
    except OSError as error:
        _emptied(group, home)
        pytest.skip(f"no such group here: {error}")
    try:
        yield group
    finally:
        wait_for(lambda: _emptied(group, home), "the group to be empty")


def _home_of(pid, controller, version, place):
    """The group that it is in: cgroups(7), /proc/[pid]/cgroup."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if (controller if version == 1 else "") in names.split(","):
            return place / path.lstrip("/")
    return place


def _emptied(group, home):
    with contextlib.suppress(OSError):  # one ends meanwhile
        for pid in (group / "cgroup.procs").read_text().split():
            (home / "cgroup.procs").write_text(pid)
        group.rmdir()
    return not group.exists()


@contextlib.contextmanager
def stopped(pid):
    """As by a debugger, or a terminal."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for(lambda: processes.stat_fields(pid)[:1] == ["T"], f"{pid} to stop")
        yield
    finally:
        processes.kill(pid, signal.SIGCONT)


class Debugger:
    """Has stopped each thread of a process. What it traces is its to reap before its parent may."""

    def __init__(self, pid):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        libc.ptrace.restype = ctypes.c_long
        self.threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
        for thread in self.threads:
            for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
                assert libc.ptrace(request, thread, None, None) == 0, os.strerror(
                    ctypes.get_errno())
        for thread in self.threads:
            os.waitpid(thread, WAIT_ALL)

    def leave(self):
        """All of them have ended."""
        for thread in sorted(self.threads, reverse=True):  # the first one last
            with contextlib.suppress(ChildProcessError):
                while not os.WIFSIGNALED(os.waitpid(thread, WAIT_ALL)[1]):
                    pass


class PipedLog:
    """The error log goes through a program that may be stopped, and a pipe that may be filled."""
    FILLER = b"filler\n"
    conf = 'ErrorLog "|/usr/bin/tee -a {root}/error.log"\n'

    def __init__(self, server):
        self.server = server
        server.log.claim(r"^filler$")

    def _readers(self):
        """A reload starts another one."""
        return [pid for pid in self.server.all_processes() if processes.name_of(pid) == "tee"]

    @contextlib.contextmanager
    def full(self):
        """Nobody reads, and not a byte finds room; at the end all is read."""
        [reader] = wait_for(lambda: len(found := self._readers()) == 1 and found, "one reader")
        with stopped(reader):
            written = _fill(f"/proc/{reader}/fd/0", self.FILLER)
            yield
        wait_for(lambda: self.server.log.count(r"^filler$") == written, "all to be read")


def _fill(path, line):
    """@return how many lines found room in that pipe"""
    pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    written = 0
    for lines in (os.fpathconf(pipe, "PC_PIPE_BUF") // len(line), 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                written += os.write(pipe, lines * line) // len(line)
    os.close(pipe)
    return written
