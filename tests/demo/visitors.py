# SPDX-License-Identifier: Apache-2.0
"""Who holds connections open: downloads that stand still, and requests to a silent backend."""

import re
import socket
import time

from scene import SEND_BUFFER_BYTES, SERVING, THREADS
from senses import get

DOWNLOADS, REPORTS = 2, 2  # that are asked for before each reload
QUESTIONS = 4
MOST_VISITORS = 12
GATHER_SECONDS = 3
SIP_BYTES = 64
# Workers that have ended, are ending (all of an old child's are), or do not yet run.
NOT_SERVING = ".GS"
SMALL_BUFFER = 4096
# What a visitor reads who goes on: more than may have been on its way, less than the whole film.
GULP_BYTES = 8 * SEND_BUFFER_BYTES
GULP_SECONDS = 0.3  # without a byte

FILM, API = "/film.bin", "/api/report"
# What became of a visitor; or it is the status that was answered.
HELD, BROKEN, CLOSED = "held", "broken off", "closed"


class SilentBackend:
    """Takes connections and never answers. The kernel's backlog does the taking."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]

    def give_up(self):
        """On all whom it has let wait until now."""
        try:
            while True:
                self.listener.accept()[0].close()
        except BlockingIOError:
            pass

    def close(self):
        self.listener.close()


class Visitor:
    """A request whose answer is not taken, or does not come."""

    def __init__(self, port, path):
        self.path = path
        self.fate = None
        self.head = b""
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self.socket.settimeout(2)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: demo.example\r\n\r\n".encode())

    def sip(self):
        """Until the answer has begun, if somebody answers."""
        try:
            self.head = self.socket.recv(SIP_BYTES)
        except OSError:
            pass

    def notice(self):
        """Whether something has come to a visitor who waits for the backend."""
        self.socket.setblocking(False)
        try:
            self.head = self.socket.recv(SMALL_BUFFER)
        except BlockingIOError:
            return False
        except OSError:
            pass
        self.fate = self._status() or CLOSED
        self.socket.close()
        return True

    def go_on(self):
        """Before it leaves: reads what there is, and so finds out what came of its request."""
        if self.fate is None and (self.path == FILM or not self.notice()):
            self.fate = self._read() if self.path == FILM else HELD

    def _read(self):
        self.socket.settimeout(GULP_SECONDS)
        got = 0
        try:
            while got < GULP_BYTES:
                part = self.socket.recv(1 << 16)
                if not part:
                    return BROKEN
                got += len(part)
        except TimeoutError:
            pass
        except OSError:
            return BROKEN
        return HELD

    def _status(self):
        found = re.match(rb"HTTP/1\.\d (\d{3})", self.head)
        return found[1].decode() if found else None

    def status_line(self):
        return self.head.partition(b"\r\n")[0].decode(errors="replace")


def busy_workers(httpd):
    """Of each serving slot, as mod_status counts them now; its own request is among them."""
    found = re.search(r"^Scoreboard: (\S+)$",
                      (get(httpd.url("/server-status?auto"), 2) or b"").decode(), re.MULTILINE)
    letters = found[1] if found else ""
    slots = [letters[at:at + THREADS] for at in range(0, len(letters), THREADS)]
    serving = [slot for slot in slots if not set(slot) & set(NOT_SERVING)]
    return [len(re.findall("[RWKDCL]", slot)) for slot in serving]


def are_all_held(httpd):
    """Whether each serving child has a visitor. If the question itself met them all in turn, the
    least that a child was seen with is its visitors; or else it may be one less."""
    seen = [busy_workers(httpd) for _ in range(QUESTIONS)]
    least = [min(busy) for busy in zip(*seen)]
    enough = 1 if sum(least) < sum(seen[0]) else 2
    return sum(busy >= enough for busy in least) >= SERVING


class Crowd:
    def __init__(self, httpd):
        self.httpd = httpd
        self.port = httpd.port
        self.visitors = []

    def gather(self, at_least=0):
        """Visitors for one generation: in each serving child at least one. @return how many"""
        before = len(self)
        for _ in range(DOWNLOADS):
            self._come(FILM).sip()
        while len(self) - before < max(DOWNLOADS + REPORTS, at_least):
            self._come(API)
        deadline = time.monotonic() + GATHER_SECONDS
        while len(self) - before < MOST_VISITORS and time.monotonic() < deadline:
            time.sleep(0.05)  # until a worker shows it
            if are_all_held(self.httpd):
                break
            self._come(API)
        return len(self) - before

    def _come(self, path):
        self.visitors.append(Visitor(self.port, path))
        return self.visitors[-1]

    def __len__(self):
        return len(self.visitors)

    def look(self):
        """@return those who were answered since the last look, of those who wait for that"""
        return [visitor for visitor in self.visitors
                if visitor.path == API and visitor.fate is None and visitor.notice()]

    def leave(self):
        """@return what became of each"""
        for visitor in self.visitors:
            visitor.go_on()
        fates = [(visitor.path, visitor.fate) for visitor in self.visitors]
        self.scatter()
        return fates

    def scatter(self):
        for visitor in self.visitors:
            visitor.socket.close()
        self.visitors.clear()
