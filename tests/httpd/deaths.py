# SPDX-License-Identifier: Apache-2.0
"""The watcher's death, by SIGKILL."""

import processes


def kill_and_await_successor(server, kill=processes.kill):
    watcher = server.watcher()
    frames = server.report()["counters"]["frames"]
    # One that has worked is replaced at once.
    server.wait_report(lambda r: r["watcher"]["pid"] == watcher
                       and r["counters"]["frames"] >= frames + 2, "frames of this watcher")
    kill(watcher)
    server.log.expect(rf"\[slotwatch:error\].* SW102 watcher-died pid={watcher} signal=9 ")
    server.wait_report(lambda r: r["watcher"]["pid"] != watcher, "a report of its successor")
