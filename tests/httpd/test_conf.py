# SPDX-License-Identifier: Apache-2.0
"""conf/slotwatch.load and conf/slotwatch.conf, as a2enmod enables them."""

import re

import pytest

import clients
import httpd_conf

CONF = httpd_conf.REPOSITORY / "conf"
INCLUDES = """
IncludeOptional "{root}/mods-enabled/*.load"
IncludeOptional "{root}/mods-enabled/*.conf"
"""
# Who the client is, by a header: as a reverse proxy would tell.
REMOTEIP = httpd_conf.load("remoteip", httpd_conf.HTTPD_MODULES / "mod_remoteip.so") + """
RemoteIPHeader X-Client
RemoteIPInternalProxy 127.0.0.1
"""
OUTSIDE = "192.0.2.7"  # RFC 5737
INSTALLED_MODULE = "/usr/lib/apache2/modules/mod_slotwatch.so"


def commented_defaults():
    return re.findall(r"^#(SlotWatch\w* .*)$", (CONF / "slotwatch.conf").read_text(), re.MULTILINE)


@pytest.fixture
def enable(make):
    """Makes a server that knows of us only by the pair, and of a LogLevel as distributions set."""
    def build(conf="", uncomment=False):
        server = make(conf=conf + INCLUDES, **{name: None for name in httpd_conf.OURS})
        text = server.conf.read_text()
        text = text.replace(httpd_conf.load("slotwatch", httpd_conf.MODULE), "")
        text = re.sub(r"<Location /slotwatch>.*?</Location>", "", text, flags=re.DOTALL)
        text = text.replace("LogLevel notice slotwatch:info", "LogLevel warn")
        server.conf.write_text(text)
        enabled = server.root / "mods-enabled"
        enabled.mkdir()
        load = (CONF / "slotwatch.load").read_text()
        assert INSTALLED_MODULE in load
        (enabled / "slotwatch.load").write_text(
            load.replace(INSTALLED_MODULE, str(httpd_conf.MODULE)))
        own = (CONF / "slotwatch.conf").read_text()
        (enabled / "slotwatch.conf").write_text(
            re.sub(r"^#(?=SlotWatch)", "", own, flags=re.MULTILINE) if uncomment else own)
        return server

    return build


def test_pair_loads_watches_and_shows(enable):
    server = enable().start_watched()
    assert server.report()["watcher"]["pid"] == server.watcher()
    server.log.expect(r"SW100 watcher-started ")


def test_page_is_for_this_machine_only(enable):
    server = enable(conf=REMOTEIP).start_watched()
    assert server.get(headers={"X-Client": "127.0.0.2"}).status_code == 200
    for kind in ("html", "json", "text", "health"):
        answer = server.get(f"/slotwatch?format={kind}", headers={"X-Client": OUTSIDE})
        assert answer.status_code == 403
        assert "slots" not in answer.text
    server.log.claim(rf"client {OUTSIDE}.* AH01630: client denied by server configuration")


def test_log_level_shows_all_lines_of_ours(enable):
    server = enable().start_watched()
    with clients.stopped_reader(server) as client:
        server.reload()
        server.wait_report(lambda r: r["generations"], "an old generation")
        client.close()
        server.log.expect(r"\[slotwatch:info\].* SW220 generation-drained generation=0 ")


def test_commented_values_are_the_defaults(enable):
    reports = [enable(uncomment=on).start_watched().report() for on in (False, True)]
    settings = [{name: value for name, value in report["watcher"].items()
                 if name in ("interval_seconds", "stall_seconds", "grace_seconds",
                             "alert_repeat_seconds", "privacy", "mode")}
                | {"reserve": report["capacity"]["reserve"]} for report in reports]
    assert settings[0] == settings[1]


def test_every_directive_is_there_once():
    documents = (httpd_conf.REPOSITORY / "docs" / "directives.md").read_text()
    known = re.findall(r"^## (SlotWatch\w*)", documents, re.MULTILINE)
    assert sorted(line.split()[0] for line in commented_defaults()) == sorted(known)
