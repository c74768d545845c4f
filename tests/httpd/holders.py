# SPDX-License-Identifier: Apache-2.0
"""More scenes, for httpd's own limits: clients and backends that are slow and not silent, and
connections on which nobody waits for an answer."""

import contextlib
import threading

import h2.events
from hyperframe.frame import WindowUpdateFrame
from websockets.exceptions import ConnectionClosed

import clients
from scene import Scene
from scenes_backends import SilentHttp, Websocket
from scenes_clients import H2Client, Http2Reader, SlowDownload, StoppedReader, TlsReader
from traffic import PatientBackend

STEP_SECONDS = 0.25  # far below the limits, on a busy machine too
READ_BYTES = 16384   # in a step: so much that the kernel lets the server write again


class Trickle:
    """Does one step after another, in a thread, until it is closed or the peer is gone."""

    def __init__(self, step):
        self._step = step
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        with contextlib.suppress(OSError, ConnectionClosed):
            while not self._is_over.wait(STEP_SECONDS):
                self._step()

    def close(self):
        self._is_over.set()
        self._thread.join()


class Trickling(Scene):
    """Mixed into a scene: once it has begun, something moves."""
    trickle = None

    def step(self):
        raise NotImplementedError

    def begin(self, server):
        super().begin(server)
        self.trickle = Trickle(self.step)

    def release(self):
        self.trickle.close()
        super().release()

    def close(self):
        if self.trickle is not None:
            self.trickle.close()
        super().close()


class Reading(Trickling):
    def step(self):
        self.client.socket.recv(READ_BYTES)


class TricklingDownload(Reading, SlowDownload):
    pass


class TricklingReader(Reading, StoppedReader):
    pass


class HalfHeader(Scene):
    def begin(self, server):
        self.client = clients.partial_request(server)
        assert server.get("/small.txt").ok  # accepted after it, and answered


class TricklingHeader(Trickling, HalfHeader):
    def step(self):
        self.client.socket.sendall(b"x")


class HalfBody(SilentHttp):
    """An upload, to a backend that would take it."""
    complaints = (r"AH01102|AH00898|AH0109[57]",)

    def begin(self, server):
        upload = clients.request_line("/silent/upload", "POST", ("Content-Length: 1000000",))
        self.client = clients.Client(server, upload)
        assert server.get("/small.txt").ok

    def release(self):
        self.client.close()


class TricklingBody(Trickling, HalfBody):
    def step(self):
        self.client.socket.sendall(b"x")


class HalfHandshake(TlsReader):
    """Of TLS: the head of a record, and not the record."""
    complaints = (*TlsReader.complaints, r"AH0(1382|2008|2039)")

    def begin(self, server):
        self.client = clients.Client(self, b"\x16\x03\x01\x02")
        assert server.get("/small.txt").ok  # accepted after it, and answered


class BalancedHttp(SilentHttp):
    """A backend that is one of a balancer's."""
    modules = ("proxy_balancer", "slotmem_shm", "lbmethod_byrequests")

    def __init__(self):
        super().__init__()
        self.conf = ('ProxyPass "/silent" "balancer://some"\n<Proxy "balancer://some">\n'
                     f'BalancerMember "http://127.0.0.1:{self.backend.port}"\n</Proxy>\n')


class KeptAlive(Scene):
    phase = "connections"

    def begin(self, server):
        self.client = clients.kept_alive(server)


class AnsweredLate(Scene):
    """A request of a client that would send another one on the same connection."""

    def __init__(self):
        super().__init__()
        self.backend = PatientBackend()
        self.conf = self.backend.conf

    def begin(self, server):
        self.client = clients.waiting_request(server, "/wait")
        server.wait_report(lambda _: self.backend.waiting, "the request at the backend")

    def drains(self):
        self.backend.answer()

    def close(self):
        super().close()
        self.backend.close()


class TricklingBackend(Trickling, SilentHttp):
    complaints = ()

    def begin(self, server):
        super().begin(server)
        self.backend.taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    def step(self):
        self.backend.taken.sendall(b"x")

    def release(self):
        self.trickle.close()
        self.backend.taken.close()
        assert self.client.read_to_end().startswith(b"HTTP/1.1 200")


class ChattingWebsocket(Trickling, Websocket):
    def step(self):
        self.say("still there")


class LingeringClient(Scene):
    """Has its answer, and does not close."""
    phase = "connections"

    def begin(self, server):
        self.client = clients.Client(
            server, clients.request_line("/small.txt", headers=("Connection: close",)))
        assert self.client.read_to_end().endswith(b"small\n")


class LingeringSender(Trickling, LingeringClient):
    def step(self):
        self.client.socket.sendall(b"x")


class Http2Idle(Http2Reader):
    def begin(self, server):
        self.client = H2Client(server, "/small.txt")
        self.client.read_until(h2.events.StreamEnded)


class Http2Packed(Http2Reader):
    """What is sent comes from a filter."""

    def begin(self, server):
        self.client = H2Client(server, "/packed", [("accept-encoding", "gzip")])
        self.client.read_until(h2.events.DataReceived)


class Http2Trickle(Trickling, Http2Reader):
    """Opens the window a little, now and then; and is told that no more streams are taken."""

    def step(self):
        opened = (WindowUpdateFrame(stream, READ_BYTES).serialize() for stream in (0, 1))
        self.client.socket.sendall(b"".join(opened))
        self.client.socket.recv(READ_BYTES)
