# SPDX-License-Identifier: Apache-2.0
"""Backends that do not answer, over TCP and AF_UNIX, and a websocket on which nothing moves."""

import asyncio
import shutil
import socket
import tempfile
import threading
from pathlib import Path

import websockets

import clients
from scene import BACKENDS, FileScene, Scene
from waiting import PATIENCE_SECONDS


class SilentHttp(Scene):
    freed_by = BACKENDS
    request = "GET /silent/report HTTP/1.1"
    status = b"502"
    complaints = (r"AH01102: error reading status line from remote server",
                  r"AH00898: Error reading from remote server")

    def __init__(self):
        super().__init__()
        self.backend = self.make_backend()
        self.conf = self.backend.conf

    def make_backend(self):
        return clients.SilentBackend()

    def begin(self, server):
        self.client = clients.waiting_request(server, self.request.split()[1])
        assert self.backend.has_request()

    def release(self):
        self.backend.taken.close()
        self.check_cut()

    def check_cut(self):
        """The client is told, and properly."""
        assert self.client.read_to_end().startswith(b"HTTP/1.1 " + self.status)
        self.client.close()

    def close(self):
        super().close()
        self.backend.__exit__()


class SilentUnixBackend(clients.SilentBackend):
    """@param scheme: what httpd speaks to it"""

    def __init__(self, scheme):
        self.scheme = scheme
        self.directory = Path(tempfile.mkdtemp(prefix="slotwatch-test-unix."))
        self.directory.chmod(0o755)
        self.path = self.directory / "backend.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.path.chmod(0o777)  # the children are another user
        self.listener.listen(64)

    @property
    def conf(self):
        return f'ProxyPass "/{self.scheme}" "unix:{self.path}|{self.scheme}://localhost"\n'

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        shutil.rmtree(self.directory)


class SilentUnixHttp(SilentHttp):
    request = "GET /http/report HTTP/1.1"

    def make_backend(self):
        return SilentUnixBackend("http")


class SilentFastCgi(SilentHttp):
    """As PHP-FPM is spoken to."""
    request = "GET /fcgi/report HTTP/1.1"
    status = b"503"
    complaints = (r"AH01075: Error dispatching request to", r"AH01067: Failed to read FastCGI")
    modules = ("proxy_fcgi",)

    def make_backend(self):
        return SilentUnixBackend("fcgi")


class SilentCgi(FileScene):
    """mod_cgid's daemon runs it; the worker waits at an AF_UNIX socket."""
    freed_by = BACKENDS
    request = "GET /cgi/silent HTTP/1.1"
    complaints = (r"End of script output before headers: silent",)
    modules = ("cgid",)
    # mod_cgid gives the program 3 s to end, and the worker waits for that.
    settings = {"SlotWatchLadder": "backends:5s clients:2s kill"}
    conf = 'ScriptSock "{root}/run/cgid"\nScriptAlias "/cgi" "{root}/cgi"\n'

    def begin(self, server):
        self.touch(server)
        (server.root / "cgi").mkdir()
        script = server.root / "cgi" / "silent"
        script.write_text("#!/bin/sh\necho begun >&2\n"
                          f"while [ -e {self.file} ]; do sleep 0.05; done\n")
        script.chmod(0o755)
        self.client = clients.waiting_request(server, "/cgi/silent")
        server.log.expect(r"begun")

    def release(self):
        self.file.unlink()
        assert self.client.read_to_end().startswith(b"HTTP/1.1 500")
        self.client.close()

    def check_cut(self):
        """Told at once; the worker then waits for the program, which mod_cgid asks to end."""
        assert self.client.read_to_end().startswith(b"HTTP/1.1 500")
        self.client.close()
        self.file.unlink()


ABNORMAL_CLOSURE = 1006  # RFC 6455, 7.4.1: the connection ended without a close frame


class Loop:
    """An event loop in a thread: the websocket's server and client run in it."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, coroutine):
        waited = asyncio.wait_for(coroutine, PATIENCE_SECONDS)
        return asyncio.run_coroutine_threadsafe(waited, self.loop).result()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def listen():
    return await websockets.serve(echo, "127.0.0.1", 0, ping_interval=None)


async def open_to(port):
    return await websockets.connect(f"ws://127.0.0.1:{port}/ws", ping_interval=None)


class Websocket(Scene):
    """By mod_proxy_http, which upgrades the connection."""
    freed_by = BACKENDS
    request = "GET /ws HTTP/1.1"
    rule = 'ProxyPass "/ws" "http://127.0.0.1:{port}/" upgrade=websocket\n'

    def __init__(self):
        super().__init__()
        self.loop = Loop()
        self.backend = self.loop.run(listen())
        self.conf = self.rule.replace("{port}", str(self.backend.sockets[0].getsockname()[1]))

    def begin(self, server):
        self.client = self.loop.run(open_to(server.port))
        assert self.say("hello") == "hello"

    def say(self, text):
        self.loop.run(self.client.send(text))
        return self.loop.run(self.client.recv())

    def release(self):
        self.loop.run(self.client.close())

    def check_cut(self):
        self.loop.run(self.client.wait_closed())
        assert self.client.close_code == ABNORMAL_CLOSURE

    def close(self):
        if self.client is not None:
            self.loop.run(self.client.close())
        self.backend.close()
        self.loop.run(self.backend.wait_closed())
        self.loop.close()


class WebsocketTunnel(Websocket):
    """By mod_proxy_wstunnel."""
    modules = ("proxy_wstunnel",)
    rule = 'ProxyPass "/ws" "ws://127.0.0.1:{port}/"\n'
