# SPDX-License-Identifier: Apache-2.0
"""Clients of the watcher that want no answer, many at once, and come again when they are ended."""

import errno
import os
import selectors
import socket
import threading

SMALL_BUFFER = 4096
STEP_SECONDS = 0.05
WAITING = b"GET /status HTTP/1.1\r\nHost: x\r\nX-Long: "


def silent(_):
    return b""


def garbage(_):
    return os.urandom(64)


def one_byte(sent):
    """Of a request that never comes to an end."""
    return WAITING[sent:sent + 1] or b"x"


def half_a_request(sent):
    return b"" if sent else WAITING


def huge_headers(_):
    return b"GET /status HTTP/1.1\r\n" + b"X-Huge: " + b"x" * 4000


def huge_body(sent):
    head = b"POST /recycle?slot=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n"
    return b"y" * 65536 if sent else head


def asks_and_never_reads(sent):
    return b"" if sent else b"GET /status?format=json HTTP/1.1\r\nHost: x\r\n\r\n"


class Crowd:
    """A context. @param behave: what one that has sent so many bytes sends next"""

    def __init__(self, place, count, behave):
        self.place, self.count, self.behave = place, count, behave
        self.ended = 0        # connections that the watcher ended
        self.most = 0         # connections at once
        self._open = {}       # socket: bytes sent
        self._must_end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _connect(self):
        """@return whether there is room for more"""
        is_tcp = isinstance(self.place, tuple)
        one = socket.socket(socket.AF_INET if is_tcp else socket.AF_UNIX)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        one.setblocking(False)
        result = one.connect_ex(self.place if is_tcp else str(self.place))
        if result not in (0, errno.EINPROGRESS):
            one.close()
            return False
        self._open[one] = 0
        return True

    def _drop(self, selector, one):
        selector.unregister(one)
        del self._open[one]
        one.close()
        self.ended += 1

    def _send(self, one):
        """@return whether it is still open"""
        try:
            if part := self.behave(self._open[one]):
                self._open[one] += one.send(part)
        except (BlockingIOError, socket.timeout):
            pass
        except OSError:
            return False
        return True

    def _is_over(self, one):
        if self.behave is asks_and_never_reads:
            return False
        try:
            return one.recv(65536) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _round(self, selector):
        while len(self._open) < self.count and self._connect():
            selector.register(list(self._open)[-1], selectors.EVENT_READ)
        self.most = max(self.most, len(self._open))
        over = [key.fileobj for key, _ in selector.select(0) if self._is_over(key.fileobj)]
        over += [one for one in self._open if one not in over and not self._send(one)]
        for one in over:
            self._drop(selector, one)
        self._must_end.wait(STEP_SECONDS)

    def _run(self):
        with selectors.DefaultSelector() as selector:
            while not self._must_end.is_set():
                self._round(selector)
        for one in self._open:
            one.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._must_end.set()
        self._thread.join()
