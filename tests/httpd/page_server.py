# SPDX-License-Identifier: Apache-2.0
"""A page with a report that is made up, and the JSON that its script asks for; no httpd."""

import contextlib
import functools
import http.server
import subprocess
import threading

from httpd_conf import BUILD

PROGRAM = BUILD / "unit" / "draw_page"
SCENES = ("calm", "stale", "nothing", "outage", "wide", "big", "past", "recycling", "prefork",
          "longest", "many")


@functools.lru_cache(maxsize=None)
def drawn(*arguments):
    """What the program of tests/unit/draw_page.c renders."""
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True,
                          timeout=60).stdout


class PageServer:
    """Answers with a scene; `json` is another scene, a status to answer with, or "hang", "slow"
    (only its begin), "login" (a page), "elsewhere" (a redirect)."""

    def __init__(self, scene):
        self.scene = self.json = scene
        self.asked = 0  # for JSON
        self.begun = False  # a slow answer
        self.released = threading.Event()
        server = self

        class Handler(_Handler):
            page = server

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/slotwatch"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def end(self):
        self.released.set()
        self.http.shutdown()
        self.http.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    page = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        if not self.path.startswith("/slotwatch"):
            self.send_error(404)
        elif self.path == "/slotwatch?format=json":
            self._answer_json()
        else:
            self._answer("text/html; charset=utf-8", drawn(self.page.scene, "html"))

    def _answer_json(self):
        self.page.asked += 1
        how = self.page.json
        if how == "hang":
            self.page.released.wait()
            with contextlib.suppress(ConnectionError):  # who asked may have gone
                self._answer("application/json", drawn(self.page.scene, "json"))
        elif how == "slow":
            self._answer("application/json", drawn(self.page.scene, "json"), is_slow=True)
        elif how == "login":
            self._answer("text/html", b"Who are you?")
        elif how == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "/login")
            self.end_headers()
        elif isinstance(how, int):
            self.send_error(how)
        else:
            self._answer("application/json", drawn(how, "json"))

    def _answer(self, kind, body, is_slow=False):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", drawn("policy").decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if is_slow:
            self.wfile.flush()
            self.page.begun = True
            self.page.released.wait()
        self.wfile.write(body)
