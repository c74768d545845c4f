# SPDX-License-Identifier: Apache-2.0
"""Code in the server that does not come to an end: nothing but its death frees the slot."""

import clients
import processes
from scene import KILL, FileScene, Scene


class EndlessLoop(FileScene):
    freed_by = KILL
    computes = True
    request = "GET /loop HTTP/1.1"
    modules = ("busy",)
    conf = 'TestBusyFile "{root}/held/file"\n<Location /loop>\nSetHandler test-loop\n</Location>\n'
    settings = {"SlotWatchGrace": "4s"}

    def begin(self, server):
        self.touch(server)
        self.client = clients.waiting_request(server, "/loop")
        server.log.expect(r"test-loop: loops")


class HeldMutex(FileScene):
    """One request holds a mutex and sleeps, a second one waits for the mutex."""
    freed_by = KILL
    request = "GET /mutex HTTP/1.1"
    modules = ("busy",)
    conf = 'TestBusyFile "{root}/held/file"\n<Location /mutex>\nSetHandler test-hold\n</Location>\n'

    def begin(self, server):
        self.touch(server)
        self.client = clients.waiting_request(server, "/mutex")
        server.log.expect(r"test-hold: holds")
        self.second = clients.waiting_request(server, "/mutex")
        server.log.expect(r"test-hold: waits")

    def release(self):
        super().release()
        self.second.close()

    def check_cut(self):
        super().check_cut()
        self.second.expect_cut()

    def close(self):
        super().close()
        if self.client is not None:
            self.second.close()


class HangingCleanup(FileScene):
    phase = "ghost"
    freed_by = KILL
    test_module = True
    conf = 'TestHangFile "{root}/held/file"\n'

    def begin(self, server):
        self.touch(server)

    settings = {"MaxSpareThreads": 32}  # none of the new generation is to end

    def check_cut(self):
        """It has no client any more."""


class SuspendedConnection(Scene):
    phase = "leaked"
    freed_by = KILL
    test_module = True
    conf = "<Location /suspend>\nSetHandler test-suspend\n</Location>\n"

    def begin(self, server):
        [self.child] = server.children()
        self.client = clients.waiting_request(server, "/suspend")
        server.log.expect("test-suspend: suspended")

    def release(self):
        processes.kill(self.child)  # nothing else ends a suspended connection
