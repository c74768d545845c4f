# SPDX-License-Identifier: Apache-2.0
"""Those who must never notice: each asks again and again, and looks at all that it gets."""

import socket
import ssl
import subprocess
import threading
import time

import clients
from scenes_backends import Websocket
from scenes_clients import TlsReader
from traffic import PatientBackend
from waiting import PATIENCE_SECONDS

# Of a slow answer: longer than from one reload to the next.
PIECE, PIECES, PIECE_SECONDS = b"piece\n", 12, 0.5


CURL_CLOSED = (55, 56)  # it could not send, or not receive
# httpd alone loses an HTTP/2 visit to a reload now and then: the README has the rate.
UNANSWERED = "no answer: "


class Visitor(threading.Thread):
    """@param ask: returns what is wrong with one visit, or None
    @ivar wrong: of the visits so far; unanswered: those that begin with UNANSWERED"""

    def __init__(self, name, ask):
        super().__init__(name=name, daemon=True)
        self.ask = ask
        self.visits = 0
        self.wrong = []
        self.unanswered = []
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            try:
                problem = self.ask()
            except Exception as error:  # whatever a client can meet with
                problem = repr(error)
            self.visits += 1
            if problem:
                its = self.unanswered if problem.startswith(UNANSWERED) else self.wrong
                its.append(f"{time.strftime('%H:%M:%S')} {problem}")


def read_to_end(connection, target):
    connection.sendall(clients.request_line(target, headers=("Connection: close",)))
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def check(got, body):
    is_right = got.startswith(b"HTTP/1.1 200 ") and got.endswith(body)
    return None if is_right else f"{got[:60]!r} ... {got[-40:]!r}"


class SlowBackend:
    """Answers with a piece now and then."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.conf = f'ProxyPass "/slow" "http://127.0.0.1:{self.listener.getsockname()[1]}"\n'
        self.is_over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                               b"Content-Length: %d\r\n\r\n" % (PIECES * len(PIECE)))
            for _ in range(PIECES):
                self.is_over.wait(PIECE_SECONDS)
                connection.sendall(PIECE)

    def close(self):
        self.is_over.set()
        self.listener.close()


class Visitors:
    """A context. @ivar conf, modules: what the server needs for them"""

    def __init__(self):
        self.quick, self.slow = PatientBackend(), SlowBackend()
        self.websocket, self.tls = Websocket(), TlsReader()
        self.quick.answer_from_now_on()
        self.conf = ("Protocols h2c http/1.1\n" + self.quick.conf + self.slow.conf
                     + self.websocket.conf + self.tls.conf)
        self.modules = ("ssl", "http2")
        self.complaints = self.tls.complaints
        self.all = []

    def start(self, server):
        kinds = {"static": self._plain(server, "/small.txt", b"\r\n\r\nsmall\n"),
                 "proxied": self._plain(server, "/wait", b"\r\n\r\nwaited\n"),
                 "slow answer": self._plain(server, "/slow", PIECE * PIECES),
                 "TLS": self._tls, "HTTP/2": lambda: self._http2(server),
                 "websocket": lambda: self._talk(server)}
        self.all = [Visitor(name, ask) for name, ask in kinds.items()]
        for visitor in self.all:
            visitor.start()

    @staticmethod
    def _plain(server, target, body):
        def ask():
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS) as one:
                return check(read_to_end(one, target), body)
        return ask

    def _tls(self):
        context = ssl.create_default_context(cafile=self.tls.certificate.file)
        with socket.create_connection(("127.0.0.1", self.tls.port), PATIENCE_SECONDS) as one:
            with context.wrap_socket(one, server_hostname="slotwatch.test") as safe:
                return check(read_to_end(safe, "/small.txt"), b"\r\n\r\nsmall\n")

    @staticmethod
    def _http2(server):
        """By curl: python3-h2 reads nothing that comes after a GOAWAY."""
        done = subprocess.run(
            ["curl", "-sS", "--http2-prior-knowledge", f"http://127.0.0.1:{server.port}/small.txt"],
            capture_output=True, timeout=PATIENCE_SECONDS)
        if done.stdout == b"small\n":
            return None
        is_closed = done.returncode in CURL_CLOSED and not done.stdout
        return (UNANSWERED if is_closed else "") + repr(done)

    def _talk(self, server):
        """Longer than from one reload to the next."""
        self.websocket.begin(server)
        for number in range(PIECES):
            if self.websocket.say(str(number)) != str(number):
                return "another answer"
            self.slow.is_over.wait(PIECE_SECONDS)
        self.websocket.release()
        return None

    def end(self):
        for visitor in self.all:
            visitor.is_over.set()
        for visitor in self.all:
            visitor.join(PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self.slow.close()
        self.quick.close()
        self.websocket.close()
        self.tls.close()
