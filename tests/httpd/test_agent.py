# SPDX-License-Identifier: Apache-2.0
"""The agent: what a draining child says of itself, and that nobody is worse off for it."""

import contextlib
import os
import threading

import pytest

import clients
import processes
import scenes_backends
from waiting import wait_for

AGENT = "slotwatch-agent"
RELOADS = 50
FEW = 16
ON = {"SlotWatchStall": 0}  # it reports, nobody acts


def has_agent(pid):
    return AGENT in processes.thread_names(pid)


def heard(server, condition=lambda slot: slot["sockets"]):
    """The draining slot whose agent is heard, and tells so much."""
    def of_agent(report):
        return [slot for slot in report["slots"]
                if slot["pid"] and slot["judged_by"] == "agent" and condition(slot)]

    report = server.wait_report(of_agent, "an agent to be heard")
    return of_agent(report)[0]


def of_role(slot, role):
    return [socket for socket in slot["sockets"] if socket["role"] == role]


def address_of(client):
    return "{}:{}".format(*client.socket.getsockname())


def await_end(server, pids):
    wait_for(lambda: not set(pids) & set(server.children()), f"the children {pids} to end")


@pytest.mark.parametrize("mpm", ["event", "worker"])
def test_client_is_listed_with_its_peer_and_bytes(serve, mpm):
    server = serve(mpm=mpm, **ON)
    with clients.slow_download(server) as client:
        server.reload()
        slot = heard(server)
        [socket] = slot["sockets"]
        assert (socket["role"], socket["family"]) == ("client", "inet")
        assert socket["peer"] == address_of(client)
        assert socket["queued_bytes"] > 0
        assert socket["acked_bytes"] > 0
        assert socket["received_bytes"] > 0
        assert 0 <= socket["idle_seconds"] < 60
        assert (slot["clients"], slot["backends"]) == (1, 0)
        for kind in ("text", "html"):
            assert socket["peer"] in server.get(f"/slotwatch?format={kind}").text


def test_threads_are_listed_but_the_agent(serve):
    server = serve(**ON)
    with clients.slow_download(server):
        server.reload()
        slot = heard(server)
        threads = slot["threads"]
        tids = {thread["tid"] for thread in threads}
        assert slot["pid"] in tids
        assert len(tids) == len(threads) >= 3  # the main one, the listener, the worker
        states = {thread["tid"]: thread["state"] for thread in threads}
        assert states[slot["pid"]] in "RSD"
        assert set(states.values()) <= set("RSDZX"), states  # an idle worker may just be ending
        assert AGENT not in [thread["name"] for thread in threads]
        assert has_agent(slot["pid"])


@pytest.mark.parametrize("mpm", ["event", "worker"])
def test_backend_is_told_from_its_client(serve, mpm):
    with clients.SilentBackend() as backend:
        server = serve(mpm=mpm, conf=backend.conf, **ON)
        with clients.waiting_request(server, "/silent/report") as client:
            assert backend.has_request()
            server.reload()
            slot = heard(server, lambda slot: slot["backends"] == 1)
            assert [s["peer"] for s in of_role(slot, "client")] == [address_of(client)]
            assert [s["peer"] for s in of_role(slot, "backend")] == [f"127.0.0.1:{backend.port}"]
            backend.taken.close()
            assert client.read_to_end().startswith(b"HTTP/1.1 502")
    server.log.claim(r"AH01102|AH00898")


def test_unix_backend_is_a_backend(serve):
    with scenes_backends.SilentUnixHttp() as scene:
        server = serve(**scene.options(), **ON)
        scene.hold(server)
        server.reload()
        slot = heard(server, lambda slot: slot["backends"] == 1)
        [socket] = of_role(slot, "backend")
        assert (socket["family"], socket["peer"]) == ("unix", f"unix:{scene.backend.path}")
        assert (socket["acked_bytes"], socket["idle_seconds"]) == (0, None)
        scene.release()


def test_bytes_move_for_a_reader_that_reads(serve):
    server = serve(**ON)
    with clients.slow_download(server) as client:
        server.reload()
        before = heard(server)["sockets"][0]["acked_bytes"]
        for _ in range(64):
            client.read(16384)
        heard(server, lambda slot: slot["sockets"][0]["acked_bytes"] > before)


def test_hanging_cleanup_still_has_its_agent(make):
    server = make(test_module=True, conf='TestHangFile "{root}/hang"', **ON)
    hang = server.root / "hang"
    hang.touch()
    server.start_watched()
    server.reload()
    slot = heard(server, lambda slot: slot["threads"])
    assert slot["pid"] in [thread["tid"] for thread in slot["threads"]]
    hang.unlink()
    await_end(server, [slot["pid"]])


def test_child_that_ran_out_of_descriptors_has_its_agent(make):
    """httpd trims it at once (accept, EMFILE): there is none left for the agent's first look."""
    server = make(SlotWatchReserve=0, **ON)
    command = server.command
    server.command = lambda *words: ["prlimit", f"--nofile={FEW}", *command(*words)]
    server.start()
    wait_for(lambda: server.watchers() and len(server.children()) == 1, "a child")
    [child] = server.children()
    held = []

    def one_more():
        held.append(clients.partial_request(server))
        return server.log.count("Too many open files")

    wait_for(one_more, "httpd to run out of descriptors")
    slot = heard(server, lambda slot: of_role(slot, "client"))
    assert (slot["pid"], slot["trigger"]) == (child, "trim")
    for client in held:
        client.close()
    server.log.claim(r"Too many open files|AH0045[56]|SW21[012] ")


# ---- What it costs those that do not drain ----

def descriptors(pid):
    return [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_healthy_child_has_no_thread_and_no_descriptor(serve, mpm):
    server = serve(mpm=mpm, **ON)
    assert server.get("/small.txt").ok
    for child in server.children():
        assert not has_agent(child)
        assert not [name for name in descriptors(child) if "memfd:slotwatch" in name]


# ---- Its end ----

def test_child_ends_as_soon_as_it_may(serve):
    server = serve(**ON)
    with clients.slow_download(server) as client:
        server.reload()
        slot = heard(server)
        client.close()
        await_end(server, [slot["pid"]])


def test_quick_reloads_under_held_connections_crash_nothing(serve):
    server = serve(ServerLimit=RELOADS + 8, SlotWatchRecycle="Off", SlotWatchPrompt="On", **ON)
    held, pids = [], set()
    for _ in range(RELOADS):
        held.append(clients.slow_download(server))
        pids.update(server.children())
        server.reload()
        wait_for(lambda: set(server.children()) - pids, "a child of the new generation")
    assert len(pids) >= RELOADS
    assert heard(server)
    for client in held:
        client.close()
    await_end(server, pids)
    server.log.claim(r"SW21[012] ")


def test_ungraceful_restart_of_a_draining_child_crashes_nothing(serve):
    """With or without us, httpd waits for such a child for 9 s, and then kills it."""
    server = serve(**ON)
    with clients.slow_download(server):
        server.reload()
        slot = heard(server)
        server.restart()
        await_end(server, [slot["pid"]])
    server.log.claim(r"AH00045|AH00046")


# ---- Hostile children ----

STORM_SECONDS = 2
DESK = "<Location /desk>\nSetHandler test-desk\n</Location>"


@contextlib.contextmanager
def storm(server, query):
    """A child that goes on doing it. @return whether it has come to its end"""
    answers = []
    target = f"/desk?{query}&value={STORM_SECONDS * 1000}"
    thread = threading.Thread(target=lambda: answers.append(server.get(target).text))
    thread.start()
    yield lambda: not thread.is_alive()
    thread.join()
    assert answers == ["scribbled\n"]


def test_orders_cannot_be_written_by_a_child(serve):
    server = serve(modules=("desk",), conf=DESK, **ON)
    assert server.get("/desk?op=orders").text == "refused\n"


def test_random_bytes_in_the_cells_harm_nobody(serve):
    server = serve(modules=("desk",), conf=DESK, SlotWatchRecycle="Off", **ON)
    with clients.slow_download(server) as client:
        server.reload()
        slot = heard(server)
        watcher = server.watcher()
        with storm(server, "op=cells") as is_over:
            while not is_over():
                for kind in ("json", "text", "html"):
                    assert server.get(f"/slotwatch?format={kind}").content
        assert server.watcher() == watcher
        heard(server, lambda slot: of_role(slot, "client"))  # as soon as it stops
        client.close()
        await_end(server, [slot["pid"]])
    server.log.claim(r"SW21[012] ")


def test_forged_cell_of_a_draining_child_is_escaped(serve):
    """Texts without an end, counts beyond every bound, in the cell of the very process."""
    server = serve(modules=("desk",), conf=DESK, SlotWatchRecycle="Off", **ON)
    with clients.slow_download(server) as client:
        server.reload()
        slot = heard(server)
        with storm(server, f"op=forge&slot={slot['slot']}"):
            shown = heard(server, lambda slot: len(slot["sockets"]) == 64)
            html = server.get("/slotwatch?format=html").text
        assert "<<" not in html
        assert {len(s["peer"]) for s in shown["sockets"]} == {63}
        assert {s["role"] for s in shown["sockets"]} == {"other"}
        assert {s["family"] for s in shown["sockets"]} == {"other"}
        assert {t["state"] for t in shown["threads"]} == {"?"}
        assert shown["clients"] == shown["backends"] == 1 << 20
        client.close()
        await_end(server, [slot["pid"]])
