# SPDX-License-Identifier: Apache-2.0
"""What `make install` places, and that it works from there."""

import os
import re
import subprocess

import pytest

import httpd_conf
from ctl import Ctl
from socket_client import path_of

pytestmark = pytest.mark.skipif(httpd_conf.IS_INSTRUMENTED, reason="of the module as it is shipped")
PLACES = {"MODULEDIR": "/opt/httpd/modules", "CONFDIR": "/opt/httpd/conf/extra",
          "HEADERDIR": "/opt/httpd/include", "BINDIR": "/opt/bin", "MANDIR": "/opt/man",
          "COMPDIR": "/opt/completions", "DOCDIR": "/opt/doc/mod_slotwatch"}
FILES = {
    "opt/httpd/modules/mod_slotwatch.so", "opt/httpd/modules/slotwatch_http.so",
    "opt/httpd/conf/extra/slotwatch.load", "opt/httpd/conf/extra/slotwatch.conf",
    "opt/httpd/include/mod_slotwatch.h", "opt/bin/slotwatchctl", "opt/man/man1/slotwatchctl.1",
    "opt/completions/slotwatchctl",
}
NOT_INSTALLED = {"CONTRIBUTING.md", "../src/mod_slotwatch.h", "../src/core/README.md",
                 "slotwatchctl.1", "../conf/slotwatch.conf", "conf/slotwatch.conf",
                 "conf/slotwatch.load", "../docker/Dockerfile", "../docker/listen.conf"}


def install(directory):
    places = [f"{name}={place}" for name, place in PLACES.items()]
    subprocess.run(["make", "-s", "PACKAGES=", f"DESTDIR={directory}", *places, "install"],
                   cwd=httpd_conf.REPOSITORY, check=True, env={**os.environ, "MAKEFLAGS": ""})


def test_install_asks_for_no_server(tmp_path):
    done = subprocess.run(["make", "-n", f"B={tmp_path}", "install"], cwd=httpd_conf.REPOSITORY,
                          check=True, capture_output=True, text=True,
                          env={**os.environ, "MAKEFLAGS": ""})
    wanted = " ".join(re.findall(r"deps\.sh \S+ (.*)", done.stdout))
    assert "apache2-dev" in wanted
    assert not re.search("nginx|haproxy|prometheus|rsyslog|icinga|chromium", wanted)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    directory = tmp_path_factory.mktemp("install")
    install(directory)
    return directory


def test_install_keeps_to_its_places_and_to_the_conf_that_is_there(installed):
    own = installed / "opt/httpd/conf/extra/slotwatch.conf"
    own.write_text("# mine\n")
    install(installed)
    assert own.read_text() == "# mine\n"
    own.write_text((httpd_conf.REPOSITORY / "conf/slotwatch.conf").read_text())
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    documents = {name for name in files if name.startswith("opt/doc/mod_slotwatch/")}
    assert files - documents == FILES
    modes = {path.stat().st_mode & 0o777 for path in installed.rglob("*") if path.is_file()}
    assert modes == {0o644, 0o755}


def test_installed_documents_lead_to_what_is_installed(installed):
    directory = installed / "opt/doc/mod_slotwatch"
    links = 0
    for document in directory.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            links += 1
            assert target in NOT_INSTALLED or (document.parent / target).exists(), \
                f"{document.name} leads to {target}"
    assert links > 100


def test_installed_files_serve(installed, make):
    server = make()
    load = (installed / "opt/httpd/conf/extra/slotwatch.load").read_text()
    assert f"LoadModule slotwatch_module {PLACES['MODULEDIR']}/mod_slotwatch.so" in load
    server.rewrite(httpd_conf.load("slotwatch", httpd_conf.MODULE),
                   load.replace(" /opt", f" {installed}/opt"))
    server.rewrite('<Location /slotwatch>\n  SetHandler slotwatch\n</Location>',
                   f"Include {installed}/opt/httpd/conf/extra/slotwatch.conf")
    server.start_watched()
    ctl = Ctl(path_of(server))
    ctl.program = installed / "opt/bin/slotwatchctl"
    done = ctl.run("status")
    assert (done.code, done.err) == (0, "") and "ok: " in done.out
