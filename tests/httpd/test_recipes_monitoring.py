# SPDX-License-Identifier: Apache-2.0
"""Monitoring: Icinga 2 and Nagios in earnest, each with its own user."""

import re
import shlex
import shutil

import pytest

import tool
from ctl import PROGRAM, Ctl
from outage import SMALL, outage
from waiting import wait_for

INSTALLED = "/usr/bin/slotwatchctl"
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
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


NAGIOS = """
log_file={place}/log
cfg_file=/etc/nagios4/objects/commands.cfg
cfg_file=/etc/nagios4/objects/contacts.cfg
cfg_file=/etc/nagios4/objects/timeperiods.cfg
cfg_file=/etc/nagios4/objects/templates.cfg
cfg_file={place}/slotwatch.cfg
object_cache_file={place}/objects
status_file={place}/status
check_result_path={place}
lock_file={place}/pid
temp_file={place}/temp
temp_path={place}
query_socket={place}/query
nagios_user=nagios
nagios_group=nagios
interval_length=1
status_update_interval=1
check_external_commands=0
illegal_macro_output_chars=`~$&|'"<>
enable_notifications=0
"""
LOCALHOST = """
define host {
    host_name localhost
    max_check_attempts 1
    contact_groups admins
}
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


def test_nrpe_command_gives_up_before_check_nrpe(shared):
    line = re.search(r"command\[check_slotwatch\]=(.*)", tool.recipe("nagios.cfg"))[1]
    program, *arguments = shlex.split(line)
    assert program == INSTALLED
    assert int(arguments[arguments.index("-t") + 1]) < 10
    assert Ctl(socket_of(shared)).run(*arguments).code == 0


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


def told_of_the_outage(server, said, state):
    """@param state: what was told last, as a word and what the plugin said"""
    wait_for(lambda: state().startswith("OK SLOTWATCH OK - ok: "), said)
    with outage(server):
        server.log.expect(r"SW211 full ")
        wait_for(lambda: state().startswith("CRITICAL SLOTWATCH CRITICAL - full: 0 of 2 "), said)
    server.log.expect(r"SW212 restored ")
    wait_for(lambda: state().startswith("OK SLOTWATCH OK - ok: "), said)


# ---- Nagios ----

def nagios_files(place, socket):
    """Its configuration, in which a minute is a second. @return the main file"""
    place.chmod(0o777)  # it becomes another user
    recipe = tool.recipe("nagios.cfg", (f"{INSTALLED} check",
                                        f"{shutil.copy(PROGRAM, place)} check --socket {socket}"))
    (place / "slotwatch.cfg").write_text(recipe + LOCALHOST)
    (place / "nagios.cfg").write_text(NAGIOS.format(place=place))
    return place / "nagios.cfg"


def nagios_state(place):
    """The service's, which it would tell of, as its file of status has it."""
    path = place / "status"
    text = path.read_text() if path.exists() else ""
    found = re.search(r"^servicestatus .*?last_hard_state=(\d).*?plugin_output=([^\n]*)", text,
                      re.DOTALL | re.MULTILINE)
    return f"{STATES[int(found[1])]} {found[2]}" if found else ""


def test_nagios_tells_the_outage_and_the_end(serve, place):
    program = tool.tool("nagios4", "nagios4-core")
    server = serve(**SMALL, SlotWatchSocket="slotwatch.sock nagios")
    conf = nagios_files(place, socket_of(server))
    code, said = tool.run(program, "-v", conf)
    assert code == 0 and "Total Warnings: 0" in said, said
    with tool.running(place, program, conf) as said:
        told_of_the_outage(server, said, lambda: nagios_state(place))


# ---- Icinga 2 ----

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
            ("check_interval = 1m", "check_interval = 1s"),
            ("retry_interval = 15s", "retry_interval = 1s"))
        self.conf = place / "icinga2.conf"
        self.conf.write_text(text)

    def command(self, *arguments):
        defines = [f"-D{name}={self.place / path}" for name, path in DIRECTORIES.items()]
        return [self.program, "daemon", *arguments, "-c", self.conf, *defines]

    def results(self):
        """What checks came to, so far."""
        paths = sorted((self.place / "spool").glob("result*"))
        return "".join(path.read_text() for path in paths)

    def state(self):
        """What the last one came to."""
        return (self.results().splitlines() or [""])[-1].replace(":", "", 1)


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


def test_icinga_tells_the_outage_and_the_end(program, serve, place):
    server = serve(**SMALL, SlotWatchSocket="slotwatch.sock nagios")
    icinga = Icinga(program, place, socket_of(server))
    with tool.running(place, *icinga.command()) as said:
        told_of_the_outage(server, said, icinga.state)
