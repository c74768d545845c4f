# SPDX-License-Identifier: Apache-2.0
"""Visitors that check every response, one connection a request."""

import socket
import threading

import clients
from waiting import PATIENCE_SECONDS


class PatientBackend:
    """Answers when it is told to: a request lasts as long as the test wants."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.conf = f'ProxyPass "/wait" "http://127.0.0.1:{self.listener.getsockname()[1]}"\n'
        self.waiting = []
        self.lock = threading.Lock()
        self.is_over = False
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                connection.recv(4096)
            except OSError:
                return
            with self.lock:
                self.waiting.append(connection)
            if self.is_over:
                self.answer()

    def answer(self):
        with self.lock:
            answered, self.waiting = self.waiting, []
        for connection in answered:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"
                               b"waited\n")
            connection.close()

    def answer_from_now_on(self):
        self.is_over = True
        self.answer()

    def close(self):
        self.answer_from_now_on()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Traffic:
    """@param expected: by path, the whole body"""

    def __init__(self, server, expected):
        self.server = server
        self.answered = dict.fromkeys(expected, 0)
        self.wrong = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._visit, args=one)
                        for one in expected.items()]

    def _ask(self, path):
        with socket.create_connection(("127.0.0.1", self.server.port), PATIENCE_SECONDS) as visitor:
            visitor.sendall(clients.request_line(path, headers=("Connection: close",)))
            parts = []
            while part := visitor.recv(1 << 16):
                parts.append(part)
        return b"".join(parts)

    def _visit(self, path, body):
        while not self.is_over.is_set():
            try:
                got = self._ask(path)
            except OSError as error:
                got = repr(error).encode()
            if not (got.startswith(b"HTTP/1.1 200 ") and got.endswith(b"\r\n\r\n" + body)):
                self.wrong.append((path, got[-200:]))
                return
            self.answered[path] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
