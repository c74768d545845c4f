# SPDX-License-Identifier: Apache-2.0
"""What configtest says of each directive's values."""

import pytest

INTERVAL = "SlotWatchInterval"
SPAN = "3 intervals to 7 days, or 0 for never"

# (directives, what the answer must hold)
REFUSED = [
    ({INTERVAL: "10ms"}, ["SlotWatchInterval 10ms is out of range", "100ms to 60s"]),
    ({INTERVAL: "2min"}, ["SlotWatchInterval 2min is out of range", "100ms to 60s"]),
    ({INTERVAL: "foo"}, ["SlotWatchInterval takes a time", "'foo'", "100ms to 60s"]),
    ({INTERVAL: "-1s"}, ["SlotWatchInterval", "-1s", "100ms to 60s"]),
    ({INTERVAL: "0"}, ["SlotWatchInterval 0 is out of range", "100ms to 60s"]),
    ({INTERVAL: "1s 2s"}, ["SlotWatchInterval takes one argument"]),
    ({INTERVAL: "99999999999999999999s"}, ["SlotWatchInterval", "100ms to 60s"]),
    ({INTERVAL: "1s", "SlotWatchStall": "1s"},
     ["SlotWatchStall (1s) is shorter than 3 times SlotWatchInterval (1s)", SPAN]),
    ({INTERVAL: "1s", "SlotWatchStall": 0, "SlotWatchGrace": "2s"},
     ["SlotWatchGrace (2s) is shorter than 3 times SlotWatchInterval (1s)", SPAN]),
    ({"SlotWatchStall": "-5s"}, ["SlotWatchStall", "-5s", SPAN]),
    ({"SlotWatchStall": "soon"}, ["SlotWatchStall takes a time", "'soon'", SPAN]),
    ({"SlotWatchStall": "200h"}, ["SlotWatchStall 200h is out of range", SPAN]),
    ({"SlotWatchGrace": "200h"}, ["SlotWatchGrace 200h is out of range", SPAN]),
    ({"SlotWatchStall": "10min", "SlotWatchGrace": "1min"},
     ["SlotWatchStall (600s) is longer than SlotWatchGrace (60s)",
      "3 intervals to SlotWatchGrace"]),
    ({"SlotWatchReserve": -1}, ["SlotWatchReserve -1", "auto, or 0 to"]),
    ({"SlotWatchReserve": "foo"}, ["SlotWatchReserve foo", "auto, or 0 to"]),
    ({"SlotWatchReserve": "1.5"}, ["SlotWatchReserve 1.5", "auto, or 0 to"]),
    ({"SlotWatchReserve": '""'}, ["SlotWatchReserve", "auto, or 0 to"]),
    ({"SlotWatchReserve": 5},
     ["SlotWatchReserve 5 is not less than ServerLimit 4", "auto, or 0 to 3"]),
    ({"SlotWatchReserve": 4},
     ["SlotWatchReserve 4 is not less than ServerLimit 4", "auto, or 0 to 3"]),
    ({"SlotWatchReserve": "99999999999"}, ["SlotWatchReserve 99999999999", "auto, or 0 to"]),
    ({"SlotWatchAlertRepeat": 0}, ["SlotWatchAlertRepeat 0 is out of range", "1s to 1h"]),
    ({"SlotWatchAlertRepeat": "2h"}, ["SlotWatchAlertRepeat 2h is out of range", "1s to 1h"]),
    ({"SlotWatchAlertRepeat": "x"}, ["SlotWatchAlertRepeat takes a time", "'x'", "1s to 1h"]),
    ({"SlotWatchPrivacy": "foo"},
     ["SlotWatchPrivacy foo is not known", "Full, NoQuery, NoClient, None"]),
    ({"SlotWatch": "Maybe"}, ["SlotWatch must be On or Off"]),
    ({"SlotWatchRecycle": "Maybe"}, ["SlotWatchRecycle Maybe is not known", "off, dryrun, on"]),
    ({"SlotWatchLadder": "kill backends:1s"}, ["SlotWatchLadder", "'kill' has no span", "100ms"]),
    ({"SlotWatchLadder": "clients:1s jump"}, ["'jump' is no rung", "backends, clients, kill"]),
    ({"SlotWatchLadder": "clients:10ms kill"}, ["'clients:10ms'", "100ms to 1h"]),
    ({"SlotWatchBudget": "many"}, ["SlotWatchBudget", "'many'", "30/1min"]),
    ({"SlotWatchBudget": "600/1min"}, ["SlotWatchBudget", "0 to 512"]),
    ({"SlotWatchBudget": "5/1ms"}, ["SlotWatchBudget", "1s to 24h"]),
    ({"SlotWatchMinDrain": "2h"}, ["SlotWatchMinDrain 2h is out of range", "0 to 1h"]),
    ({"SlotWatchRecycleExec": "/nonexistent"}, ["/nonexistent is no file that can be run"]),
    ({"SlotWatchRecycleExec": "/etc/passwd"}, ["/etc/passwd is no file that can be run"]),
    ({"SlotWatchProtect": '""'}, ["SlotWatchProtect takes names", "no empty one"]),
    ({"SlotWatchProtect": '/a "" /b'}, ["SlotWatchProtect takes names", "no empty one"]),
    ({"SlotWatchProtect": ""}, ["SlotWatchProtect takes names"]),
    ({"SlotWatchPrompt": "Maybe"}, ["SlotWatchPrompt must be On or Off"]),
]

ACCEPTED = [
    {INTERVAL: "100ms", "SlotWatchStall": "300ms", "SlotWatchGrace": "300ms"},
    {INTERVAL: "60s", "SlotWatchStall": "180s", "SlotWatchGrace": "168h"},
    {INTERVAL: "1", "SlotWatchStall": "3"},
    {"SlotWatchStall": 0, "SlotWatchGrace": 0},
    {"SlotWatchStall": "10min", "SlotWatchGrace": 0},
    {"SlotWatchReserve": "auto"},
    {"SlotWatchReserve": 0},
    {"SlotWatchReserve": 3},
    {"SlotWatchAlertRepeat": "1s"},
    {"SlotWatchAlertRepeat": "1h"},
    {"SlotWatchPrivacy": "nonE"},
    {"SlotWatch": "off", INTERVAL: "500ms"},
    {"SlotWatchRecycle": "DryRun"},
    {"SlotWatchRecycle": "On", "SlotWatchLadder": "backends:2s clients:2s kill:3s"},
    {"SlotWatchLadder": '"clients:1s kill"'},
    {"SlotWatchBudget": "0/24h", "SlotWatchMinDrain": 0},
    {"SlotWatchProtect": "/checkout www.example.org", "SlotWatchRecycleExec": "/bin/true"},
    {"SlotWatchPrompt": "on"},
]

SERVER_WIDE = ["SlotWatch On", "SlotWatchInterval 1s", "SlotWatchStall 30s", "SlotWatchGrace 10min",
               "SlotWatchReserve 1", "SlotWatchAlertRepeat 60s", "SlotWatchPrivacy None",
               "SlotWatchPrompt On"]


def describe(value):
    return " ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else ""


@pytest.mark.parametrize(("directives", "needles"), REFUSED, ids=describe)
def test_bad_value_is_refused_with_reason_and_range(make, directives, needles):
    server = make(**directives)
    code, output = server.run("-t")
    assert code != 0
    assert "Syntax OK" not in output
    for needle in needles:
        assert needle in output
    assert not server.all_processes()


@pytest.mark.parametrize("directives", ACCEPTED, ids=describe)
def test_good_value_is_accepted(make, directives):
    code, output = make(**directives).run("-t")
    assert (code, output.strip()) == (0, "Syntax OK")


@pytest.mark.parametrize("line", SERVER_WIDE)
@pytest.mark.parametrize("section", ["VirtualHost *:{port}", "Directory /", "Location /"])
def test_directive_in_a_section_is_refused(make, line, section):
    name = section.split()[0]
    code, output = make(conf=f"<{section}>\n{line}\n</{name}>").run("-t")
    assert code != 0
    assert f"{line.split()[0]} " in output
    assert f"<{name}>" in output or "not allowed here" in output


def test_refused_value_does_not_start_a_server(make):
    server = make(SlotWatchInterval="1s", SlotWatchStall="1s")
    code, output = server.run("-DFOREGROUND")
    assert code != 0
    assert "SlotWatchStall (1s)" in output
    assert not server.all_processes()


def test_defaults_are_those_of_the_documents(serve):
    server = serve(SlotWatchInterval=None, SlotWatchStall=None, SlotWatchGrace=None)
    watcher = server.report()["watcher"]
    assert watcher["interval_seconds"] == 1
    assert watcher["stall_seconds"] == 30
    assert watcher["grace_seconds"] == 600
    assert watcher["privacy"] == "NoQuery"
    assert watcher["mode"] == "off"
