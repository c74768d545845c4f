# SPDX-License-Identifier: Apache-2.0
"""A load balancer that asks the watchers: conf/reload/haproxy.cfg, with the real HAProxy."""

import re
import socket
import subprocess

import pytest
import requests

import clients
from harness import reserve_port
from httpd_conf import REPOSITORY
from waiting import PATIENCE_SECONDS, wait_for

FILE = REPOSITORY / "conf" / "reload" / "haproxy.cfg"
AROUND = """
global
    stats socket {root}/haproxy.sock
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
frontend visitors
    bind 127.0.0.1:{port}
    default_backend web
"""
# One slot: an old child that keeps it is the outage.
ONE_SLOT = {"ServerLimit": 1, "MaxRequestWorkers": 8, "SlotWatchStall": 0}


class Balancer:
    def __init__(self, root, servers, watched):
        self.root = root
        self.holder = reserve_port()
        self.port = self.holder.getsockname()[1]
        text = FILE.read_text().replace("default-server check port 19117", "default-server check")
        for at, (server, port) in enumerate(zip(servers, watched), 1):
            text = text.replace(f"10.0.0.{at}:80", f"127.0.0.1:{server.port} port {port}")
        assert "10.0.0" not in re.sub("#.*", "", text)
        conf = root / "haproxy.cfg"
        conf.write_text(AROUND.format(root=root, port=self.port) + text)
        self.holder.close()  # HAProxy shares its port with no socket that is merely bound
        self.process = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", conf],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.STDOUT)

    def states(self):
        """{server: UP, DOWN, ...}"""
        try:
            with socket.socket(socket.AF_UNIX) as stats:
                stats.connect(str(self.root / "haproxy.sock"))
                stats.sendall(b"show stat\n")
                lines = stats.makefile().read().splitlines()
        except OSError:
            return {}
        rows = [line.split(",") for line in lines if line.startswith("web,www")]
        return {row[1]: row[17] for row in rows}

    def wait(self, **states):
        def has_them():
            return self.states().items() >= states.items()

        wait_for(has_them, lambda: f"{states}, not {self.states()}")

    def get(self):
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"http://127.0.0.1:{self.port}/small.txt", timeout=5)

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def balanced(serve, tmp_path):
    holders = [reserve_port(), reserve_port()]
    ports = [holder.getsockname()[1] for holder in holders]
    servers = [serve(**ONE_SLOT, SlotWatchListen=f"127.0.0.1:{port}") for port in ports]
    for server in servers:
        server.log.claim(r"SW110 no-slack ")
    balancer = Balancer(tmp_path, servers, ports)
    yield balancer, servers
    balancer.end()
    for holder in holders:
        holder.close()


def test_server_in_the_outage_gets_no_visitors_until_it_is_over(balanced):
    balancer, (first, _) = balanced
    balancer.wait(www1="UP", www2="UP")
    first.log.claim(r"SW21[012] |AH03490: scoreboard is full|AH00161: server reached")
    client = clients.slow_download(first)
    first.reload()
    balancer.wait(www1="DOWN", www2="UP")
    for _ in range(20):
        assert balancer.get().text == "small\n"
    client.close()
    balancer.wait(www1="UP", www2="UP")
    assert first.get("/small.txt").text == "small\n"
