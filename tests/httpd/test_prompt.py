# SPDX-License-Identifier: Apache-2.0
"""SlotWatchPrompt: the parent does at once what it else does at its next one-second tick.

How quick is compared with the same server without it, and never with a clock: both wait for the
same machine.
"""

import statistics
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

import clients
import processes
import sanitizer
from waiting import wait_for

ROUNDS = 5
RELOADS_UNDER_TRAFFIC = 30
TRAFFIC_THREADS = 4
# Times: httpd's own pause is a second, ours some 20 ms; a child that starts slowly adds to both.
MUCH_QUICKER = 1 if sanitizer.PRELOAD else 3
MPMS = ("event", "worker", "prefork")
THREADED = {"ServerLimit": 16, "MaxRequestWorkers": 64, "StartServers": 1}
PREFORK = {"ServerLimit": 32, "MaxRequestWorkers": 24, "StartServers": 2}
SIZES = {"event": THREADED, "worker": THREADED, "prefork": PREFORK}


def answer(server):
    response = server.get("/small.txt")
    assert (response.status_code, response.text) == (200, "small\n")


def quiet(**options):
    """Old children may stay, and slots be full, without a line about it."""
    return {"SlotWatchStall": "0", "SlotWatchGrace": "0", "SlotWatchReserve": "0",
            **SIZES[options.get("mpm", "event")], **options}


def ratio(serve, measure, **options):
    """@return with SlotWatchPrompt Off, over On: the median of measure(server), each time from a
    settled state"""
    medians = []
    for prompt in ("Off", "On"):
        server = serve(**quiet(SlotWatchPrompt=prompt, **options))
        spans = []
        for _ in range(ROUNDS):
            server.wait_report(lambda r: (r["capacity"]["serving"], r["capacity"]["draining"])
                               == (options["StartServers"], 0), "old children to be gone")
            spans.append(measure(server))
        medians.append(statistics.median(spans))
        server.stop()
    print(f"off {medians[0]:.3f} s, on {medians[1]:.3f} s")
    return medians[0] / medians[1]


@contextmanager
def held(server):
    """Every child has clients that stay, and ends no sooner than they."""
    with ExitStack() as stack:
        for _ in server.children():
            stack.enter_context(clients.slow_download(server))
        yield


def seconds_until_served(server):
    begun = time.monotonic()
    answer(server)
    return time.monotonic() - begun


@pytest.mark.parametrize("mpm", ("event", "worker"))
def test_new_generation_starts_at_once_when_no_old_child_ends(serve, mpm):
    def measure(server):
        with held(server):
            server.reload()
            return seconds_until_served(server)

    assert ratio(serve, measure, mpm=mpm, **SIZES[mpm]) > MUCH_QUICKER


@pytest.mark.parametrize("mpm", ("event", "prefork"))
def test_freed_slot_is_used_at_once(serve, mpm):
    """The only slot: until the old child ends, nobody is served."""
    def measure(server):
        # A server that is full says so, and so does httpd.
        server.log.claim(r"SW21[012] |AH03490: scoreboard is full|"
                         r"AH03092: process_lingering_close")  # the last: httpd's own haste
        found_full = server.log.count("AH03490")
        with held(server):
            server.reload()
            if mpm == "event":  # prefork does not say that it looked, and found none
                wait_for(lambda: server.log.count("AH03490") > found_full, "the parent to look")
        return seconds_until_served(server)

    sizes = {**SIZES[mpm], "ServerLimit": 1, "StartServers": 1,
             "MaxRequestWorkers": 1 if mpm == "prefork" else 8}
    assert ratio(serve, measure, mpm=mpm, **sizes) > MUCH_QUICKER


def test_ended_child_is_reaped_at_once(serve):
    def measure(server):
        [child] = server.children()
        with held(server):
            server.reload()
            wait_for(lambda: set(server.children()) - {child}, "the new generation")
        begun = time.monotonic()
        wait_for(lambda: not processes.stat_fields(child), "the old child's end")
        return time.monotonic() - begun

    assert ratio(serve, measure, **THREADED) > MUCH_QUICKER


@pytest.mark.parametrize("mpm", MPMS)
def test_thirty_reloads_under_traffic_lose_no_answer(serve, mpm):
    server = serve(**quiet(mpm=mpm, SlotWatchPrompt="On"))
    server.log.claim(r"SW21[012] ")  # children come and go
    ended, failures, answers = threading.Event(), [], []

    def ask():
        while not ended.is_set():
            try:
                answer(server)
                answers.append(1)
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(TRAFFIC_THREADS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(RELOADS_UNDER_TRAFFIC):
            before = len(answers)
            server.reload()
            wait_for(lambda: len(answers) >= before + TRAFFIC_THREADS, "answers")
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert not server.has_ended()


# ---- Whose SIGCHLD it is ----

def rewrite(server, change):
    server.conf.write_text("\n".join(filter(None, map(change, server.conf.read_text().split("\n"))))
                           + "\n")
    server.reload()


def old_children(server, stack):
    """Two generations of them, that end only when the stack does."""
    for _ in range(2):
        stack.enter_context(held(server))
        old = set(server.children())
        server.reload()
        wait_for(lambda: set(server.children()) - old, "the new generation")
    return old


@pytest.mark.parametrize("first, then", (("On", "Off"), ("Off", "On"), ("On", "On")))
def test_setting_changes_at_a_reload_while_children_end(serve, first, then):
    server = serve(**quiet(SlotWatchPrompt=first))
    for before, after in ((first, then), (then, first), (first, then)):
        with ExitStack() as stack:
            old = old_children(server, stack)
            rewrite(server, lambda line: line.replace(f"Prompt {before}", f"Prompt {after}"))
        wait_for(lambda: not any(map(processes.stat_fields, old)), "the old children's end")
        assert processes.catches_sigchld(server.parent) == (after == "On")
        answer(server)
    assert not server.has_ended()


def test_module_goes_at_a_reload_while_children_end(serve):
    """Its handler must be gone with it, or the parent would jump to where it was."""
    server = serve(**quiet(SlotWatchPrompt="On"))
    server.log.claim(r"AH00488: long lost child came home")  # the watcher, of whom nobody knows
    for _ in range(3):
        with ExitStack() as stack:
            old = old_children(server, stack)
            assert processes.catches_sigchld(server.parent)
            text = server.conf.read_text()
            rewrite(server, lambda line: None if line.startswith("SlotWatch")
                    or "slotwatch_module" in line else line.replace(" slotwatch:info", ""))
        wait_for(lambda: not any(map(processes.stat_fields, old)), "the old children's end")
        assert not processes.catches_sigchld(server.parent)
        assert "mod_slotwatch" not in open(f"/proc/{server.parent}/maps").read()
        answer(server)
        server.conf.write_text(text)
        server.reload()
    assert not server.has_ended()


def test_only_the_parent_catches_sigchld(serve):
    server = serve(SlotWatchPrompt="On")
    assert processes.catches_sigchld(server.parent)
    for pid in (*server.children(), server.watcher()):
        assert not processes.catches_sigchld(pid)
    processes.kill(server.watcher())  # its successor is forked while the handler is there
    server.log.expect(r"SW102 watcher-died ")
    server.log.claim(r"SW103 watcher-delayed ")
    assert not processes.catches_sigchld(server.watcher())


@pytest.mark.parametrize("options", (
    {}, {"SlotWatchPrompt": "Off"}, {"SlotWatchPrompt": "On", "SlotWatch": "Off"}))
def test_nobody_catches_sigchld_unless_asked(make, options):
    server = make(**options).start()
    wait_for(server.children, "a child")
    assert not any(map(processes.catches_sigchld, server.all_processes()))


def test_one_process_is_left_alone(make):
    server = make(SlotWatchPrompt="On").start("-X")
    server.log.expect("SW104 ")
    assert not processes.catches_sigchld(server.parent)


def test_restart_and_stop_are_as_ever(serve):
    server = serve(SlotWatchPrompt="On")
    server.log.claim(r"AH03092: process_lingering_close")  # httpd's own haste
    for _ in range(3):
        old = server.children()
        server.restart()
        wait_for(lambda: server.children() and not set(server.children()) & set(old), "new ones")
        answer(server)
        assert processes.catches_sigchld(server.parent)
    server.stop()
    wait_for(lambda: not server.all_processes(), "all processes to be gone")
