# SPDX-License-Identifier: Apache-2.0
"""The module loads, its watcher runs beside the server, and both end."""

import pytest

import httpd_conf
import processes
from waiting import wait_for


def test_load_as_daemon_serves_and_watches(make):
    server = make().start_daemon()
    assert server.get("/small.txt").text == "small\n"
    report = server.report()
    assert report["schema"] == 1
    assert report["server"]["mpm"] == "event"
    assert report["capacity"]["slots"] == 4
    assert report["capacity"]["verdict"] == "ok"
    assert report["watcher"]["pid"] == server.watcher()
    assert report["watcher"]["judged_by"] == "agent"
    server.log.expect(rf"SW100 watcher-started pid={server.watcher()} ")


def test_stop_leaves_no_process(serve):
    server = serve()
    watcher = server.watcher()
    server.stop()
    wait_for(lambda: not server.all_processes(), "all processes to be gone")
    server.log.expect(rf"SW101 watcher-ended pid={watcher} reason=told")


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_other_mpm_is_watched(serve, mpm):
    server = serve(mpm=mpm)
    report = server.wait_report(lambda r: r["capacity"]["serving"] > 0, "a serving slot")
    assert report["server"]["mpm"] == mpm
    serving = [slot for slot in report["slots"] if slot["state"] == "serving"]
    assert {slot["pid"] for slot in serving} <= set(server.children())
    assert {len(slot["workers"]) for slot in serving} == {1 if mpm == "prefork" else 8}


def test_mpm_unknown_is_told_and_not_watched(make):
    server = make(test_module=True, conf="TestMpmName mystery").start()
    server.log.expect(r"\[slotwatch:error\].* SW112 mpm-unsupported mpm=mystery ")
    answer = server.get()
    assert answer.status_code == 503
    assert "MPM" in answer.text
    assert server.get("/small.txt").text == "small\n"
    assert not server.watchers()


def test_module_loaded_twice_is_loaded_once(serve):
    server = serve(conf=httpd_conf.load("slotwatch", httpd_conf.MODULE))
    server.watcher()
    assert "AH01574" in (server.root / "output").read_text()
    server.reload()
    server.log.expect(r"AH01574: module slotwatch_module is already loaded")
    server.wait_report(lambda r: r["watcher"]["pid"] == server.watcher(), "its report")
    server.log.claim(r"AH01574: module slotwatch_module is already loaded")


def test_listen_missing_ends_without_watcher(make):
    server = make(listen=False)
    code, output = server.run("-DFOREGROUND")
    assert code == 1
    assert "no listening sockets" in output
    wait_for(lambda: not server.all_processes(), "all processes to be gone")
    server.log.claim(r"AH00015|no listening sockets")


def test_one_process_mode_is_not_watched(make):
    server = make().start("-X")
    server.log.expect(r"SW104 watcher-not-started reason=one-process")
    answer = server.get()
    assert answer.status_code == 503
    assert "-X" in answer.text
    assert not server.watchers()


def test_configtest_starts_no_watcher(make):
    server = make()
    code, output = server.run("-t")
    assert (code, "Syntax OK" in output) == (0, True)
    assert not server.all_processes()
    assert not server.log.lines("SW")


def test_off_is_inert(make):
    server = make(SlotWatch="Off").start()
    answer = server.get()
    assert answer.status_code == 503
    assert "SlotWatch is Off" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    server.reload()
    assert not server.watchers()
    assert not server.log.lines("SW")
    assert all(processes.name_of(pid) != processes.WATCHER for pid in server.all_processes())


def test_off_then_on_at_a_reload_starts_the_watcher(make):
    server = make(SlotWatch="Off").start()
    server.rewrite("SlotWatch Off", "SlotWatch On")
    server.reload()
    assert server.report()["watcher"]["pid"] == server.watcher()


def test_on_then_off_at_a_reload_ends_the_watcher(serve):
    server = serve(SlotWatch="On")
    server.rewrite("SlotWatch On", "SlotWatch Off")
    server.reload()
    wait_for(lambda: not server.watchers(), "the watcher to end")
    wait_for(lambda: server.get().status_code == 503, "the page to have no report")


def test_reload_with_module_removed_ends_the_watcher(serve):
    server = serve()
    lines = server.conf.read_text().replace("slotwatch:info", "").splitlines()
    kept = [line for line in lines if "lotwatch_module" not in line and "SlotWatch" not in line]
    server.conf.write_text("\n".join(kept) + "\n")
    server.reload()
    wait_for(lambda: not server.watchers(), "the watcher to end")
    assert server.get("/small.txt").text == "small\n"
    # Nobody is left who knows that process: httpd tells that it does not.
    server.log.claim(r"AH00488: long lost child came home")


def test_two_servers_do_not_disturb_each_other(serve):
    one, other = serve(), serve()
    before = other.report()
    one.wait_report(lambda r: r["counters"]["frames"] > 2, "a watcher that works")
    processes.kill(one.watcher())
    one.log.expect(r"SW102 watcher-died pid=\d+ signal=9")
    one.reload()
    one.stop()
    after = other.report()
    assert other.watcher() == before["watcher"]["pid"] == after["watcher"]["pid"]
    assert after["counters"]["frames"] > before["counters"]["frames"]
    assert after["server"]["generation"] == before["server"]["generation"]
