# SPDX-License-Identifier: Apache-2.0
"""Clients that mean no good hold up neither the watcher's frames nor, for long, who asks."""

import contextlib
import datetime
import itertools
import os
import resource
import time

import pytest

import crowd
import processes
import sanitizer
import socket_client
from socket_client import ask, get, path_of
from waiting import wait_for

INTERVAL_SECONDS = 0.1
FRAMES = 15
# A busy machine's: on a quiet one a frame is late by a millisecond or two.
LATE_SECONDS = 0.25 * sanitizer.SLOWER
# 161 connections stand before ours, of which 32 are ended a second; TCP's SYN is sent again after
# 1, 3, 7 and 15 s where the queue is full.
PATIENCE_SECONDS = {"unix": 8, "tcp": 20}
LIFE_SECONDS = 10
KIBIBYTES = 2048 + sanitizer.KEPT_KIBIBYTES  # that a process may grow for reasons of its own
FEW, MANY = 20, 1000
BEHAVIOURS = {"garbage": (crowd.garbage, 50), "slow": (crowd.one_byte, 20),
              "half": (crowd.half_a_request, 20), "headers": (crowd.huge_headers, 50),
              "body": (crowd.huge_body, 20), "unread": (crowd.asks_and_never_reads, 20),
              "silent": (crowd.silent, MANY)}
ON_TCP = ("silent", "unread")


class Watch:
    """The frames as the page shows them: it is answered by a worker."""

    def __init__(self, server):
        self.server = server
        self.seen = {}  # number of a frame: when it was taken

    def _look(self):
        report = self.server.report()
        self.seen[report["counters"]["frames"]] = datetime.datetime.fromisoformat(
            report["time"].replace("Z", "+00:00")).timestamp()
        return len(self.seen) > FRAMES

    def longest_gap(self):
        """Frames that were not seen, since this test was slow, were an interval apart."""
        wait_for(self._look, "frames")
        return max(self.seen[later] - self.seen[number] - (later - number - 1) * INTERVAL_SECONDS
                   for number, later in itertools.pairwise(sorted(self.seen)))


def memory(pid):
    """VmRSS, in KiB"""
    lines = open(f"/proc/{pid}/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def expect_as_before(watcher, descriptors, kibibytes):
    wait_for(lambda: len(processes.descriptors(watcher)) == descriptors,
             "its descriptors to be as many as before")
    assert memory(watcher) < kibibytes + KIBIBYTES


def serve_both(serve, place, **options):
    return serve(SlotWatchListen="{}:{}".format(*place), **options)


@pytest.mark.parametrize(("where", "name"), [*(("unix", name) for name in BEHAVIOURS),
                                             *(("tcp", name) for name in ON_TCP)])
def test_crowd_holds_up_neither_frames_nor_who_asks(serve, where, name):
    behave, count = BEHAVIOURS[name]
    with socket_client.port() as tcp:
        server = serve_both(serve, tcp)
        place = tcp if where == "tcp" else path_of(server)
        assert ask(place, "/status").status == 200
        watcher = server.watcher()
        quiet = Watch(server).longest_gap()
        descriptors, kibibytes = len(processes.descriptors(watcher)), memory(watcher)
        with crowd.Crowd(place, count, behave) as many:
            wait_for(lambda: many.most == count or many.most > 150, "the crowd")
            loud = Watch(server).longest_gap()
            begun = time.monotonic()
            assert ask(place, "/healthz", timeout=PATIENCE_SECONDS[where]).status == 200
            waited = time.monotonic() - begun
        print(f"{where} {name}: longest gap quiet {quiet:.3f} loud {loud:.3f}, honest client "
              f"{waited:.3f} s, {many.most} at once, {many.ended} ended, "
              f"{kibibytes} then {memory(watcher)} KiB")
        assert loud < INTERVAL_SECONDS + LATE_SECONDS
        assert server.watcher() == watcher
        expect_as_before(watcher, descriptors, kibibytes)


def test_crowd_at_one_door_leaves_the_other_free(serve):
    with socket_client.port() as tcp:
        server = serve_both(serve, tcp)
        with crowd.Crowd(tcp, MANY, crowd.silent) as many:
            wait_for(lambda: many.most > 150, "the crowd")
            begun = time.monotonic()
            assert get(server, "/healthz").status == 200
            assert time.monotonic() - begun < 1


def test_large_answer_that_nobody_reads_is_given_up(serve):
    """More than a socket's buffers hold, so that it waits for its client."""
    server = serve(ServerLimit=1024, MaxRequestWorkers=16)
    path = path_of(server)
    whole = get(server, "/status?format=json")
    assert len(whole.body) > 250_000
    assert len(whole.json["slots"]) == 1024
    watcher = server.watcher()
    descriptors, kibibytes = len(processes.descriptors(watcher)), memory(watcher)
    with crowd.Crowd(path, 32, crowd.asks_and_never_reads):
        wait_for(lambda: len(processes.descriptors(watcher)) == descriptors + 32, "the crowd")
        loud = Watch(server).longest_gap()
        most = memory(watcher)
        assert ask(path, "/status?format=json").body[-2:] == b"}\n", "a whole answer"
    print(f"large: longest gap {loud:.3f}, {len(whole.body)} bytes, {kibibytes} then {most} KiB")
    assert loud < INTERVAL_SECONDS + LATE_SECONDS
    assert most < kibibytes + 33 * len(whole.body) // 1024 + KIBIBYTES
    wait_for(lambda: len(processes.descriptors(watcher)) == descriptors, "descriptors as before")


def test_connection_lasts_ten_seconds_whatever_it_does(serve):
    server = serve()
    path = path_of(server)
    behaviours = (crowd.silent, crowd.one_byte, crowd.half_a_request)
    descriptors = len(processes.descriptors(server.watcher()))
    held = [crowd.Crowd(path, 1, behave) for behave in behaviours]
    begun = time.monotonic()
    for one in held:
        one.__enter__()
    try:
        wait_for(lambda: all(one.ended for one in held), "them to be ended")
        seconds = time.monotonic() - begun
    finally:
        for one in held:
            one.__exit__()
    assert LIFE_SECONDS - 0.5 < seconds < LIFE_SECONDS + 3
    wait_for(lambda: len(processes.descriptors(server.watcher())) == descriptors, "its end")


def test_requests_that_are_broken_off_leave_no_memory(serve):
    """The target is kept from a request's first line on."""
    server = serve()
    watcher = server.watcher()
    line = b"GET /" + b"t" * 4000 + b" HTTP/1.1\r\nHost:"

    def break_off(times):
        for _ in range(times):
            with contextlib.ExitStack() as stack:
                few = [stack.enter_context(socket_client.connect(path_of(server)))
                       for _ in range(FEW)]
                for one in few:
                    one.sendall(line)
                wait_for(lambda: not any(map(socket_client.unread, few)), "it to be read")

    break_off(5)
    kibibytes = memory(watcher)
    break_off(100)
    assert get(server, "/healthz").status == 200
    assert memory(watcher) < kibibytes + KIBIBYTES, "2,000 targets are 8 MB"


def share_of_a_processor(watcher, server):
    def cpu_seconds():
        fields = processes.stat_fields(watcher)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before, begun = cpu_seconds(), time.monotonic()
    Watch(server).longest_gap()
    return (cpu_seconds() - before) / (time.monotonic() - begun)


def test_watcher_does_not_spin_while_its_doors_are_crowded(serve):
    server = serve()
    with crowd.Crowd(path_of(server), MANY, crowd.silent) as many:
        wait_for(lambda: many.most > 150, "the crowd")
        share = share_of_a_processor(server.watcher(), server)
    assert share < 0.2, f"{share:.2f} of a processor"


def test_watcher_does_not_spin_where_no_descriptor_is_left(serve, make):
    """What a watcher has anyway is all that this one may have: its client waits for ever."""
    other = serve()
    few = len(processes.descriptors(other.watcher()))
    server = make()
    server.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (few, few)))
    server.report()
    watcher = server.watcher()
    with socket_client.connect(path_of(server)):
        share = share_of_a_processor(watcher, server)
    assert len(processes.descriptors(watcher)) == few
    assert share < 0.2, f"{share:.2f} of a processor"
