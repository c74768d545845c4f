# SPDX-License-Identifier: Apache-2.0
"""Faults: a process that is stopped, a log that nobody reads."""

import contextlib
import os
import signal

import processes
from waiting import wait_for

@contextlib.contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        processes.kill(pid, signal.SIGCONT)


class PipedLog:
    """The error log goes through a program that may be stopped, and a pipe that may be filled."""
    FILLER = b"filler\n"
    conf = 'ErrorLog "|/usr/bin/tee -a {root}/error.log"\n'

    def __init__(self, server):
        self.server = server
        server.log.claim(r"^filler$")

    def _readers(self):
        """A reload starts another one."""
        return [pid for pid in self.server.all_processes() if processes.name_of(pid) == "tee"]

    @contextlib.contextmanager
    def full(self):
        """Nobody reads, and not a byte finds room."""
        [reader] = wait_for(lambda: len(found := self._readers()) == 1 and found, "one reader")
        with stopped(reader):
            wait_for(lambda: processes.stat_fields(reader)[0] == "T", "the reader to stop")
            pipe = os.open(f"/proc/{reader}/fd/0", os.O_WRONLY | os.O_NONBLOCK)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(pipe, self.FILLER * (4096 // len(self.FILLER)))
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(pipe, self.FILLER)
            os.close(pipe)
            yield
