# SPDX-License-Identifier: Apache-2.0
"""What the watcher gives up once it is ready, and what another process of its user can do to it."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import deny
import faults
import hardening
import processes
import recycling
from deaths import kill_and_await_successor
from httpd_conf import STALL_SECONDS
from scenes_clients import SlowDownload
from stuck import expect_told
from test_recycle_hook import PATIENT, write_program
from waiting import PATIENCE_SECONDS, wait_for

TRESPASSER = Path(__file__).with_name("trespasser.py")
NOTHING = "0" * 16
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def expect_hardened(pid):
    status = hardening.status(pid)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == ("2" if hardening.HAS_FILTERS else "0")
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert status[name] == NOTHING
    if os.geteuid() == 0:
        assert status["CapBnd"] == NOTHING


def test_every_watcher_has_given_up_what_it_does_not_need(serve):
    server = serve()
    expect_hardened(server.watcher())
    kill_and_await_successor(server)
    expect_hardened(server.watcher())
    first = server.watcher()
    server.reload()
    server.wait_report(lambda r: r["watcher"]["pid"] != first, "the next watcher's report")
    expect_hardened(server.watcher())


def test_children_and_parent_have_given_up_nothing_for_it(serve):
    server = serve()
    server.watcher()
    own = hardening.status()
    for pid in [server.parent, *server.children()]:
        status = hardening.status(pid)
        for name in ("NoNewPrivs", "Seccomp", "CapBnd"):
            assert status[name] == own[name]


def test_program_is_run_and_can_gain_nothing(make):
    with SlowDownload() as scene:
        server = make(**{**scene.options(), **recycling.ON, **PATIENT,
                         "SlotWatchRecycleExec": '"{root}/decide"'})
        directory = write_program(
            server, ['cat /proc/self/status >"${0%/*}/held/status"', "exit 0"])
        server.start_watched()
        scene.hold(server)
        server.reload()
        told = expect_told(server, scene.phase)
        recycling.wait_for_cut(server, told["pid"], "clients")
        scene.check_cut()
        recycling.expect_freed(server, int(told["pid"]), "clients")
        status = (directory / "status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert f"CapEff:\t{NOTHING}" in status
        assert f"CapBnd:\t{NOTHING}" in status or os.geteuid() != 0


@pytest.mark.skipif(not hardening.HAS_FILTERS or not deny.is_known(), reason="no filters here")
def test_watcher_without_seccomp_tells_and_goes_on(make):
    server = faults.without_calls(make(), "seccomp").start()
    server.log.expect(r"\[slotwatch:notice\].* SW412 hardening-incomplete no_new_privileges=0 "
                      r"capabilities=0 dumpable=0 filter=1$")
    server.wait_report(lambda r: r["capacity"]["serving"] > 0, "a report")
    assert server.log.count("SW412") == 1
    assert hardening.status(server.watcher())["NoNewPrivs"] == "1"


# ---- What the children's user can do ----

def trespass(pid, user="www-data"):
    """@return the words of what a process of that user can do to this one"""
    code = TRESPASSER.read_text()  # where the tests lie, that user may not look
    done = subprocess.run([sys.executable, "-c", code, str(pid)], cwd="/", user=user,
                          group=pwd.getpwnam(user).pw_gid, extra_groups=[],
                          stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True)
    return set(done.stdout.decode().split())


@only_root
def test_process_of_the_same_user_can_signal_the_watcher_and_nothing_else(serve):
    """Where there is a CoreDumpDirectory, httpd's children can be looked into: not the watcher."""
    server = serve(conf='CoreDumpDirectory "{root}/run"')
    [child] = server.children()
    assert processes.user_of(child) == pwd.getpwnam("www-data").pw_uid
    assert {"read_memory", "take_descriptor"} <= trespass(child), "the test sees nothing"
    assert trespass(server.watcher()) == {"signal"}
    assert server.report()["watcher"]["pid"] == server.watcher()


@only_root
def test_another_user_can_do_nothing_to_the_watcher(serve):
    server = serve()
    assert trespass(server.watcher(), "games") == set()


@only_root
def test_watcher_killed_by_the_childrens_user_is_replaced(serve):
    server = serve()

    def kill(watcher):
        code = f"import os; os.kill({watcher}, {int(signal.SIGKILL)})"
        subprocess.run([sys.executable, "-c", code], user="www-data", cwd="/", check=True)

    kill_and_await_successor(server, kill)


def test_forged_generation_has_a_child_killed_that_serves(make):
    """What a child can do by what it writes: to those that it could kill itself."""
    server = make(test_module=True, SlotWatchRecycle="On", SlotWatchLadder="kill",
                  SlotWatchGrace=f"{STALL_SECONDS + 1}s",
                  conf="<Location /scribble>\nSetHandler test-scribble\n</Location>")
    server.start_watched()
    [slot] = [one for one in server.report()["slots"] if one["state"] == "serving"]
    server.log.claim(r"SW(20[012]|21[012]|30[1235]) ")
    server.log.claim(rf"AH00052: child pid {slot['pid']} exit signal Killed|AH00546: ")

    def is_forged():
        server.get(f"/scribble?op=generation&value=77&slot={slot['slot']}")
        return server.report()["slots"][slot["slot"]]["state"] == "draining"

    wait_for(is_forged, "the child to seem to drain")
    server.log.expect(recycling.line(301, pid=slot["pid"], rung="kill"))
    wait_for(lambda: not processes.is_alive(slot["pid"]), "the child to be gone")
    recycling.expect_serving(server)


# ---- What a watcher that was taken over can do ----

@only_root
def test_board_and_orders_keep_their_size_so_that_nobody_reads_beyond_their_end(serve):
    server = serve()
    watcher = server.watcher()
    shared = [fd for fd, target in processes.descriptors(watcher).items()
              if target.startswith("/memfd:slotwatch")]
    assert len(shared) == 2
    for fd in shared:
        with pytest.raises(PermissionError):
            os.truncate(f"/proc/{watcher}/fd/{fd}", 0)
    kill_and_await_successor(server)
