# SPDX-License-Identifier: Apache-2.0
"""make asan and make tsan see what is wrong, in a child and in the watcher, and tell the test."""

import pytest
import requests

import recycling
import sanitizer
from scenes_clients import SlowDownload
from waiting import wait_for

pytestmark = pytest.mark.skipif(not sanitizer.PRELOAD, reason="a build without a sanitizer")
WRONGS = {"read-beyond": "AddressSanitizer: heap-buffer-overflow",
          "overflow": "runtime error: signed integer overflow"}
if sanitizer.IS_THREAD:
    WRONGS = {"race": "ThreadSanitizer: data race"}


def expect_reported(server, wrong):
    wait_for(lambda: server.log.lines(WRONGS[wrong]), "a report")
    assert any(WRONGS[wrong] in line for line in server.log.unclaimed()), "it fails a test"
    server.log.claim(rf"{sanitizer.REPORTS}|SW\d+ ")


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_a_child_does_wrong_is_reported(serve, wrong):
    server = serve(modules=("wrong",),
                   conf='<Location "/wrong">\nSetHandler test-wrong\n</Location>\n')
    try:
        server.get(f"/wrong?{wrong}")
    except requests.ConnectionError:
        pass  # the child has ended
    expect_reported(server, wrong)


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_the_watcher_does_wrong_is_reported(serve, wrong):
    server = serve(**recycling.ON, modules=("wrong",), conf=f"TestWrongInWatcher {wrong}")
    with SlowDownload() as scene:
        scene.hold(server)
        server.reload()
        expect_reported(server, wrong)
