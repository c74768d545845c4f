# SPDX-License-Identifier: Apache-2.0
"""The failure itself: a reload loop under held connections, told from its beginning to its end."""

import os
import re
import signal

import clients
from httpd_conf import STALL_SECONDS
from waiting import wait_for

# httpd's own complaints when no slot is left.
SCOREBOARD_FULL = r"AH0(3490|0485|3289|0484)\b"


def hold_and_reload(server, held):
    """One more child that will not end. The last one leaves no worker to ask."""
    held.append(clients.stopped_reader(server))
    server.reload()


def test_reload_loop_is_told_from_begin_to_end(serve):
    server = serve()
    held = []
    for _ in range(3):
        hold_and_reload(server, held)
        server.wait_report(lambda r: r["capacity"]["serving"] == 1, "the new generation")
    server.log.expect(r"\[slotwatch:warn\].* SW210 tight incident=\w{16} ")
    hold_and_reload(server, held)
    told = {}
    for _ in held:
        line = server.log.expect(r"SW200 stuck incident=(\w{16}) slot=(\d+) ")
        told[line[2]] = line[1]
    assert sorted(told) == ["0", "1", "2", "3"]
    full = server.log.expect(r"\[slotwatch:error\].* SW211 full incident=(\w{16}) ")
    for client in held:
        client.close()
    for slot, incident in told.items():
        server.log.expect(rf"\[slotwatch:notice\].* SW202 cleared incident={incident} slot={slot} ")
    server.log.expect(rf"\[slotwatch:notice\].* SW212 restored incident={full[1]} ")
    server.wait_report(lambda r: r["capacity"]["free"] == 3 and r["capacity"]["verdict"] == "ok",
                       "three free slots")
    server.log.claim(SCOREBOARD_FULL)


def test_outage_is_told_while_no_worker_answers(serve):
    server = serve(SlotWatchAlertRepeat="1s")
    held = []
    for reload in range(4):
        hold_and_reload(server, held)
        if reload < 3:
            server.wait_report(lambda r: r["capacity"]["serving"] == 1, "the new generation")
    server.log.expect(r"SW211 full ")
    with clients.waiting_request(server, "/small.txt") as visitor:
        visitor.socket.settimeout(STALL_SECONDS)
        try:
            answer = visitor.read()
        except TimeoutError:
            answer = b""
        assert answer == b"", "the outage was not provoked"
    repeats = wait_for(lambda: server.log.lines(r"SW211 full ")[1:], "SW211 to be repeated")
    assert repeats
    server.log.claim(r"SW(200|201|202|210|211|212) |" + SCOREBOARD_FULL)
    for client in held:
        client.close()
    server.log.expect(r"SW212 restored ")


def test_stuck_slot_is_repeated_at_doubling_distances(serve):
    server = serve(SlotWatchAlertRepeat="1s")
    with clients.stopped_reader(server) as client:
        server.reload()
        first = server.log.expect(r"SW200 stuck incident=(\w{16}) .*draining_seconds=([\d.]+)")
        at = [float(first[2])]
        for _ in range(3):
            line = server.log.expect(
                rf"\[slotwatch:warn\].* SW201 still-stuck incident={first[1]} "
                r".*draining_seconds=([\d.]+)")
            at.append(float(line[1]))
        gaps = [later - earlier for earlier, later in zip(at, at[1:])]
        for gap, least in zip(gaps, (1, 2, 4)):
            assert gap >= least - 0.2
        server.log.claim(r"SW201 ")
        client.close()
        server.log.expect(rf"SW202 cleared incident={first[1]} ")
    assert server.log.count("SW200 ") == 1


def test_tight_is_told_and_restored(serve):
    server = serve(SlotWatchReserve=3, MaxRequestWorkers=8)
    with clients.stopped_reader(server) as client:
        server.reload()
        tight = server.log.expect(r"SW210 tight incident=(\w{16}) ")
        report = server.wait_report(lambda r: r["capacity"]["verdict"] == "tight", "tight")
        assert report["capacity"]["reserve"] == 3
        assert report["capacity"]["reloads_left"] == 0
        client.close()
        server.log.expect(rf"SW212 restored incident={tight[1]} ")
    server.log.claim(r"SW20[02] ")


def test_grace_decides_though_it_moves(serve):
    """Requests go on ending on a child that drains: no stall, but no end either."""
    server = serve(SlotWatchStall=0, SlotWatchGrace="1s")
    with clients.slow_download(server) as client:
        server.reload()
        server.log.expect(r"SW200 stuck .*reason=grace ")
        client.close()
        server.log.expect(r"SW202 cleared ")


def test_never_stuck_when_both_are_never(serve):
    server = serve(SlotWatchStall=0, SlotWatchGrace=0)
    with clients.stopped_reader(server):
        server.reload()
        slot = server.wait_slot(state="draining", phase="connections")
        server.wait_report(
            lambda r: r["slots"][slot["slot"]]["draining_seconds"] > STALL_SECONDS, "time to pass")
        assert not server.log.lines(r"SW20\d")


def test_alert_line_has_the_keys_in_order(serve):
    server = serve()
    with clients.slow_download(server) as client:
        server.reload()
        line = server.log.expect(r"SW200 stuck .*$")[0]
        keys = re.findall(r"(\w+)=", re.sub(r'"[^"]*"', "", line))
        assert keys == ["incident", "slot", "pid", "generation", "phase", "trigger", "reason",
                        "draining_seconds", "stalled_seconds", "workers", "judged_by", "busy",
                        "request", "client", "vhost"]
        assert 'request="GET /packed HTTP/1.1" client="127.0.0.1" vhost="slotwatch.test' in line
        client.close()
        server.log.expect(r"SW202 ")


def test_generation_is_listed_until_it_has_drained(serve):
    server = serve()
    with clients.stopped_reader(server) as client:
        server.reload()
        report = server.wait_report(lambda r: r["generations"], "an old generation")
        assert report["generations"][0]["generation"] == 0
        assert report["generations"][0]["slots"] == 1
        client.close()
        server.log.expect(r"\[slotwatch:info\].* SW220 generation-drained .*generation=0 ")
        assert server.wait_report(lambda r: not r["generations"], "no old generation")
    server.log.claim(r"SW20[02] ")


def test_no_slack_names_the_server_limit_needed(serve):
    server = serve(MaxRequestWorkers=32)
    line = server.log.expect(r"\[slotwatch:warn\].* SW110 no-slack .*")[0]
    assert "server_limit=4 " in line
    assert "server_limit_needed=5 " in line
    server.reload()
    server.report()
    assert server.log.count("SW110") == 1


def test_no_slack_is_not_told_with_what_it_asked_for(serve):
    server = serve(MaxRequestWorkers=32, ServerLimit=5)
    server.watcher()
    assert not server.log.lines("SW110")


def test_signal_from_outside_does_not_end_the_watcher(serve):
    server = serve()
    watcher = server.watcher()
    for sig in (signal.SIGHUP, signal.SIGUSR1, signal.SIGWINCH, signal.SIGINT, signal.SIGPIPE):
        os.kill(watcher, sig)
    frames = server.report()["counters"]["frames"]
    server.wait_report(lambda r: r["counters"]["frames"] > frames + 2, "frames")
    assert server.watcher() == watcher
