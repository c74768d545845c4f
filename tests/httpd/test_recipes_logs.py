# SPDX-License-Identifier: Apache-2.0
"""Who reads the error log: rsyslog in earnest; of others, which are not Debian's, the pattern."""

import re
import tomllib

import pytest

import log_lines
import tool
from httpd_conf import REPOSITORY
from outage import SMALL, outage
from waiting import wait_for

URGENT = r"SW(211|304|310|400) "
PAIR = re.compile(r'([a-z_]+)=("[^"]*"|\S+)')


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
        assert PAIR.match(found["pairs"]), line


@pytest.mark.parametrize("whose", ["fluent-bit", "vector"])
def test_pattern_takes_no_line_of_others(whose):
    assert not [line for line in log_lines.others() if re.match(patterns()[whose], line)]


def journal_pattern():
    """What docs/recipes.md greps the journal for."""
    text = (REPOSITORY / "docs" / "recipes.md").read_text()
    return re.search(r"journalctl -t httpd -g '([^']*)'", text)[1]


def test_journal_is_searched_for_our_lines_alone():
    """With ErrorLog syslog a line has no time of httpd's."""
    pattern = re.compile(journal_pattern())
    assert all(pattern.search(line) for _, line in log_lines.ours(time=""))
    assert not [line for line in log_lines.others(time="") if pattern.search(line)]


def test_rsyslog_takes_the_recipe(place):
    rsyslogd = tool.tool("rsyslogd", "rsyslog")
    conf = place / "rsyslog.conf"
    conf.write_text(f'global(workDirectory="{place}")\n' + tool.recipe("rsyslog.conf"))
    code, said = tool.run(rsyslogd, "-N1", "-f", conf)
    assert code == 0, said


def rsyslog_conf(place, log):
    """The recipe; what is told to whoever is logged in goes to a file."""
    return f'global(workDirectory="{place}")\n' + tool.recipe(
        "rsyslog.conf", ("/var/log/apache2/error.log", log),
        ("/var/log/slotwatch.log", place / "slotwatch.log"),
        ('type="omusrmsg" users="*"', f'type="omfile" file="{place}/urgent" template="slotwatch"'))


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
