# SPDX-License-Identifier: Apache-2.0
"""A kernel, or a container, that refuses; a /proc that hides; file systems that are full."""

import grp

import pytest

import clients
import deny
import recycling
import socket_client
from faults import is_root, stopped, with_mounts, without_calls
from httpd_conf import STALL_SECONDS
from scenes_backends import SilentHttp
from scenes_clients import StoppedReader
from scenes_handlers import HeldMutex
from stuck import expect_told

FULL = "-t tmpfs -o size=4k,nr_inodes=1 none"
can_deny = pytest.mark.skipif(not deny.is_known(), reason="the numbers of its calls are not known")


@is_root
def test_hidden_processes_are_watched_and_left_alone(make):
    """As a hardened host mounts it: the watcher cannot tell whose child it sees."""
    server = with_mounts(make(**recycling.ON), "-t proc -o hidepid=invisible proc /proc")
    server.start_watched()
    with clients.stopped_reader(server) as client:
        [child] = server.children()
        server.reload()
        server.log.expect(rf"\[slotwatch:warn\].* SW413 processes-hidden slot=\d+ pid={child} ")
        expect_told(server, "connections")
        slot = server.wait_slot(state="stuck", suppressed="identity")
        assert slot["process"] == "unknown"
        frames = server.report()["counters"]["frames"]
        server.wait_report(lambda r: r["counters"]["frames"] > frames + 10, "frames")
        assert not server.log.lines(r"SW30[1-5] ")
        assert server.log.count("SW413") == 1
        client.close()
    server.log.expect(r"SW202 cleared ")


@is_root
def test_hidden_watcher_that_is_stopped_is_not_joined_by_another(make):
    """Two would spoil the board: the next one comes when it has ended."""
    server = with_mounts(make(), "-t proc -o hidepid=invisible proc /proc").start_watched()
    former = server.watcher()
    with stopped(former):
        server.reload()
        server.log.expect(r"SW400 watcher-cannot-start reason=former-watcher errno=110")
        server.log.claim(r"SW(400|102|103) ")
    server.wait_report(lambda r: r["watcher"]["pid"] != former and not r["watcher"]["stale"],
                       "its successor")


@is_root
def test_hidden_processes_that_the_childrens_group_may_see_are_recycled(make):
    group = grp.getgrnam("www-data").gr_gid
    server = with_mounts(make(**recycling.ON),
                         f"-t proc -o hidepid=invisible,gid={group} proc /proc").start_watched()
    with clients.stopped_reader(server):
        server.reload()
        told = expect_told(server, "connections")
        recycling.expect_freed(server, int(told["pid"]), "clients")


@can_deny
def test_pidfd_denied_leaves_the_kill_undone_and_says_so(make):
    settings = {**HeldMutex().options(), **recycling.ON, "SlotWatchLadder": "kill"}
    server = without_calls(make(**settings), "pidfd_open").start_watched()
    with HeldMutex() as scene:
        scene.hold(server)
        server.reload()
        pid = int(expect_told(server, "requests")["pid"])
        # Refused by the filter; or not known, to valgrind.
        server.log.expect(rf"SW406 kill-unavailable slot=\d+ pid={pid} errno=(1|38) ")
        server.log.expect(recycling.line(304, pid=pid, rung="kill"))
        assert server.log.count(r"SW406 ") == 1
        recycling.claim_steps(server, pid)
        server.log.claim(r"SW20[12] ")
        scene.finish()


@can_deny
@pytest.mark.parametrize("kind", [StoppedReader, SilentHttp])
def test_tcp_info_denied_costs_no_rung(make, kind):
    """No counters are to be had: who is a client and who a backend is known all the same."""
    with kind() as scene:
        server = without_calls(make(**{**scene.options(), **recycling.ON}), "tcp_info")
        server.start_watched()
        scene.hold(server)
        server.reload()
        pid = int(expect_told(server, scene.phase)["pid"])
        recycling.wait_for_cut(server, pid, scene.freed_by)
        scene.check_cut()
        recycling.expect_freed(server, pid, scene.freed_by)


@can_deny
def test_tcp_info_denied_spares_a_download_that_moves(make):
    server = without_calls(make(**recycling.ON), "tcp_info").start_watched()
    with clients.slow_download(server) as client:
        server.reload()
        slot = server.wait_slot(state="draining", judged_by="agent", clients=1)

        def goes_on(report):
            client.read(4096)
            return report["slots"][slot["slot"]]["draining_seconds"] > 2 * STALL_SECONDS

        server.wait_report(goes_on, "time to pass")
        assert not server.log.lines(r"SW200 ")


@can_deny
def test_board_denied_leaves_a_server_that_serves_and_says_why(make):
    server = without_calls(make(), "memfd_create").start()
    server.log.expect(r"SW400 watcher-cannot-start reason=memory errno=1 ")
    server.log.expect(r"SW400 watcher-cannot-start reason=desk errno=1 there are no agents")
    assert server.get("/small.txt").text == "small\n"
    answer = server.get("/slotwatch")
    assert answer.status_code == 503
    assert "SW400" in answer.text
    assert server.watchers() == []


@is_root
def test_full_shared_memory_is_not_needed(make):
    """The board is a memfd's, httpd's scoreboard anonymous: /dev/shm may be full."""
    server = with_mounts(make(**recycling.ON), f"{FULL} /dev/shm").start_watched()
    with clients.stopped_reader(server):
        server.reload()
        told = expect_told(server, "connections")
        recycling.expect_freed(server, int(told["pid"]), "clients")


@is_root
def test_full_disk_under_the_socket_is_told_and_the_watcher_runs(make):
    server = make(SlotWatchSocket='"{root}/full/sock"')
    (server.root / "full").mkdir()
    with_mounts(server, f"{FULL} {server.root}/full").start_watched()
    server.log.expect(r"SW408 socket-unavailable path=\S+/full/sock errno=28 ")
    assert socket_client.answers(server.root / "full" / "sock") is None
