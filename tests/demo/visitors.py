# SPDX-License-Identifier: Apache-2.0
"""Who holds connections open: people that download slowly, and requests to a silent backend."""

import re
import socket
import time

from scene import THREADS
from senses import opener

SIP_BYTES = 64
# Workers that have ended, are ending (all of an old child's are), or do not yet run.
NOT_SERVING = ".GS"
SMALL_BUFFER = 4096


class SilentBackend:
    """Accepts and never answers. The kernel's backlog does the accepting."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]

    def close(self):
        self.listener.close()


class Visitor:
    """A request whose answer is not taken, or does not come."""

    def __init__(self, port, path):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self.socket.settimeout(2)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: demo.example\r\n\r\n".encode())

    def sip(self):
        """Until the answer has begun, if somebody answers."""
        try:
            self.socket.recv(SIP_BYTES)
        except TimeoutError:
            pass

    def close(self):
        self.socket.close()


def busy_workers(httpd):
    """Of each serving slot, as mod_status counts them now; its own request is among them."""
    try:
        with opener.open(httpd.url("/server-status?auto"), timeout=2) as answer:
            text = answer.read().decode()
    except OSError:
        return []
    letters = re.search(r"^Scoreboard: (\S+)$", text, re.MULTILINE)[1]
    slots = [letters[at:at + THREADS] for at in range(0, len(letters), THREADS)]
    serving = [slot for slot in slots if not set(slot) & set(NOT_SERVING)]
    return [len(re.findall("[RWKDCL]", slot)) for slot in serving]


class Crowd:
    def __init__(self, httpd):
        self.httpd = httpd
        self.port = httpd.port
        self.visitors = []

    def gather(self, slots, at_most=12):
        """Visitors for one generation: in each serving child at least one. @return how many"""
        before = len(self)
        self.download()
        self.download()
        self.ask_backend()
        deadline = time.monotonic() + 3
        while len(self) - before < at_most and time.monotonic() < deadline:
            time.sleep(0.05)  # until a worker shows it
            # Two, since one may be the question itself.
            if sum(busy >= 2 for busy in busy_workers(self.httpd)) >= slots:
                break
            self.ask_backend()
        return len(self) - before

    def download(self):
        visitor = Visitor(self.port, "/film.bin")
        self.visitors.append(visitor)
        visitor.sip()

    def ask_backend(self):
        self.visitors.append(Visitor(self.port, "/api/report"))

    def __len__(self):
        return len(self.visitors)

    def leave(self):
        for visitor in self.visitors:
            visitor.close()
        self.visitors.clear()
