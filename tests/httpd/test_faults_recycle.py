# SPDX-License-Identifier: Apache-2.0
"""SIGKILL and SIGSTOP to the watcher, the child and the parent, at each step of a recycle."""

import contextlib

import pytest

import clients
import processes
import recycling
from faults import stopped
from scenes_handlers import HeldMutex
from waiting import wait_for

BEFORE_THE_END = ("asked", "backends", "clients")
STEPS = (*BEFORE_THE_END, "kill")
RUNGS = ["backends", "clients", "kill"]
# Says that it was asked, and decides when it is let.
PROGRAM = """#!/bin/sh
echo $$ >{held}/asked.new && mv {held}/asked.new {held}/asked
while ! [ -e {held}/go ]; do sleep 0.05; done
"""


class Stubborn(HeldMutex):
    """Waits for a backend and for a mutex: it goes through all rungs."""

    def __init__(self):
        super().__init__()
        self.backend = clients.SilentBackend()
        self.conf += self.backend.conf

    def begin(self, server):
        super().begin(server)
        server.log.claim(r"AH01102|AH00898")
        self.third = clients.waiting_request(server, "/silent/report")
        assert self.backend.has_request()

    def close(self):
        super().close()
        self.backend.__exit__()
        if self.server is not None:
            self.third.close()


class Recycle:
    """One that has come to this step; `pid` is the child's."""

    def __init__(self, make, scene, step):
        settings = {**recycling.ON, "SlotWatchStall": "1s",
                    "SlotWatchLadder": "backends:1s clients:1s kill"}
        if step == "asked":
            settings["SlotWatchRecycleExec"] = '"{root}/program"'
            settings["SlotWatchLadder"] = "backends:4s clients:1s kill"  # its time to decide
        self.step = step
        self.server = make(**{**scene.options(), **settings})
        self.held = self.server.writable("held")
        program = self.server.root / "program"
        program.write_text(PROGRAM.format(held=self.held))
        program.chmod(0o755)
        self.server.start_watched()
        scene.hold(self.server)
        [self.pid] = self.server.children()
        self.server.log.claim(rf"SW(20[012]|30[1235]) .*pid={self.pid} ")
        self.server.reload()
        wait_for(self._is_there, f"the step {step}")

    def _is_there(self):
        if self.step == "asked":
            return (self.held / "asked").exists()
        return self.server.log.lines(recycling.line(301, pid=self.pid, rung=self.step))

    def program(self):
        return int((self.held / "asked").read_text())

    def let_go(self):
        """Whoever is asked allows."""
        (self.held / "go").touch()

    def wait_dead(self):
        wait_for(lambda: not processes.is_alive(self.pid), "the child to end")

    def expect_freed(self):
        """By all rungs, in their order; of one told while its watcher is killed another may tell
        again."""
        line = recycling.line(303, pid=self.pid, rung="kill")
        wait_for(lambda: self.server.log.lines(line), f"a line {line}")
        assert list(dict.fromkeys(recycling.rungs_of(self.server, self.pid))) == RUNGS
        recycling.expect_serving(self.server)


@pytest.fixture
def begin(make):
    with contextlib.ExitStack() as stack:
        def build(step):
            recycle = Recycle(make, stack.enter_context(Stubborn()), step)
            stack.callback(recycle.let_go)
            return recycle

        yield build


@pytest.mark.parametrize("step", STEPS)
def test_killed_watcher_is_followed_by_one_that_goes_on(begin, step):
    recycle = begin(step)
    watcher = recycle.server.watcher()
    processes.kill(watcher)
    recycle.server.log.expect(rf"SW102 watcher-died pid={watcher} signal=9 ")
    recycle.let_go()
    recycle.expect_freed()


@pytest.mark.parametrize("step", STEPS)
def test_stopped_watcher_goes_on_where_it_was(begin, step):
    recycle = begin(step)
    with stopped(recycle.server.watcher()):
        recycle.server.wait_report(lambda r: r["watcher"]["stale"], "the report to be old")
    recycle.let_go()
    recycle.expect_freed()


@pytest.mark.parametrize("step", BEFORE_THE_END)
def test_killed_child_is_told_as_gone(begin, step):
    recycle = begin(step)
    processes.kill(recycle.pid)
    recycle.server.log.expect(recycling.line(202, pid=recycle.pid))
    recycling.expect_serving(recycle.server)
    freed = recycle.server.log.lines(recycling.line(303, pid=recycle.pid))
    assert len(freed) == (step != "asked")  # nothing had been done yet
    recycle.let_go()  # nothing comes of it


@pytest.mark.parametrize("step", BEFORE_THE_END)
def test_stopped_child_is_freed_by_kill(begin, step):
    recycle = begin(step)
    with stopped(recycle.pid):
        recycle.let_go()
        recycle.wait_dead()
    recycling.expect_serving(recycle.server)
    recycle.server.log.expect(recycling.line(303, pid=recycle.pid, rung="kill"))


@pytest.mark.parametrize("step", STEPS)
def test_killed_parent_ends_watcher_and_recycle(begin, step):
    recycle = begin(step)
    recycle.server.kill_parent()
    wait_for(lambda: not recycle.server.watchers(), "the watcher to end")
    recycle.server.log.expect(r"SW101 watcher-ended pid=\d+ reason=parent-gone")
    if step == "asked":
        assert not processes.is_alive(recycle.program())


@pytest.mark.parametrize("step", BEFORE_THE_END)
def test_stopped_parent_delays_nothing_but_the_reaping(begin, step):
    """After the kill it might have reaped the child before it is stopped."""
    recycle = begin(step)
    with stopped(recycle.server.parent):
        recycle.let_go()
        recycle.wait_dead()
        slot = recycle.server.wait_slot(pid=recycle.pid)
        assert slot["state"] == "recycling"
    recycle.expect_freed()
