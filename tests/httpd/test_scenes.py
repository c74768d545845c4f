# SPDX-License-Identifier: Apache-2.0
"""Each scene holds its slot, is told as stuck in its phase, and ends as it should have."""

import pytest

import scenes
from stuck import expect_cleared, expect_stuck


@pytest.mark.parametrize("kind", scenes.ALL, ids=scenes.name_of)
def test_scene_holds_its_slot_and_is_told(serve, kind):
    with kind() as scene:
        server = serve(**scene.options())
        scene.hold(server)
        server.reload()
        slot = expect_stuck(server, scene.phase, computes=scene.computes)
        requests = {request["request"] for request in slot["requests"]}
        assert requests == scene.shown_requests()
        assert server.get("/small.txt").ok, "the new generation serves"
        scene.release()
        expect_cleared(server, slot)
