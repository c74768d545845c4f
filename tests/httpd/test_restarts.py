# SPDX-License-Identifier: Apache-2.0
"""What is known of the slots outlives reloads; stops and restarts leave nothing behind."""

import signal

import clients
import processes
from waiting import wait_for

RELOADS = 10


def test_ten_reloads_keep_what_is_known(serve):
    server = serve(ServerLimit=16)
    with clients.stopped_reader(server) as client:
        server.reload()
        incident = server.log.expect(r"SW200 stuck incident=(\w{16}) ")[1]
        last = server.wait_slot(state="stuck", incident=incident)
        frames, watchers = 0, set()
        for reload in range(RELOADS):
            server.reload()
            report = server.wait_report(
                lambda r: r["server"]["generation"] == reload + 2, "the generation")
            slot = report["slots"][last["slot"]]
            assert (slot["pid"], slot["incident"]) == (last["pid"], incident)
            assert slot["state"] == "stuck"
            assert slot["draining_seconds"] > last["draining_seconds"]
            assert report["counters"]["frames"] > frames
            last, frames = slot, report["counters"]["frames"]
            watchers.add(report["watcher"]["pid"])
        assert len(watchers) == RELOADS
        client.close()
        cleared = server.log.expect(rf"SW202 cleared incident={incident} .*")[0]
        assert "generation=0 " in cleared
    assert server.log.count(r"SW200 ") == 1
    assert server.log.count(r"SW201 ") == 0
    assert server.log.count(r"SW202 ") == 1


def test_reload_has_one_watcher_of_the_new_generation(serve):
    server = serve()
    old = server.watcher()
    server.reload()
    wait_for(lambda: not processes.is_alive(old), "the old watcher to end")
    new = server.wait_report(lambda r: r["server"]["generation"] == 1, "the generation")
    assert new["watcher"]["pid"] == server.watcher() != old
    server.log.expect(rf"SW101 watcher-ended pid={old} reason=told")
    server.log.expect(rf"SW100 watcher-started pid={server.watcher()} generation=1 ")


def test_quick_reloads_end_with_one_watcher(serve):
    server = serve(ServerLimit=16)
    for _ in range(5):
        server.reload()
    server.wait_report(lambda r: r["server"]["generation"] == 5 and not r["watcher"]["stale"],
                       "the fifth generation")
    server.watcher()


def test_reload_takes_new_settings(serve):
    server = serve(SlotWatchStall="10s")
    server.conf.write_text(server.conf.read_text().replace("SlotWatchStall 10s",
                                                           "SlotWatchStall 20s"))
    server.reload()
    report = server.wait_report(lambda r: r["server"]["generation"] == 1, "the generation")
    assert report["watcher"]["stall_seconds"] == 20


def test_ungraceful_restart_frees_what_was_stuck(serve):
    server = serve()
    with clients.stopped_reader(server):
        server.reload()
        incident = server.log.expect(r"SW200 stuck incident=(\w{16}) ")[1]
        old = server.watcher()
        server.log.claim(r"AH0004[56]: child process \d+ still did not exit")
        server.restart()
        server.log.expect(rf"SW202 cleared incident={incident} .*reason=exited")
        report = server.wait_report(
            lambda r: r["watcher"]["pid"] != old and r["capacity"]["serving"] == 1, "serving again")
        assert report["capacity"]["stuck"] == report["capacity"]["draining"] == 0
        assert server.watcher() == report["watcher"]["pid"]


def test_graceful_stop_watches_to_the_end_and_leaves_nothing(serve):
    server = serve()
    with clients.stopped_reader(server) as client:
        server.log.end_begins()
        server.signal(signal.SIGWINCH)
        server.log.expect(r"SW200 stuck .*phase=connections ")
        assert not server.has_ended()
        server.watcher()
        client.close()
        wait_for(server.has_ended, "httpd to end")
    wait_for(lambda: not server.all_processes(), "all processes to be gone")


def test_stop_while_stuck_leaves_nothing(serve):
    server = serve()
    with clients.stopped_reader(server):
        server.reload()
        server.log.expect(r"SW200 stuck ")
        # httpd takes its time before it kills a child that drains.
        server.log.claim(r"AH0004[56]: child process \d+ still did not exit")
        server.stop()
    wait_for(lambda: not server.all_processes(), "all processes to be gone")


def test_restart_after_restart_is_watched(serve):
    server = serve()
    server.log.claim(r"AH03092: process_lingering_close")  # httpd's own haste
    for _ in range(3):
        old = server.watcher()
        server.restart()
        server.wait_report(lambda r: r["watcher"]["pid"] != old, "a report of the new watcher")
    server.watcher()
