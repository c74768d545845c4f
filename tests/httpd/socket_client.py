# SPDX-License-Identifier: Apache-2.0
"""Plain HTTP to the watcher, over its unix socket or its TCP port; no retries."""

import contextlib
import fcntl
import http.client
import json
import socket
import struct
import termios
from dataclasses import dataclass

from harness import reserve_port
from waiting import PATIENCE_SECONDS, wait_for

# Also of one that waited at a listener that was closed meanwhile.
REFUSALS = (ConnectionError, FileNotFoundError)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8", errors="strict")

    @property
    def json(self):
        return json.loads(self.body)


def path_of(server):
    """Where the socket is if nothing else is said."""
    return server.root / "run" / "slotwatch.sock"


def connect(place, timeout=PATIENCE_SECONDS):
    """@param place: a path, or the (address, port) of the TCP listener"""
    is_tcp = isinstance(place, tuple)
    connection = socket.socket(socket.AF_INET if is_tcp else socket.AF_UNIX)
    # Where the listener's queue is full, only a connect that blocks waits. Source: connect(2)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                          struct.pack("ll", int(timeout), int(timeout % 1 * 1e6)))
    try:
        connection.connect(place if is_tcp else str(place))
    except BaseException:
        connection.close()
        raise
    connection.settimeout(timeout)
    return connection


class _Connection(http.client.HTTPConnection):
    def __init__(self, place, timeout):
        super().__init__("localhost", timeout=timeout)
        self.place = place

    def connect(self):
        self.sock = connect(self.place, self.timeout)


def ask(place, target, method="GET", timeout=PATIENCE_SECONDS, **options):
    """One request on a connection of its own. @param options: headers, body"""
    with contextlib.closing(_Connection(place, timeout)) as connection:
        connection.request(method, target, **options)
        got = connection.getresponse()
        return Answer(got.status, got.headers, got.read())


def get(server, target, **options):
    return ask(path_of(server), target, **options)


def post(server, slot, pid=None, **options):
    """POST /recycle"""
    target = f"/recycle?slot={slot}" + (f"&pid={pid}" if pid is not None else "")
    return ask(path_of(server), target, method="POST", **options)


def unread(connection):
    """Bytes that the other side has not read. Source: unix(7), SIOCOUTQ"""
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0]


def read_all(connection):
    """What comes until the other side closes, or resets."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answers(place, target="/status?format=json"):
    """The answer, or None while nobody is there who could give one."""
    try:
        return ask(place, target)
    except REFUSALS:
        return None


def wait_answer(place, target="/status?format=json", status=200):
    def look():
        got = answers(place, target)
        return got if got is not None and got.status == status else None

    return wait_for(look, f"{status} for {target} at {place}")


@contextlib.contextmanager
def port():
    """(address, port) of the kernel's choice, and nobody else's for as long as it is held."""
    with reserve_port() as holder:
        yield holder.getsockname()
