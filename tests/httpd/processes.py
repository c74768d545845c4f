# SPDX-License-Identifier: Apache-2.0
"""Processes by pid, from /proc: whose child, called what, holding which sockets."""

import os
import signal
from pathlib import Path

WATCHER = "slotwatch"


def _read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def all_pids():
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def stat_fields(pid):
    """proc(5)'s stat from its third field on: state, ppid, ...; empty if there is no process."""
    return _read(pid, "stat").rpartition(b")")[2].decode().split()


def is_alive(pid):
    """A zombie is not."""
    fields = stat_fields(pid)
    return bool(fields) and fields[0] not in "ZX"


def age_seconds(pid):
    """Since its start; 0 if there is no such process."""
    fields = stat_fields(pid)
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def children_of(parent):
    pids = [pid for pid in all_pids() if stat_fields(pid)[1:2] == [str(parent)]]
    return [pid for pid in pids if is_alive(pid)]


def name_of(pid):
    return _read(pid, "comm").decode(errors="replace").strip()


def thread_names(pid):
    return [_read(pid, f"task/{tid}/comm").decode(errors="replace").strip()
            for tid in os.listdir(f"/proc/{pid}/task")]


def command_line(pid):
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()


def user_of(pid):
    return os.stat(f"/proc/{pid}").st_uid


def signals(pid):
    """{"Blk", "Ign", "Cgt": the signals that are blocked, ignored or caught, as one number}"""
    lines = (line.split() for line in _read(pid, "status").decode().splitlines())
    return {words[0][3:-1]: int(words[1], 16) for words in lines
            if words[0] in ("SigBlk:", "SigIgn:", "SigCgt:")}


def catches_sigchld(pid):
    return bool(signals(pid).get("Cgt", 0) >> (signal.SIGCHLD - 1) & 1)


def marked(mark):
    """Living processes whose environment holds the mark: those of one test, whatever became of
    their names and parents."""
    needle = mark.encode() + b"\0"
    return [pid for pid in all_pids() if needle in _read(pid, "environ") and is_alive(pid)]


def kill(pid, sig=signal.SIGKILL):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


def _socket_inodes(pid):
    inodes = set()
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return inodes  # it has ended
    for name in names:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[len("socket:["):-1])
    return inodes


def _tcp_sockets(pid, state):
    own, found = _socket_inodes(pid), []
    for table in ("net/tcp", "net/tcp6"):
        for line in _read(pid, table).decode().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and fields[9] in own:
                found.append(fields[1])
    return found


def listening_sockets(pid):
    """Addresses of the listening TCP sockets that the process has open."""
    return _tcp_sockets(pid, "0A")  # TCP_LISTEN


def connections(pid):
    """Local addresses of the TCP connections that the process has open."""
    return _tcp_sockets(pid, "01")  # TCP_ESTABLISHED


def unix_listeners(pid):
    """Paths of the listening unix sockets that the process has open, as they were bound."""
    own, found = _socket_inodes(pid), []
    for line in _read(pid, "net/unix").decode().splitlines()[1:]:
        fields = line.split()
        if int(fields[3], 16) & 0x10000 and fields[6] in own:  # __SO_ACCEPTCON
            found.append(fields[7] if len(fields) > 7 else "")
    return found


def descriptors(pid):
    """What each open descriptor is: {number: target}"""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            pass  # the one of listdir, or closed meanwhile
    return found
