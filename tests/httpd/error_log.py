# SPDX-License-Identifier: Apache-2.0
"""The error log, in which every line of ours and every complaint must be claimed by the test."""

import re

from waiting import PATIENCE_SECONDS, wait_for

LINE = re.compile(r"^\[[^]]*\] \[[-\w]*:(?P<level>\w+)\] \[pid \d+[^]]*\] (?P<text>.*)$")
OURS = re.compile(r"\bSW\d{3} ")
HARMLESS_LEVELS = {"notice", "info", "debug"} | {f"trace{n}" for n in range(1, 9)}
# A child that crashed, or was lost, is told at level notice.
NEVER_HARMLESS = re.compile(r"AH00488|AH00051|AH00052|exit signal|[Ss]egmentation|core dumped")
# What ends well is told while the server stops, if the watcher is quick enough to see it.
# And httpd closes its workers' sockets under their hands.
AT_THE_END = re.compile(r"SW(202|212) |\(9\)Bad file descriptor: AH03092: ")
# Of a child that is stopped right after it was started. Seen without our module, in 3 of 1,500
# servers: httpd's own.
YOUNG_CRASH = re.compile(r"AH00052: child pid (\d+) exit signal Segmentation fault")
# Every start, stop and reload has these.
LIFECYCLE = re.compile(r"SW(100 watcher-started|101 watcher-ended|220 generation-drained) ")


class ErrorLog:
    def __init__(self, path):
        self.path = path
        self._claimed = set()    # numbers of lines
        self._patterns = []      # claim any number of lines
        self._old = None         # pids that were no young children then
        self._end_began = None   # number of the first line after the test asked the server to end

    def lines(self, pattern=""):
        """[(number, line)] of the lines that match."""
        if not self.path.is_file():
            return []
        text = self.path.read_bytes().decode("latin-1")
        whole = text[:text.rfind("\n") + 1].split("\n")[:-1]
        return [(number, line) for number, line in enumerate(whole) if re.search(pattern, line)]

    def count(self, pattern):
        return len(self.lines(pattern))

    def expect(self, pattern, seconds=PATIENCE_SECONDS):
        """Waits for a line that matches and was not claimed before; claims it. @return the match"""
        def unclaimed():
            return [found for found in self.lines(pattern) if found[0] not in self._claimed]

        wait_for(unclaimed, f"a line {pattern!r} in {self.path}", seconds)
        number, line = unclaimed()[0]
        self._claimed.add(number)
        return re.search(pattern, line)

    def claim(self, pattern):
        """Lines that match may be there, any number of them, now and later."""
        self._patterns.append(re.compile(pattern))

    def end_begins(self, old=None):
        """@param old: the pids of children that were not just started; None: none may crash"""
        if self._end_began is None:
            self._end_began = len(self.lines())
            self._old = old

    def _is_young_crash(self, text):
        crash = YOUNG_CRASH.match(text)
        return crash and self._old is not None and int(crash[1]) not in self._old

    def _is_claimed(self, number, line, text):
        ends = self._end_began is not None and number >= self._end_began
        return (number in self._claimed or LIFECYCLE.match(text)
                or any(pattern.search(line) for pattern in self._patterns)
                or ends and AT_THE_END.match(text)
                or ends and self._is_young_crash(text))

    def unclaimed(self):
        """The lines that the test should have known of."""
        found = []
        for number, line in self.lines():
            parts = LINE.match(line)
            text = parts["text"] if parts else line
            suspect = (not parts or parts["level"] not in HARMLESS_LEVELS or OURS.search(text)
                       or NEVER_HARMLESS.search(text))
            if suspect and not self._is_claimed(number, line, text):
                found.append(line)
        return found
