# SPDX-License-Identifier: Apache-2.0
"""Pressure: as many slots as are missing, and none of what serves."""

import socket
import threading

import pytest

import clients
import processes
import recycling
from waiting import PATIENCE_SECONDS, wait_for

NO_SLACK = {
    "ServerLimit": 4, "StartServers": 4, "MaxRequestWorkers": 32, "MaxSpareThreads": 32,
    "SlotWatchStall": "5min", "SlotWatchMinDrain": "1s",
}
MOST_READERS = 60
RELOADS = 200
STUCK_EVERY = 20  # reloads
HTTPD_ON_SPAWNING = r"AH00484|AH00485|AH00486|AH03490|AH10392"


def hold_every_child(server, held):
    """A stopped reader in each child, at least one."""
    def step():
        if all(processes.connections(pid) for pid in server.children()):
            return True
        assert len(held) < MOST_READERS
        held.append(clients.stopped_reader(server))
        return False

    wait_for(step, "a reader in every child")


@pytest.mark.parametrize(("reserve", "missing"), [(0, 1), (1, 2)])
def test_full_server_gives_up_what_is_missing_and_no_more(recycle, reserve, missing):
    """One slot for the new generation's first child, and those that are to be kept free."""
    server = recycle(**NO_SLACK, SlotWatchReserve=reserve)
    server.wait_report(lambda r: r["capacity"]["serving"] == 4, "all slots to serve")
    server.log.claim(r"SW110 ")
    server.rewrite("StartServers 4", "StartServers 1")
    held = []
    hold_every_child(server, held)
    server.log.claim(r"SW21[012] |SW30[1235] |" + HTTPD_ON_SPAWNING)
    server.reload()
    recycling.expect_serving(server)
    server.wait_report(lambda r: len(recycling.recycled_pids(server)) >= missing
                       and r["capacity"]["recycling"] == 0 and r["capacity"]["serving"] == 1
                       and r["capacity"]["free"] >= reserve, "what was missing")
    frames = server.report()["counters"]["frames"]
    report = server.wait_report(lambda r: r["counters"]["frames"] > frames + 20, "frames")
    assert len(recycling.recycled_pids(server)) == missing
    assert report["capacity"]["draining"] == 4 - missing
    for client in held:
        client.close()


class Traffic:
    """Clients that check every response, one connection a request."""

    def __init__(self, server, size):
        self.server = server
        self.expected = {"/small.txt": b"small\n", "/file": size}
        self.answered = 0
        self.wrong = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._visit, args=(path,))
                        for path in ("/small.txt", "/small.txt", "/file")]

    def _ask(self, path):
        request = clients.request_line(path, headers=("Connection: close",))
        with socket.create_connection(("127.0.0.1", self.server.port), PATIENCE_SECONDS) as visitor:
            visitor.sendall(request)
            parts = []
            while part := visitor.recv(1 << 16):
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        expected = self.expected[path]
        whole = body == expected if isinstance(expected, bytes) else len(body) == expected
        return whole and head.startswith(b"HTTP/1.1 200 ")

    def _visit(self, path):
        while not self.is_over.is_set():
            try:
                fine = self._ask(path)
            except OSError as error:
                fine = False
                path = f"{path}: {error}"
            if fine:
                self.answered += 1
            else:
                self.wrong.append(path)
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def test_200_reloads_under_traffic_cut_nothing_but_what_is_stuck(recycle, big):
    server = recycle(ServerLimit=24, StartServers=2, SlotWatchBudget="100/1min")
    server.log.claim(r"SW(20[012]|30[1235]) |" + HTTPD_ON_SPAWNING)
    held = []
    with Traffic(server, big.stat().st_size) as traffic:
        for reload in range(RELOADS):
            if reload % STUCK_EVERY == 0:
                held.append(clients.stopped_reader(server))
            server.reload()
        answered = traffic.answered
        wait_for(lambda: traffic.answered > answered + 10 or traffic.wrong, "traffic to go on")
    assert traffic.wrong == []
    assert traffic.answered > RELOADS // 10
    # Who was stuck is freed all the same, and nobody else.
    server.wait_report(lambda r: r["capacity"]["draining"] == r["capacity"]["recycling"] == 0
                       and r["capacity"]["stuck"] == 0, "all old generations to end")
    for client in held:
        client.expect_cut()
        client.close()
    assert not server.log.lines(r"SW21[01] "), "there was pressure"
    assert server.report()["counters"]["connections_cut"] == len(held)
