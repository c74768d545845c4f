# SPDX-License-Identifier: Apache-2.0
"""What conf/reload and docs/reloads.md promise, with the real tools."""

import os
import re
import shutil
import signal
import subprocess

import pytest

import clients
from ctl import PROGRAM
from harness import RESUMED
from httpd_conf import REPOSITORY
from waiting import PATIENCE_SECONDS, wait_for

FILES = REPOSITORY / "conf" / "reload"
# Two slots: where an old child holds one and a new one serves, a reload finds no room.
TWO_SLOTS = {"ServerLimit": 2, "MaxRequestWorkers": 8, "MinSpareThreads": 1}


class Place:
    """A server, and the commands that the scripts call, as its host would have them."""

    def __init__(self, server):
        self.server = server
        self.bin = server.root / "bin"
        self.bin.mkdir()
        self.client = None
        (self.bin / "slotwatchctl").symlink_to(PROGRAM)
        apachectl = self.bin / "apachectl"
        apachectl.write_text(f"#!/bin/sh\nkill -{int(signal.SIGUSR1)} {server.parent}\n")
        apachectl.chmod(0o755)
        self.environment = {"PATH": f"{self.bin}:/usr/sbin:/usr/bin:/sbin:/bin",
                            "SLOTWATCH_SOCKET": str(server.root / "run" / "slotwatch.sock")}

    def run(self, *command):
        return subprocess.run(list(map(str, command)), env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS, check=False)

    def reloads(self):
        return self.server.log.count(RESUMED)

    def hold(self):
        """An old child in the one slot, a new one in the other."""
        self.server.log.claim(r"SW21[012] |AH03490: scoreboard is full")
        self.client = clients.slow_download(self.server)
        self.server.reload()
        self.server.wait_report(lambda r: r["capacity"]["reloads_left"] == 0, "no room")

    def close(self):
        if self.client is not None:
            self.client.close()

    def release(self):
        self.close()
        self.server.wait_report(lambda r: r["capacity"]["reloads_left"] > 0, "room")


@pytest.fixture
def place(serve):
    made = Place(serve(**TWO_SLOTS, SlotWatchStall=0))
    yield made
    made.close()


def logrotate(place):
    """One run of it, forced. @return (what it did, the logs there are then)"""
    logs = place.server.root / "logs"
    if not logs.exists():
        logs.mkdir(mode=0o755)
        (logs / "access_log").write_text("a line\n")
        text = (FILES / "logrotate.conf").read_text()
        conf = logs.parent / "logrotate.conf"
        conf.write_text(text.replace("/var/log/httpd/*log", f"{logs}/*log"))
        conf.chmod(0o644)
    done = place.run("logrotate", "--force", "--state", logs.parent / "logrotate.state",
                     logs.parent / "logrotate.conf")
    return done, sorted(path.name for path in logs.iterdir())


def test_logrotate_puts_off_a_reload_that_would_not_fit(place):
    place.hold()
    before = place.reloads()
    done, logs = logrotate(place)
    assert done.returncode == 1, done.stdout
    assert "no: 0 of 2 slots free" in done.stdout, done.stdout
    assert "error running shared prerotate script" in done.stdout
    assert logs == ["access_log"]
    assert place.reloads() == before
    place.release()
    done, logs = logrotate(place)
    assert done.returncode == 0, done.stdout
    assert logs == ["access_log.1"]
    wait_for(lambda: place.reloads() == before + 1, "the reload")


def test_logrotate_goes_on_without_a_watcher(place):
    place.environment["SLOTWATCH_SOCKET"] = str(place.server.root / "run" / "none.sock")
    done, logs = logrotate(place)
    assert (done.returncode, logs) == (0, ["access_log.1"]), done.stdout
    wait_for(lambda: place.reloads() == 2, "the reload")


def test_script_of_httpd_prerotate_says_no_when_there_is_no_room(place):
    scripts = place.server.root / "httpd-prerotate"
    scripts.mkdir()
    shutil.copy(FILES / "httpd-prerotate", scripts / "slotwatch")
    assert place.run("run-parts", scripts).returncode == 0
    place.hold()
    done = place.run("run-parts", scripts)
    assert done.returncode == 1 and "no: " in done.stdout, done.stdout
    place.environment["SLOTWATCH_SOCKET"] += ".none"
    assert place.run("run-parts", scripts).returncode == 0


def test_reload_script_reloads_and_waits_for_the_old_children(place):
    before = place.reloads()
    done = place.run(FILES / "slotwatch-reload")
    assert done.returncode == 0, done.stdout
    assert place.reloads() == before + 1
    assert all(slot["generation"] in (None, 1) for slot in place.server.report()["slots"])


def test_reload_script_says_that_old_children_are_still_there(place):
    place.client = clients.slow_download(place.server)
    place.server.log.claim(r"SW21[012] ")
    done = place.run(FILES / "slotwatch-reload", 2)
    assert done.returncode == 2, done.stdout
    assert place.reloads() == 2


def test_reload_script_gives_up_without_room_and_reloads_when_there_is(place):
    place.hold()
    before = place.reloads()
    done = place.run(FILES / "slotwatch-reload", 1)
    assert done.returncode == 1 and "no room within 1 s" in done.stdout, done.stdout
    assert place.reloads() == before
    script = subprocess.Popen([FILES / "slotwatch-reload", "20"], env=place.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    wait_for(lambda: b"no: " in script.stdout.readline(), "its first no")
    place.release()
    output, _ = script.communicate(timeout=PATIENCE_SECONDS)
    assert script.returncode == 0, output
    assert place.reloads() == before + 1


def test_reload_script_reloads_at_once_where_slotwatchctl_is_missing(place):
    (place.bin / "slotwatchctl").unlink()  # the file that it leads to is the program itself
    (place.bin / "slotwatchctl").write_text("#!/bin/sh\nexit 127\n")
    (place.bin / "slotwatchctl").chmod(0o755)
    done = place.run(FILES / "slotwatch-reload", 1)
    assert done.returncode == 0 and "no room" not in done.stdout, done.stdout
    wait_for(lambda: place.reloads() == 2, "the reload")


def test_reload_script_reports_a_server_that_refuses(place):
    place.environment["SLOTWATCH_RELOAD"] = "false"
    assert place.run(FILES / "slotwatch-reload").returncode == 1


def reload_commands(text):
    """The commands of ExecReload=, after the last empty one, as systemd takes them."""
    commands = re.findall(r"^ExecReload=(.*)$", text, re.MULTILINE)
    return commands[len(commands) - commands[::-1].index(""):]


def test_drop_in_of_systemd_refuses_a_reload_that_would_not_fit(place):
    text = (FILES / "systemd.conf").read_text()
    text = text.replace("/usr/bin/slotwatchctl", str(place.bin / "slotwatchctl"))
    text = text.replace("/usr/sbin/apachectl", str(place.bin / "apachectl"))

    def reload():
        for command in reload_commands(text):
            code = place.run("sh", "-c", f"exec {command}").returncode
            if code != 0:
                return code
        return 0

    before = place.reloads()
    assert reload() == 0
    wait_for(lambda: place.reloads() == before + 1, "the reload")
    place.server.wait_report(lambda r: r["capacity"]["reloads_left"] > 0, "room again")
    place.hold()
    assert reload() == 1
    assert place.reloads() == before + 2  # that of hold()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_drop_in_of_systemd_is_one(tmp_path):
    unit = tmp_path / "apache2.service"
    unit.write_text("[Unit]\nDescription=httpd\n[Service]\nExecStart=/bin/true\n"
                    "ExecReload=/bin/true\n")
    drop_in = tmp_path / "apache2.service.d" / "slotwatch.conf"
    drop_in.parent.mkdir()
    text = (FILES / "systemd.conf").read_text()
    drop_in.write_text(text.replace("/usr/sbin/apachectl", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], text=True,
                          env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert "slotwatch.conf" not in done.stdout, done.stdout
