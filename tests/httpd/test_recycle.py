# SPDX-License-Identifier: Apache-2.0
"""Each scene is freed by the rung that should, and its client sees what it should."""

import pytest

import recycling
import scenes
from scene import KILL
from stuck import expect_told

RUNGS = ("backends", "clients", "kill")


def expect_incident(server, told, rung):
    """The report tells what was tried, and that the last thing helped."""
    report = server.report()
    [incident] = [one for one in report["incidents"] if one["incident"] == told["incident"]]
    outcomes = {step["rung"]: step["outcome"] for step in incident["rungs"]}
    assert outcomes.pop(rung) == "freed"
    assert "freed" not in outcomes.values()
    counters = report["counters"]
    assert counters[f"recycled_{rung}"] == 1
    assert counters["recycled_reload"] == 1
    assert counters["not_freed"] == 0


@pytest.mark.parametrize("kind", scenes.ALL, ids=scenes.name_of)
def test_scene_is_freed_by_its_rung(recycle, kind):
    with kind() as scene:
        server = recycle(**scene.options())
        scene.hold(server)
        server.reload()
        told = expect_told(server, scene.phase, reason="grace" if scene.computes else "stall")
        pid = int(told["pid"])
        recycling.wait_for_cut(server, pid, scene.freed_by)
        scene.check_cut()
        recycling.expect_freed(server, pid, scene.freed_by)
        scene.finish()
        begun = recycling.rungs_of(server, pid)
        assert begun == sorted(set(begun), key=RUNGS.index), "each rung once, in order"
        assert begun[-1] == scene.freed_by
        if scene.freed_by == KILL:
            assert server.log.count(recycling.line(305, pid=pid)) > 0, "evidence"
        elif scene.request:
            assert server.access_lines(scene.request), "no request is lost from the access log"
        expect_incident(server, told, scene.freed_by)
        recycling.expect_serving(server)
