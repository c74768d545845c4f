# SPDX-License-Identifier: Apache-2.0
"""Who reads the error log: rsyslog in earnest, and Fluent Bit where it is there; of others, which
are not Debian's, the pattern."""

import datetime
import json
import os
import re
import tomllib

import pytest

import log_lines
import tool
from httpd_conf import REPOSITORY
from outage import SMALL, outage
from waiting import wait_for

URGENT = r"SW(211|400) "
PAIR = re.compile(r'([a-z_]+)=("[^"]*"|\S+)')
HOSTILE = log_lines.TIME + (r'[slotwatch:warn] [pid 306] SW200 stuck slot=1 request="GET /a\\x22]'
                            r'\\xff= SW211 HTTP/1.1" client="::1"')

SYSLOG = """
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{place}/syslog")
"""


def patterns():
    """{whose: the pattern}, as Python spells it."""
    fluent_bit = re.search(r"^ *Regex +(\^.*)$", tool.recipe("fluent-bit-parsers.conf"),
                           re.MULTILINE)[1]
    source = tomllib.loads(tool.recipe("vector.toml"))["transforms"]["slotwatch"]["source"]
    return {"fluent-bit": fluent_bit.replace("(?<", "(?P<"),
            "vector": re.search(r"parse_regex\(\.message, r'(.*)'\)", source)[1]}


@pytest.mark.parametrize("whose", ["fluent-bit", "vector"])
def test_pattern_takes_each_line_apart(whose):
    pattern = re.compile(patterns()[whose])
    lines = log_lines.ours()
    assert len({number for number, _ in lines}) > 30
    for number, line in lines:
        found = pattern.fullmatch(line)
        assert found, line
        assert (found["id"], found["writer"]) == (number, "306")
        assert found["level"] == log_lines.levels()[int(number[2:])]
        assert not PAIR.sub("", found["pairs"]).strip(), line
        assert not PAIR.search(found["text"] or ""), line
        assert bool(found["of"]) == (number == "SW305")
        assert not found["of"] or found["slot"] and found["pid"]


@pytest.mark.parametrize("whose", ["fluent-bit", "vector"])
def test_pattern_takes_no_line_of_others(whose):
    assert not [line for line in log_lines.others() if re.match(patterns()[whose], line)]


def fluent_bit_records(place, lines):
    """What it makes of them on a server in Berlin."""
    program = tool.tool("fluent-bit", None)
    (place / "log").write_text("\n".join(lines) + "\n")
    (place / "fluent-bit-parsers.conf").write_text(tool.recipe("fluent-bit-parsers.conf"))
    (place / "conf").write_text(tool.recipe(
        "fluent-bit.conf",
        ("/var/log/apache2/error.log", "log\n    Exit_On_Eof On\n    Read_From_Head On"),
        ("stdout", "stdout\n    Format json_lines")))
    code, said = tool.run(program, "-q", "-c", "conf", cwd=place,
                          env={**os.environ, "TZ": "Europe/Berlin"})
    assert code == 0, said
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_fluent_bit_makes_fields_of_keys_alone(place):
    ours = log_lines.ours()
    *records, hostile = fluent_bit_records(
        place, [line for _, line in ours] + log_lines.others() + [HOSTILE])
    assert [record["id"] for record in records] == [number for number, _ in ours]
    for record in records:
        assert all(isinstance(value, str) for name, value in record.items() if name != "date")
        assert len(record) < 30, record
    assert (hostile["request"], hostile["client"]) == (r"GET /a\x22]\xff= SW211 HTTP/1.1", "::1")
    told = datetime.datetime.fromtimestamp(hostile["date"], datetime.timezone.utc)
    assert told.isoformat() == "2026-11-24T21:29:28.358320+00:00"


def journal_pattern():
    """What docs/recipes.md greps the journal for."""
    text = (REPOSITORY / "docs" / "recipes.md").read_text()
    return re.search(r"journalctl -t httpd -g '([^']*)'", text)[1]


@pytest.mark.parametrize("time", ["", log_lines.TIME], ids=["syslog", "stderr"])
def test_journal_is_searched_for_our_lines_alone(time):
    """With ErrorLog syslog a line has no time of httpd's."""
    pattern = re.compile(journal_pattern())
    assert all(pattern.search(line) for _, line in log_lines.ours(time))
    assert not [line for line in log_lines.others(time) if pattern.search(line)]


def test_rsyslog_takes_the_recipe(place):
    rsyslogd = tool.tool("rsyslogd", "rsyslog")
    conf = place / "rsyslog.conf"
    conf.write_text(f'global(workDirectory="{place}")\n' + tool.recipe("rsyslog.conf"))
    code, said = tool.run(rsyslogd, "-N1", "-f", conf)
    assert code == 0, said


def rsyslog_conf(place, log):
    """The recipe; what is told to whoever is logged in goes to a file.
    @param log: the error log, or None where httpd logs to syslog"""
    source = ("/var/log/apache2/error.log", log) if log else ("#if ", "if ")
    text = tool.recipe(
        "rsyslog.conf", source, ("/var/log/slotwatch.log", place / "slotwatch.log"),
        ('type="omusrmsg" users="*"', f'type="omfile" file="{place}/urgent" template="slotwatch"'))
    if log is None:
        text = SYSLOG.format(place=place) + re.sub("(?m)^(module|input).*\n", "", text)
    return f'global(workDirectory="{place}")\n{text}'


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def test_rsyslog_keeps_our_lines_and_tells_the_urgent(serve, place):
    rsyslogd = tool.tool("rsyslogd", "rsyslog")
    server = serve(**SMALL)
    conf = place / "rsyslog.conf"
    conf.write_text(rsyslog_conf(place, server.log.path))
    with tool.running(place, rsyslogd, "-n", "-f", conf, "-i", place / "pid") as said:
        with outage(server):
            server.log.expect(r"SW211 full ")
            with open(server.log.path, "a") as log:
                log.writelines(line + "\n" for line in log_lines.others())
            server.log.claim(r"SW211 full incident=1$|AH03490|AH01630|AH01215|^$")
            server.log.expect(r"SW200 stuck ")
        server.log.expect(r"SW212 restored ")
        wait_for(lambda: any("SW212" in line for line in lines_of(place / "slotwatch.log")), said)
    kept, urgent = lines_of(place / "slotwatch.log"), lines_of(place / "urgent")
    ours = [line for _, line in server.log.lines(r"^\[[^]]*\] \[slotwatch:\w+\] \[pid [^]]*\] SW")]
    assert kept == ours[:len(kept)]
    assert urgent == [line for line in kept if re.search(URGENT, line)]
    assert urgent


def test_rsyslog_takes_our_lines_from_syslog(place):
    rsyslogd = tool.tool("rsyslogd", "rsyslog")
    conf, given = place / "rsyslog.conf", place / "lines"
    conf.write_text(rsyslog_conf(place, None))
    ours = [line for _, line in log_lines.ours(time="")]
    given.write_text("\n".join([*log_lines.others(time=""), *ours]) + "\n")
    with tool.running(place, rsyslogd, "-n", "-f", conf, "-i", place / "pid") as said:
        wait_for((place / "syslog").exists, said)
        code, trouble = tool.run("logger", "-u", place / "syslog", "-t", "httpd", "-f", given)
        assert code == 0, trouble
        wait_for(lambda: len(lines_of(place / "slotwatch.log")) >= len(ours), said)
    assert lines_of(place / "slotwatch.log") == [" " + line for line in ours]
    assert all(re.search(URGENT, line) for line in lines_of(place / "urgent"))
    assert lines_of(place / "urgent")
