# SPDX-License-Identifier: Apache-2.0
"""A private nginx, to do the same work beside httpd. Ends old workers 3 s after a reload."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from server import CannotStart, end_with_parent, free_port

DEADLINE_SECONDS = 10
CONFIG = """
daemon off;
{user}
worker_processes auto;
worker_shutdown_timeout 3s;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{ worker_connections 768; }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}/site; }}
}}
"""


def find_binary():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Nginx:
    def __init__(self):
        self.binary = find_binary()
        self.port = free_port()
        self.root = Path(tempfile.mkdtemp(prefix="slotwatch-bench."))
        self.root.chmod(0o755)  # the workers are another user
        self.site = self.root / "site"
        self.site.mkdir()
        (self.site / "small.txt").write_text("x" * 100 + "\n")
        self.config = self.root / "nginx.conf"
        user = "user www-data;" if os.geteuid() == 0 else ""
        self.config.write_text(CONFIG.format(root=self.root, port=self.port, user=user))

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        with open(self.root / "output", "w") as output:
            self.process = subprocess.Popen(
                [self.binary, "-p", str(self.root), "-e", f"{self.root}/error.log", "-c",
                 str(self.config)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=end_with_parent)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return self
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise CannotStart("nginx does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)
