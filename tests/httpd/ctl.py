# SPDX-License-Identifier: Apache-2.0
"""slotwatchctl as a user runs it: to its end, in the background, on a terminal. As a program:
ctl.py FILE COMMAND... runs that and leaves its exit code in the file; tmux 3.3 may lose it."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sanitizer
from httpd_conf import BUILD
from waiting import PATIENCE_SECONDS, wait_for

PROGRAM = str(BUILD / "slotwatchctl")
ESCAPE = "\033"


@dataclass
class Done:
    code: int
    out: str
    err: str

    def line(self):
        """What it said, which is one line, on one of the two."""
        said = self.out + self.err
        assert not (self.out and self.err), said
        assert said.count("\n") == 1 and said.endswith("\n"), said
        return said[:-1]


class Ctl:
    """@param socket: what SLOTWATCH_SOCKET says, None for nothing"""

    program = PROGRAM

    def __init__(self, socket=None, **environment):
        self.environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color",
                            **sanitizer.ctl_environment(), **environment}
        if socket:
            self.environment["SLOTWATCH_SOCKET"] = str(socket)

    def command(self, *arguments):
        return [self.program, *map(str, arguments)]

    def run(self, *arguments, before=(), **options):
        """@param before: a command that runs it"""
        done = subprocess.run([*before, *self.command(*arguments)], env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE_SECONDS, check=False, **options)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments, **options):
        """In the background. @return the process, with pipes"""
        return subprocess.Popen(self.command(*arguments), env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def on_terminal(self, *arguments):
        """To its end, both outputs on a terminal of their own. @return (exit code, bytes)"""
        master, slave = pty.openpty()
        process = subprocess.Popen(self.command(*arguments), env=self.environment,
                                   stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        parts = []
        try:
            while part := os.read(master, 65536):
                parts.append(part)
        except OSError:
            pass  # EIO: the program has ended
        os.close(master)
        return process.wait(PATIENCE_SECONDS), b"".join(parts)


class Screen:
    """slotwatchctl in a tmux of its own."""

    def __init__(self, ctl, *arguments, columns=120, rows=30):
        self.directory = Path(tempfile.mkdtemp(prefix="slotwatch-test."))
        self.environment = {**ctl.environment, "TMUX_TMPDIR": str(self.directory)}
        self.code = self.directory / "code"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   sys.executable, __file__, str(self.code), *ctl.command(*arguments), ";",
                   "set", "-g", "remain-on-exit", "on")

    def _tmux(self, *arguments):
        done = subprocess.run(["tmux", "-L", "screen", *arguments], env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS, check=False)
        return done.stdout.decode(errors="replace")

    def text(self, escapes=False):
        return self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def keys(self, *keys):
        self._tmux("send-keys", *keys)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def wait(self, pattern):
        """The screen, once it matches."""
        return wait_for(lambda: self._matching(pattern),
                        lambda: f"{pattern} on the screen:\n{self.text()}")

    def _matching(self, pattern):
        text = self.text()
        return text if re.search(pattern, text, re.MULTILINE) else None

    def exit_code(self, seconds=PATIENCE_SECONDS):
        """Once it has ended."""
        return int(wait_for(lambda: self.code.exists() and self.code.read_text(), "its end",
                            seconds))

    def end(self):
        self._tmux("kill-server")
        shutil.rmtree(self.directory)


def main(code, *command):
    signal.signal(signal.SIGINT, lambda *_: None)  # is the program's alone, that resets it
    Path(code).write_text(str(subprocess.run(command, check=False).returncode))


if __name__ == "__main__":
    main(*sys.argv[1:])
