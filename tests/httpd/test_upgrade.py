# SPDX-License-Identifier: Apache-2.0
"""Another build of the module is installed under a server that runs."""

from pathlib import Path

import pytest

import clients
import httpd_conf
import scrape
from another_build import install, make_another
from deaths import kill_and_await_successor
from socket_client import path_of, wait_answer
from waiting import wait_for

pytestmark = pytest.mark.skipif(httpd_conf.IS_INSTRUMENTED, reason="of the module as it is shipped")
VERSION = ("src/render/metrics.cpp", "word_value(SW_VERSION)", 'word_value("9.9.9")')
FORM = [("src/core/engine.cpp", "uint64_t{2} << 48", "uint64_t{99} << 48"),
        ("src/core/report.cpp", "(2U << 24)", "(99U << 24)")]
RETAINED = ("src/httpd/keeper.c", "sizeof(sw_retained_t) << 8 | 1",
            "sizeof(sw_retained_t) << 8 | 99")
HTTP = [("src/http/http.c", ".abi = SW_HTTP_ABI", ".abi = 99"),
        ("src/httpd/service.c", "SW_HTTP_ABI", "99")]


class Installed:
    """A server whose module lies where packages would put it."""

    def __init__(self, make, tmp_path):
        self.build = tmp_path
        self.server = make()
        self.directory = self.server.root / "modules"
        self.directory.mkdir()
        self.server.rewrite(str(httpd_conf.MODULE), str(self.directory / httpd_conf.MODULE.name))
        install(httpd_conf.BUILD, self.directory)
        self.server.start_watched()

    def upgrade(self, *edits):
        install(make_another(self.build, edits), self.directory)

    def version(self):
        _, families = scrape.read(self.server)
        return families["slotwatch_build"].samples[0].labels["version"]


@pytest.fixture
def installed(make, tmp_path):
    return Installed(make, tmp_path)


def test_upgrade_is_picked_up_by_a_reload_and_nothing_known_is_lost(installed):
    server = installed.server
    with clients.stopped_reader(server) as client:
        server.reload()
        incident = server.log.expect(r"SW200 stuck incident=(\w{16}) ")[1]
        before = server.wait_slot(state="stuck")
        installed.upgrade(VERSION)
        assert installed.version() != "9.9.9"
        server.reload()
        wait_for(lambda: installed.version() == "9.9.9", "the new build")
        after = server.wait_slot(state="stuck", pid=before["pid"])
        assert after["incident"] == incident
        assert after["draining_seconds"] > before["draining_seconds"]
        assert after["judged_by"] == "agent"  # that of the old build
        client.close()
        server.log.expect(rf"SW202 cleared incident={incident} ")
    assert server.log.count("SW200 ") == 1
    assert not server.log.lines("SW105|SW4")
    assert ".so (deleted)" not in Path(f"/proc/{server.parent}/maps").read_text()


def test_upgrade_that_remembers_otherwise_begins_anew_and_so_does_the_way_back(installed):
    server = installed.server
    with clients.stopped_reader(server):
        server.reload()
        server.log.expect(r"SW200 stuck ")
        before = server.wait_slot(state="stuck")
        installed.upgrade(*FORM)
        server.reload()
        server.log.expect(r"\[slotwatch:notice\].* SW105 state-formatted ")
        server.log.expect(r"SW200 stuck ")
        after = server.wait_slot(state="stuck", pid=before["pid"])
        assert after["incident"] != before["incident"]
        assert wait_answer(path_of(server))
        install(httpd_conf.BUILD, installed.directory)
        server.reload()
        server.log.expect(r"SW105 state-formatted ")
        server.log.expect(r"SW200 stuck ")
        server.wait_slot(state="stuck", pid=before["pid"])
    server.log.claim("SW202 ")


def test_upgrade_that_retains_otherwise_watches_and_answers_at_the_socket(installed):
    server = installed.server
    former = server.watcher()
    installed.upgrade(RETAINED, VERSION)
    server.reload()
    server.log.expect(rf"AH00488: long lost child came home! \(pid {former}\)")
    wait_for(lambda: installed.version() == "9.9.9", "the new build")
    assert wait_answer(path_of(server))
    assert server.report()["watcher"]["pid"] == server.watcher()


def test_watcher_that_dies_before_the_reload_watches_on_without_a_socket(installed):
    server = installed.server
    installed.upgrade(*HTTP)
    kill_and_await_successor(server)
    server.log.expect(r"\[slotwatch:warn\].* SW410 http-unavailable abi=99 expected=\d+ ")
    assert server.report()["watcher"]["pid"] == server.watcher()
    server.reload()
    assert wait_answer(path_of(server))
