# SPDX-License-Identifier: Apache-2.0
"""A private nginx in front of a server, to the end of a test."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from harness import reserve_port
from waiting import PATIENCE_SECONDS, wait_for

BINARY = "/usr/sbin/nginx"
CONF = """
daemon off;
{user}
worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {root}/body;
  proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi;
  uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location {prefix} {{ proxy_pass {target}; }}
  }}
}}
"""


class Nginx:
    """@param prefix: as nginx sees it, decoded
    @param target: the URL that takes its place"""

    def __init__(self, prefix, target):
        self.root = Path(tempfile.mkdtemp(prefix="slotwatch-test-nginx."))
        self.root.chmod(0o755)  # its worker is another user
        self.holder = reserve_port()
        self.port = self.holder.getsockname()[1]
        conf = self.root / "nginx.conf"
        user = "user www-data;" if os.geteuid() == 0 else ""
        conf.write_text(CONF.format(root=self.root, port=self.port, prefix=prefix, target=target,
                                    user=user))
        self.process = subprocess.Popen(
            [BINARY, "-p", self.root, "-e", self.root / "error.log", "-c", conf],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.5).close()
            return True
        except OSError:
            return False

    def __enter__(self):
        wait_for(lambda: self._listens() or self.process.poll() is not None, "nginx to listen")
        assert self.process.poll() is None, (self.root / "error.log").read_text()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self.holder.close()
        shutil.rmtree(self.root, ignore_errors=True)
