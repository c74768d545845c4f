# SPDX-License-Identifier: Apache-2.0
"""Monitoring: Icinga 2 in earnest, Nagios by its command line."""

import re
import shlex
import shutil

import pytest

import tool
from ctl import PROGRAM, Ctl
from outage import SMALL, outage
from waiting import wait_for

INSTALLED = "/usr/bin/slotwatchctl"
# What the plugins' guidelines let a program say, and Nagios and Icinga read.
PLUGIN = re.compile(r"SLOTWATCH (?P<word>\w+) - [^|\n]+"
                    r" \| (?P<data>('[^']+'|[a-z_]+)=[-0-9.]+(s|B|%|c)?(;[^; ]*){0,4}( |$))+")
DIRECTORIES = {"DataDir": "data", "LogDir": "log", "CacheDir": "cache", "InitRunDir": "run",
               "SpoolDir": "spool"}
HOST = """
const NodeName = "www1"
include <itl>
object CheckerComponent "checker" {{ }}
object PerfdataWriter "perfdata" {{
  service_perfdata_path = "{place}/spool/result"
  service_temp_path = "{place}/spool/new"
  service_format_template = "$service.state$: $service.output$ | $service.perfdata$"
  rotation_interval = 1s
}}
object Host "www1" {{
  check_command = "passive"
  enable_active_checks = false
  vars.slotwatch = true
  vars.slotwatch_socket = "{socket}"
  {ranges}
}}
"""


def socket_of(server):
    return server.root / "run" / "slotwatch.sock"


def nagios_command(arguments=""):
    """As Nagios splits it."""
    line = re.search(r"command_line +(.*)", tool.recipe("nagios.cfg"))[1]
    program, *rest = shlex.split(line.replace("$ARG1$", arguments))
    assert program == INSTALLED
    return rest


@pytest.mark.parametrize("arguments, code, word", [
    ("", 0, "OK"), ("--metric free -w 4: -c 1:", 1, "WARNING"), ("-c 4:", 2, "CRITICAL"),
])
def test_nagios_command_says_what_plugins_say(shared, arguments, code, word):
    done = Ctl(socket_of(shared)).run(*nagios_command(arguments))
    assert (done.code, done.err) == (code, "")
    assert PLUGIN.fullmatch(done.line())["word"] == word


def test_nagios_command_knows_the_outage_and_the_end(serve):
    server = serve(**SMALL)
    ctl = Ctl(socket_of(server))
    with outage(server):
        server.log.expect(r"SW211 full ")
        assert ctl.run(*nagios_command()).code == 2
    server.log.expect(r"SW212 restored ")
    server.stop()
    done = ctl.run(*nagios_command())
    assert (done.code, done.line()[:20]) == (3, "SLOTWATCH UNKNOWN - ")


@pytest.fixture
def program():
    """Icinga's, which brings its user and group."""
    return tool.tool("icinga2", "icinga2-bin")


class Icinga:
    """Its configuration: one host, and the recipe, in a hurry."""

    def __init__(self, program, place, socket, ranges=""):
        self.program = program
        self.place = place
        for name in DIRECTORIES.values():
            (place / name).mkdir()
            (place / name).chmod(0o777)  # it becomes another user
        text = HOST.format(place=place, socket=socket, ranges=ranges) + tool.recipe(
            "icinga2.conf", (INSTALLED, shutil.copy(PROGRAM, place)),
            ("check_interval = 1m", "check_interval = 1s"))
        self.conf = place / "icinga2.conf"
        self.conf.write_text(text)

    def command(self, *arguments):
        defines = [f"-D{name}={self.place / path}" for name, path in DIRECTORIES.items()]
        return [self.program, "daemon", *arguments, "-c", self.conf, *defines]

    def results(self):
        """What checks came to, so far."""
        return "".join(path.read_text() for path in (self.place / "spool").glob("result*"))


def test_icinga_takes_the_recipe(program, place):
    icinga = Icinga(program, place, place / "no.sock")
    code, said = tool.run(*icinga.command("-C"))
    assert code == 0, said
    assert "warning" not in said.lower()
    assert "Instantiated 1 Service." in said


@pytest.mark.parametrize("ranges, state", [
    ("", "OK"), ('vars.slotwatch_metric = "free"\n vars.slotwatch_warning = "4:"', "WARNING"),
    ('vars.slotwatch_critical = "4:"', "CRITICAL"),
], ids=["ok", "warning", "critical"])
def test_icinga_checks_as_its_own_user(program, serve, place, ranges, state):
    server = serve(SlotWatchSocket="slotwatch.sock nagios")
    icinga = Icinga(program, place, socket_of(server), ranges)
    with tool.running(place, *icinga.command()) as said:
        results = wait_for(icinga.results, said)
    assert results.startswith(f"{state}: SLOTWATCH {state} - "), results
    assert " | free=3;" in results.splitlines()[0]
