# SPDX-License-Identifier: Apache-2.0
"""The rule of the error log, tried on logs that are written for it; npm without a registry."""

import os
import shutil
import subprocess

import pytest

import processes
import tool
from error_log import ErrorLog
from harness import reserve_port
from httpd_conf import REPOSITORY
from waiting import PATIENCE_SECONDS

HEAD = "[Tue Nov 24 11:00:00.000000 2026] "
NOTICE = HEAD + "[mpm_event:notice] [pid 7:tid 7] AH00489: Apache configured -- resuming\n"
STUCK = HEAD + "[slotwatch:warn] [pid 8:tid 8] SW200 stuck incident=0123456789abcdef slot=0\n"
CLEARED = HEAD + "[slotwatch:notice] [pid 8:tid 8] SW202 cleared incident=0123456789abcdef\n"


@pytest.fixture
def log(tmp_path):
    return ErrorLog(tmp_path / "error.log")


@pytest.mark.parametrize("line", [
    STUCK, CLEARED, HEAD + "[core:warn] [pid 7] AH00098: pid file overwritten\n",
    HEAD + "[core:notice] [pid 7:tid 7] AH00052: child pid 9 exit signal Segmentation fault (11)\n",
    HEAD + "[core:notice] [pid 7:tid 7] AH00488: long lost child came home! (pid 9)\n",
    HEAD + "[slotwatch:info] [pid 8:tid 8] SW999 unheard-of\n", "httpd: Assertion failed\n",
])
def test_line_that_matters_must_be_claimed(log, line):
    log.path.write_text(NOTICE + line + NOTICE)
    assert log.unclaimed() == [line.rstrip("\n")]


def test_ordinary_lines_need_no_claim(log):
    log.path.write_text(
        NOTICE + HEAD + "[slotwatch:notice] [pid 8:tid 8] SW100 watcher-started pid=8 \n")
    assert log.unclaimed() == []


def test_expected_line_is_claimed_once(log):
    log.path.write_text(STUCK + STUCK)
    log.expect("SW200 stuck")
    assert log.unclaimed() == [STUCK.rstrip("\n")]
    log.expect("SW200 stuck")
    assert log.unclaimed() == []


def test_expected_line_that_does_not_come_fails(log):
    log.path.write_text(STUCK)
    log.expect("SW200 stuck")
    with pytest.raises(AssertionError, match="SW200"):
        log.expect("SW200 stuck", seconds=0.1)


def test_cleared_is_claimed_only_while_the_server_stops(log):
    log.path.write_text(CLEARED)
    log.end_begins()
    assert log.unclaimed() == [CLEARED.rstrip("\n")]
    log.path.write_text(CLEARED + CLEARED + STUCK)
    assert log.unclaimed() == [CLEARED.rstrip("\n"), STUCK.rstrip("\n")]


def test_socket_closed_under_a_worker_is_claimed_only_while_the_server_stops(log):
    closed = HEAD + ("[mpm_event:error] [pid 7:tid 9] (9)Bad file descriptor: AH03092: "
                     "process_lingering_close: apr_pollset_add failure\n")
    log.path.write_text(closed)
    log.end_begins()
    log.path.write_text(closed + closed)
    assert log.unclaimed() == [closed.rstrip("\n")]


def test_line_that_is_being_written_is_not_read(log):
    log.path.write_text(NOTICE + STUCK.rstrip("\n"))
    assert log.count("SW200") == 0


def test_crash_of_a_young_child_is_claimed_only_while_the_server_stops(log):
    crash = HEAD + ("[core:notice] [pid 7:tid 7] AH00052: child pid 9 exit signal "
                    "Segmentation fault (11)\n")
    log.path.write_text(crash)
    log.end_begins(old={8})
    assert log.unclaimed() == [crash.rstrip("\n")]
    log.path.write_text(crash + crash)
    assert log.unclaimed() == [crash.rstrip("\n")]


def test_crash_of_an_old_child_is_never_claimed(log):
    crash = HEAD + ("[core:notice] [pid 7:tid 7] AH00052: child pid 9 exit signal "
                    "Segmentation fault (11)\n")
    log.path.write_text(NOTICE)
    log.end_begins(old={8, 9})
    log.path.write_text(NOTICE + crash)
    assert log.unclaimed() == [crash.rstrip("\n")]


def test_age_of_a_process_is_told_from_its_start():
    assert processes.age_seconds(1) > processes.age_seconds(os.getpid()) > 0
    assert processes.age_seconds(0) == 0


def test_npm_that_reaches_no_registry_says_so_soon(tmp_path):
    tool.tool("npm", "npm")
    (tmp_path / "tests").mkdir()
    script = shutil.copy(REPOSITORY / "tests" / "npm.sh", tmp_path / "tests")
    with reserve_port() as holder:
        registry = f"http://127.0.0.1:{holder.getsockname()[1]}/"
        done = subprocess.run([script, "axe-core"], capture_output=True, text=True, check=False,
                              timeout=PATIENCE_SECONDS,
                              env={**os.environ, "npm_config_registry": registry})
    assert done.returncode == 1
    assert "npm cannot fetch axe-core: " in done.stderr and "ECONNREFUSED" in done.stderr
    assert not list((tmp_path / "build" / "npm").iterdir())
