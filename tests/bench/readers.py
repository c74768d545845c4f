# SPDX-License-Identifier: Apache-2.0
"""Slow readers: they ask for a large file, and take a sip of what comes once a second."""

import contextlib
import socket
import threading

FILM_BYTES = 16 << 20  # more than the buffers of both ends hold
SMALL_BUFFER = 4096
SIP_BYTES = 2048
SIP_SECONDS = 1.0


class Readers:
    def __init__(self, port):
        self.port = port
        self.sockets = []
        self.is_over = threading.Event()
        self.sipper = threading.Thread(target=self._sip)
        self.sipper.start()

    def _sip(self):
        while not self.is_over.wait(SIP_SECONDS):
            for reader in list(self.sockets):
                with contextlib.suppress(OSError):  # nothing has come, or the server has closed
                    reader.recv(SIP_BYTES, socket.MSG_DONTWAIT)

    def come(self, count):
        for _ in range(count):
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            reader.settimeout(1)
            with contextlib.suppress(OSError):  # nobody takes it any more: that is measured
                reader.connect(("127.0.0.1", self.port))
                reader.sendall(b"GET /film.bin HTTP/1.1\r\nHost: bench\r\n\r\n")
            self.sockets.append(reader)

    def leave(self):
        self.is_over.set()
        self.sipper.join()
        for reader in self.sockets:
            reader.close()
        self.sockets.clear()


def write_film(site):
    with open(site / "film.bin", "wb") as film:
        film.truncate(FILM_BYTES)
