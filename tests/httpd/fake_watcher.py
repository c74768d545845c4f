# SPDX-License-Identifier: Apache-2.0
"""The watcher's HTTP on a unix socket, without httpd: it answers what a test has put there, and
closes, hangs or lies when it is told to. As a program: fake_watcher.py PATH... -- COMMAND..., where
PATH=UID is given to somebody, and PATH=deaf does not listen."""

import http.server
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import fake_report


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that goes away is what some tests are about."""


class FakeWatcher:
    """@param path: of the socket"""

    def __init__(self, path):
        self.path = Path(path)
        self.report = fake_report.calm()  # or a function that makes one
        self.events = []                  # incidents
        self.metrics = "# EOF\n"
        self.recycle = None               # (status, text) to refuse with, or None
        self.on_recycle = lambda slot, pid: None
        self.faults = []                  # for the next connections: "close", "hang", or bytes
        self.always = None                # a fault for all
        self.asked = []                   # request lines
        self.hanging = 0                  # connections
        self._released = threading.Event()
        self._server = None
        self.start()

    def start(self):
        watcher = self

        class Handler(_Handler):
            fake = watcher

        self.path.unlink(missing_ok=True)
        self._server = _Server(str(self.path), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self, unlink=True):
        """@param unlink: else the file stays, and nobody listens"""
        self._server.shutdown()
        self._server.server_close()
        if unlink:
            self.path.unlink(missing_ok=True)

    def end(self):
        self._released.set()
        self.stop()

    def hang(self):
        self.hanging += 1
        self._released.wait()

    def count(self, method):
        return sum(line.startswith(method + " ") for line in self.asked)

    # ---- What it answers: (status, content type, text) ----

    def answer(self, method, target):
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if method == "POST":
            return self._recycle(int(query["slot"]), int(query["pid"]))
        if parts.path == "/events":
            return self._events()
        if query.get("format") in ("openmetrics", "prometheus"):
            return 200, "application/openmetrics-text", self.metrics
        report = self.report() if callable(self.report) else self.report
        if isinstance(report, (str, bytes)):
            return 200, "application/json", report
        if report is None:
            return 503, "text/plain", "no report: SlotWatch is Off\n"
        return 200, "application/json", json.dumps(report, ensure_ascii=False)

    def _events(self):
        # All of them, whatever was asked for: the client is not to rely on it.
        report = self.report() if callable(self.report) else self.report
        return 200, "application/json", json.dumps(
            {"schema": 1, "time": report["time"], "incidents": self.events})

    def _recycle(self, slot, pid):
        if self.recycle:
            return self.recycle[0], "text/plain", self.recycle[1]
        report = self.report() if callable(self.report) else self.report
        state = report["slots"][slot]["state"]
        self.on_recycle(slot, pid)
        return 202, "application/json", json.dumps(
            {"schema": 1, "slot": slot, "pid": pid, "state": state, "rung": None})


class _Handler(http.server.BaseHTTPRequestHandler):
    fake = None

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"

    def _handle(self):
        self.fake.asked.append(f"{self.command} {self.path}")
        fault = self.fake.faults.pop(0) if self.fake.faults else self.fake.always
        if fault == "close":
            return
        if fault == "hang":
            self.fake.hang()
        elif isinstance(fault, bytes):
            self.wfile.write(fault)
        else:
            self._answer(*self.fake.answer(self.command, self.path))

    def _answer(self, status, kind, text):
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _handle


def main(arguments):
    at = arguments.index("--")
    deaf = []
    for path in arguments[:at]:
        path, _, how = path.partition("=")
        if how == "deaf":
            deaf.append(socket.socket(socket.AF_UNIX))
            deaf[-1].bind(path)
            continue
        FakeWatcher(path)
        if how:
            os.chown(path, int(how), int(how))
    return subprocess.run(arguments[at + 1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
