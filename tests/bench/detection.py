# SPDX-License-Identifier: Apache-2.0
"""How long the watcher of a real httpd takes to tell, and what docs/timing.md says at most."""

import random
import re
import socket
import time
from datetime import datetime

import sites
from readers import SMALL_BUFFER, write_film
from server import kill
from table import Row

ROUNDS = 12
INTERVAL, STALL = 1.0, 3.0
REAP_SECONDS = 1.0  # httpd's own
SIPS, SIP_SECONDS = 20, 0.05
DEADLINE_SECONDS = 20
OURS = f"SlotWatchStall {STALL:.0f}s\nSlotWatchReserve 0\nSlotWatchRecycle Off\n"
TIME = re.compile(r"\[(\w+ \w+ \d+ [\d:.]+ \d{4})\]")


def told(httpd, since, pattern):
    """Waits for a line, the first one of `since`. @return when it was written, and its match"""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        for line in httpd.error_log.read_text(errors="replace").splitlines():
            at, found = TIME.match(line), re.search(pattern, line)
            if at and found:
                instant = datetime.strptime(at[1], "%a %b %d %H:%M:%S.%f %Y").timestamp()
                if instant >= since:
                    return instant, found
        time.sleep(0.02)
    raise ValueError(f"no line with {pattern}")


class Reader:
    """Of a film, a sip at a time."""

    def __init__(self, httpd):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self.socket.settimeout(DEADLINE_SECONDS)
        self.socket.connect(("127.0.0.1", httpd.port))
        self.socket.sendall(b"GET /film.bin HTTP/1.1\r\nHost: bench\r\n\r\n")
        self.socket.recv(SMALL_BUFFER)

    def sip(self):
        for _ in range(SIPS):
            self.socket.recv(SMALL_BUFFER)
            time.sleep(SIP_SECONDS)


def any_phase():
    """What happens next, happens at any moment between two looks."""
    time.sleep(random.uniform(0, INTERVAL))


def reload(httpd):
    begun = time.time()
    httpd.reload()
    told(httpd, begun, r"SW100 ")
    return begun


def server(slots):
    """One idle worker will do: it is full when no child serves, and not before."""
    return sites.make(sites.sized(slots, 8, 1) + "MinSpareThreads 1\n", True, ours=OURS)


def stall_and_exit(httpd):
    """@return seconds from the last sip to SW200, from the child's death to SW202"""
    reader = Reader(httpd)
    begun = reload(httpd)
    any_phase()
    reader.sip()
    stopped = time.time() - SIP_SECONDS
    stuck, found = told(httpd, begun, r"SW200 .*pid=(\d+) .*reason=stall .*judged_by=agent")
    any_phase()
    died = time.time()
    kill(int(found[1]))
    cleared, _ = told(httpd, died, r"SW202 .*reason=exited")
    reader.socket.close()
    time.sleep(REAP_SECONDS)  # a child that comes in its place is up before the next reload
    return stuck - stopped, cleared - died


def full():
    """@return seconds from the reload that leaves no slot to SW211"""
    with server(2) as httpd:
        write_film(httpd.site)
        told(httpd, 0, r"SW100 ")
        readers = [Reader(httpd)]
        reload(httpd)
        readers.append(Reader(httpd))  # answered by the next generation
        any_phase()
        begun = reload(httpd)
        after = told(httpd, begun, r"SW211 ")[0] - begun
        for reader in readers:
            reader.socket.close()
        return after


def row_of(what, spans, most, more=0.0):
    text = f"{max(spans):.2f} s (shortest {min(spans):.2f}, of {len(spans)})"
    beside = f" and {more:.0f} s for the parent to reap" if more else ""
    return Row(what, text, f"<= {most:.2f} s{beside}", max(spans) <= most + more)


def rows():
    def pairs(memory=[]):
        if not memory:
            with server(4) as httpd:
                write_film(httpd.site)
                memory.extend(stall_and_exit(httpd) for _ in range(ROUNDS))
        return memory

    yield lambda: row_of(f"from the last byte to SW200, SlotWatchStall {STALL:.0f}s: longest",
                         [pair[0] for pair in pairs()], INTERVAL / 4 + STALL + INTERVAL / 10)
    yield lambda: row_of("from a child's death to SW202: longest",
                         [pair[1] for pair in pairs()], INTERVAL, REAP_SECONDS)
    yield lambda: row_of("from the reload that leaves no slot to SW211: longest",
                         [full() for _ in range(ROUNDS)], INTERVAL + INTERVAL / 4)
