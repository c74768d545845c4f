# SPDX-License-Identifier: Apache-2.0
"""Clients that hold a connection, each in its own way, until they are closed."""

import contextlib
import socket
import ssl

from waiting import PATIENCE_SECONDS

SMALL_BUFFER = 4096
LESS_THAN_ALL = 3 << 20  # of the big file; what is cut fits into socket buffers


class Client:
    """A connection, and what was sent on it."""

    def __init__(self, server, sent, buffer=SMALL_BUFFER):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(sent)

    def read(self, size=64):
        return self.socket.recv(size)

    def read_to_end(self):
        """All that still comes, until the server closes."""
        parts = []
        while part := self.socket.recv(65536):
            parts.append(part)
        return b"".join(parts)

    def expect_cut(self):
        """The server closes before its answer has come to an end."""
        try:
            rest = self.read_to_end()
        except (ConnectionResetError, ssl.SSLError):
            return
        assert len(rest) < LESS_THAN_ALL, "the answer was not cut"

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_line(target, method="GET", headers=()):
    lines = [f"{method} {target} HTTP/1.1", "Host: slotwatch.test", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def stopped_reader(server, target="/file"):
    """Reads the head and stops: the MPM's listener waits for the socket, no worker does."""
    client = Client(server, request_line(target))
    assert client.read(12) == b"HTTP/1.1 200"
    return client


def slow_download(server, target="/packed"):
    """Stops as well, but what is sent comes from a filter: a worker blocks in its write."""
    client = Client(server, request_line(target, headers=("Accept-Encoding: gzip",)))
    assert client.read(12) == b"HTTP/1.1 200"
    return client


def partial_request(server):
    """Stops before the end of the header."""
    return Client(server, b"GET / HTTP/1.1\r\nHost: slot")


def kept_alive(server):
    """A request that was answered, on a connection that stays."""
    client = Client(server, request_line("/small.txt"))
    answer = b""
    while not answer.endswith(b"small\n"):
        answer += client.read()
    return client


def waiting_request(server, target):
    """A request that nobody answers for now."""
    return Client(server, request_line(target))


class SilentBackend:
    """Takes connections (the kernel's backlog does) and never answers."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]

    @property
    def conf(self):
        return f'ProxyPass "/silent" "http://127.0.0.1:{self.port}"\n'

    def has_request(self):
        """Takes one connection and reads its request, to know that a worker waits."""
        self.listener.settimeout(PATIENCE_SECONDS)
        connection, _ = self.listener.accept()
        self.taken = connection
        return connection.recv(4096)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(AttributeError):
            self.taken.close()
        self.listener.close()
