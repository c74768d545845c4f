# SPDX-License-Identifier: Apache-2.0
"""The socket outlives reloads and watchers, and ends with its server."""

import collections
import os
import signal
import threading

import pytest

import clients
import processes
import socket_client
from socket_client import ask, get, path_of
from waiting import wait_for

RELOADS = 50
ASKERS = 4
KILLS = 3


class Askers:
    """Ask in a loop, each time on a connection of its own, until they are told to end."""

    def __init__(self, place):
        self.place = place
        self.got = collections.Counter()
        self._must_end = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(ASKERS)]

    def _run(self):
        while not self._must_end.is_set():
            try:
                self.got[ask(self.place, "/status?format=json").status] += 1
            except Exception as error:  # whatever it is, it is counted
                self.got[repr(error)] += 1
                self.got[f"again: {ask(self.place, '/healthz').status}"] += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._must_end.set()
        for thread in self._threads:
            thread.join()


def generation(server):
    return get(server, "/status?format=json").json["server"]["generation"]


def test_no_request_fails_over_fifty_reloads(serve):
    server = serve(ServerLimit=16)
    with Askers(path_of(server)) as askers:
        for _ in range(RELOADS):
            server.reload()
    assert set(askers.got) == {200}, askers.got
    assert askers.got[200] > RELOADS
    assert generation(server) == RELOADS
    # One that was told to end while it loaded its libraries has heard it: none had to be killed.
    assert server.log.count("SW101 ") == RELOADS


def test_request_begun_before_a_reload_is_answered(serve):
    """Accepted by the one that ends, and asked at the last moment."""
    server = serve()
    old = server.watcher()
    with socket_client.connect(path_of(server)) as early:
        early.sendall(b"GET /healthz HTTP/1.1\r\n")
        os.kill(old, signal.SIGSTOP)  # it cannot end yet
        server.reload()
        early.sendall(b"Host: x\r\n\r\n")
        os.kill(old, signal.SIGCONT)
        assert socket_client.read_all(early).startswith(b"HTTP/1.1 200 ")


def test_recycle_asked_of_a_watcher_that_ends_is_refused(serve):
    """It takes no frame any more, in which it could be done."""
    server = serve(SlotWatchInterval="1s", SlotWatchStall="0", SlotWatchRecycle="On")
    with clients.stopped_reader(server):
        server.reload()
        slot = server.wait_slot(state="draining")
        old = server.watcher()
        with socket_client.connect(path_of(server)) as early:
            early.sendall(f"POST /recycle?slot={slot['slot']} HTTP/1.1\r\n".encode())
            wait_for(lambda: socket_client.unread(early) == 0, "it to be accepted and read")
            os.kill(old, signal.SIGSTOP)
            server.reload()
            early.sendall(b"Host: x\r\n\r\n")
            os.kill(old, signal.SIGCONT)
            answer = socket_client.read_all(early)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"the watcher is being replaced: ask again\n")
    assert not server.log.lines("SW313 ")


def test_request_begun_during_a_reload_is_answered_by_the_next_watcher(serve):
    server = serve()
    old = server.watcher()
    os.kill(old, signal.SIGSTOP)  # so that it does not accept
    with socket_client.connect(path_of(server)) as waiting:
        waiting.sendall(b"GET /status?format=json HTTP/1.1\r\nHost: x\r\n\r\n")
        server.reload()  # the next one kills it, when it does not end
        answer = socket_client.read_all(waiting)
    assert b'"generation":1' in answer
    assert not processes.is_alive(old)


def test_killed_watchers_clients_are_answered_by_the_next_one(serve):
    server = serve()
    for _ in range(KILLS):
        old = server.watcher()
        frames = get(server, "/status?format=json").json["counters"]["frames"]
        wait_for(lambda: get(server, "/status?format=json").json["counters"]["frames"] > frames + 2,
                 "frames, so that it is replaced at once")
        os.kill(old, signal.SIGSTOP)
        with socket_client.connect(path_of(server)) as waiting:
            waiting.sendall(b"GET /status?format=json HTTP/1.1\r\nHost: x\r\n\r\n")
            processes.kill(old)
            answer = socket_client.read_all(waiting)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert f'"pid":{old},'.encode() not in answer
        server.log.expect(rf"SW102 watcher-died pid={old} signal=9 ")


def counts(server):
    """Descriptors of the parent and of its watcher, once it serves."""
    socket_client.wait_answer(path_of(server))
    watcher = server.watcher()
    # One that has just answered may not have closed that connection yet.
    wait_for(lambda: not [fd for fd, what in processes.descriptors(watcher).items()
                          if what.startswith("socket:") and fd > 9], "no client")
    return [sorted(processes.descriptors(pid).values()) for pid in (server.parent, watcher)]


def test_descriptors_do_not_grow_over_a_hundred_reloads(serve):
    server = serve(ServerLimit=16)
    server.reload()
    before = [len(held) for held in counts(server)]
    for _ in range(100):
        server.reload()
    server.wait_report(lambda r: r["server"]["generation"] == 101, "the generation")
    assert [len(held) for held in counts(server)] == before


def test_only_the_parent_and_the_watcher_hold_the_listeners(serve):
    """Not the children, and not the daemon that mod_cgid forks at a reload."""
    with socket_client.port() as place:
        server = serve(modules=("cgid",), SlotWatchListen="{}:{}".format(*place),
                       SlotWatchSocket="one")
        bound = processes.unix_listeners(server.parent)
        for _ in range(2):
            assert len(bound) == 1
            tcp = {pid: len(processes.listening_sockets(pid)) for pid in server.all_processes()}
            unix = {pid: len([path for path in processes.unix_listeners(pid) if path in bound])
                    for pid in server.all_processes()}
            watcher = server.watcher()
            others = [pid for pid in tcp if pid not in (server.parent, watcher)]
            assert len(others) >= 2, "a child and the daemon"
            assert (unix[server.parent], unix[watcher]) == (1, 1)
            assert (tcp[server.parent], tcp[watcher]) == (2, 1)
            assert not [pid for pid in others if unix[pid]]
            assert not [pid for pid in others if tcp[pid] > 1]
            memories = [pid for pid in others for what in processes.descriptors(pid).values()
                        if "memfd:slotwatch" in what]
            assert not memories
            server.reload()
            server.wait_report(lambda r: r["server"]["generation"] > 0, "the generation")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGWINCH], ids=["stop", "graceful-stop"])
def test_stop_leaves_nothing(serve, sig):
    server = serve()
    assert get(server, "/healthz").status == 200
    server.log.end_begins()
    server.signal(sig)
    wait_for(server.has_ended, "httpd to end")
    wait_for(lambda: not server.all_processes(), "all processes to be gone")
    assert os.listdir(server.root / "run") == []


def test_graceful_stop_answers_to_its_end(serve):
    server = serve()
    with clients.stopped_reader(server) as client:
        server.log.end_begins()
        server.signal(signal.SIGWINCH)
        server.log.expect(r"SW200 stuck ")
        assert get(server, "/events").json["incidents"][0]["closed"] is None
        client.close()
        wait_for(server.has_ended, "httpd to end")
    assert os.listdir(server.root / "run") == []


def test_restart_that_is_not_graceful_keeps_the_socket(serve):
    server = serve()
    old = server.watcher()
    inode = os.stat(path_of(server)).st_ino
    server.restart()
    wait_for(lambda: get(server, "/status?format=json").json["watcher"]["pid"] != old, "the next")
    assert os.stat(path_of(server)).st_ino == inode
    server.log.claim(r"AH03092: process_lingering_close")


def test_failed_reload_leaves_nothing(serve):
    server = serve()
    server.conf.write_text(server.conf.read_text() + "\nNonsense\n")
    server.log.claim(r"Nonsense|AH00526|syntax error|AH00020|AH00013")
    server.log.end_begins()
    server.signal(signal.SIGUSR1)
    wait_for(server.has_ended, "httpd to end")
    wait_for(lambda: not server.watchers(), "the watcher to end")
    assert not path_of(server).exists()
    server.expect_leftover = True  # httpd leaves its children alone then
