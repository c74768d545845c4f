# SPDX-License-Identifier: Apache-2.0
"""A backend that answers a request when it is told to, by hanging up."""

import re
import socket
import threading


class Backend:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.waiting = {}  # path -> connection
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                head = connection.recv(4096).decode(errors="replace")
            except OSError:
                return
            path = re.match(r"GET (\S+)", head)
            self.waiting[path[1] if path else None] = connection

    def hang_up(self, path):
        connection = self.waiting.pop(path)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def hang_up_all(self):
        for path in list(self.waiting):
            self.hang_up(path)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.hang_up_all()
