# SPDX-License-Identifier: Apache-2.0
"""What every scene is: one way in which a client, a backend or a handler holds a slot."""

BACKENDS, CLIENTS, KILL = "backends", "clients", "kill"  # rungs


class Scene:
    """Made before its server, whose options it names; used as a context.

    phase      in which the slot is stuck
    freed_by   the rung that frees it
    request    the line of the request that is held, as the logs have it; None: there is none
    computes   it uses CPU all the time: stuck for its age alone, once there is an agent to say so
    complaints what httpd says, at level warn or worse, when the scene ends
    """
    phase = "requests"
    freed_by = CLIENTS
    request = None
    computes = False
    complaints = ()
    modules = ()
    conf = ""
    settings = {}
    test_module = False

    def __init__(self):
        self.server = None
        self.client = None

    def shown_requests(self):
        return {self.request} if self.phase == "requests" else set()

    def options(self):
        return {"conf": self.conf, "modules": self.modules, "test_module": self.test_module,
                **self.settings}

    def hold(self, server):
        """Begins; returns once the slot is held."""
        self.server = server
        for complaint in self.complaints:
            server.log.claim(complaint)
        self.begin(server)
        return self

    def begin(self, server):
        raise NotImplementedError

    def drains(self):
        """Its child has been told to end."""

    def release(self):
        """Ends it in the way it should have ended by itself."""
        self.client.close()

    def check_cut(self):
        """Waits for what the client sees of its cut, an end before the end; then it goes, too."""
        self.client.expect_cut()
        self.client.close()

    def finish(self):
        """Whatever still goes on of it, may end."""

    def close(self):
        if self.client is not None:
            self.client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class FileScene(Scene):
    """Goes on while a file is there, in a directory in which the children may write."""

    def begin(self, server):
        raise NotImplementedError

    def touch(self, server):
        self.file = server.root / "held" / "file"
        server.writable("held")
        self.file.touch()

    def finish(self):
        self.file.unlink(missing_ok=True)

    def release(self):
        self.finish()
        if self.client is not None:
            assert self.client.read_to_end().endswith(b"\n")
            self.client.close()
