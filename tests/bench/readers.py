# SPDX-License-Identifier: Apache-2.0
"""Slow readers: they ask for a large file and leave what comes in the kernel's buffers."""

import socket

FILM_BYTES = 16 << 20  # more than the buffers of both ends hold
SMALL_BUFFER = 4096


class Readers:
    def __init__(self, port):
        self.port = port
        self.sockets = []

    def come(self, count):
        for _ in range(count):
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            reader.settimeout(1)
            self.sockets.append(reader)
            try:
                reader.connect(("127.0.0.1", self.port))
                reader.sendall(b"GET /film.bin HTTP/1.1\r\nHost: bench\r\n\r\n")
            except OSError:
                pass  # nobody takes it any more: that is what is measured

    def leave(self):
        for reader in self.sockets:
            reader.close()
        self.sockets.clear()


def write_film(site):
    with open(site / "film.bin", "wb") as film:
        film.truncate(FILM_BYTES)
