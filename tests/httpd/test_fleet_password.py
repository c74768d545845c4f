# SPDX-License-Identifier: Apache-2.0
"""Scrapes over TLS, by password or certificate: of httpd itself, of the watcher behind nginx."""

import contextlib
import re
import shutil
import subprocess

import pytest

import fleet
import outage
from harness import reserve_port
from httpd_conf import REPOSITORY
from scenes_clients import Certificate, TlsReader
from socket_client import port
from waiting import PATIENCE_SECONDS, wait_for

DOCS = (REPOSITORY / "docs" / "prometheus.md").read_text()
LOCATION = re.search(r'<Location "/slotwatch">.*?</Location>', DOCS, re.DOTALL)[0]
BEFORE_NGINX = re.search(r"ssl_client_certificate .*\n +ssl_verify_client .*", DOCS)[0]
BY_CERTIFICATE = re.search(r"SSLCACertificateFile.*?</Location>", DOCS, re.DOTALL)[0]
MODULES = ("authn_core", "authn_file", "auth_basic", "authz_user")


def test_handler_behind_password_and_tls_is_scraped(make, tmp_path):
    """With the Location of docs/prometheus.md."""
    with TlsReader() as tls:
        location = LOCATION.replace("/etc/apache2/slotwatch.htpasswd", "{root}/htpasswd")
        server = make(conf=tls.conf + location, modules=tls.modules + MODULES)
        for complaint in tls.complaints:
            server.log.claim(complaint)
        fleet.write_htpasswd(server.root / "htpasswd")
        server.start()
        place = f"127.0.0.1:{tls.port}"
        prometheus = fleet.prometheus(tmp_path, certificate=tls.certificate,
                                      slotwatch_handler=[place])
        with fleet.running(prometheus):
            up = f'up{{job="slotwatch-handler",instance="{place}"}}'
            wait_for(lambda: prometheus.value(up) == 1, "a scrape")
            assert prometheus.value("slotwatch_slots_limit") == 4
            assert server.get().status_code == 401
            (tmp_path / "password").write_text("wrong\n")
            server.log.claim(r"AH01617: user prometheus: authentication failure")
            wait_for(lambda: prometheus.value(up) == 0, "a scrape that is refused")


@pytest.mark.parametrize("name", ["prometheus", "somebody"])
def test_handler_behind_a_certificate_is_scraped_by_who_has_it(make, tmp_path, name):
    """With the directives of docs/prometheus.md."""
    with TlsReader() as tls, contextlib.closing(Certificate(name)) as client:
        asked = BY_CERTIFICATE.replace("/etc/apache2/monitoring-ca.pem", str(client.file))
        server = make(conf=tls.conf.replace("SSLEngine On", f"SSLEngine On\n{asked}"),
                      modules=tls.modules)
        for complaint in tls.complaints:
            server.log.claim(complaint)
        server.start()
        prometheus = fleet.prometheus(tmp_path, certificate=tls.certificate, client=client,
                                      slotwatch_handler=[f"127.0.0.1:{tls.port}"])
        with fleet.running(prometheus):
            wait_for(lambda: prometheus.value("up") == (name == "prometheus"), "a scrape")
        if name != "prometheus":
            server.log.expect(r"AH01630: client denied by server configuration")
            server.log.claim("AH01630")


class Nginx:
    """conf/prometheus/nginx.conf before a watcher's port."""

    AROUND = """
daemon off;
pid {root}/nginx.pid;
error_log {root}/nginx.log;
events {{}}
http {{
access_log off;
client_body_temp_path {root}/nginx.body;
proxy_temp_path {root}/nginx.proxy;
fastcgi_temp_path {root}/nginx.fastcgi;
scgi_temp_path {root}/nginx.scgi;
uwsgi_temp_path {root}/nginx.uwsgi;
{server}
}}
"""

    def __init__(self, server, watched, client=None):
        """@param client: a Certificate; it is asked for in place of the password"""
        self.certificate = Certificate()
        self.holder = reserve_port()
        self.place = f"127.0.0.1:{self.holder.getsockname()[1]}"
        text = (fleet.CONF / "nginx.conf").read_text()
        text = re.sub(r"(?<=proxy_pass http://)[\d.:]+", watched, text)
        for old, new in [("listen 9118", f"listen {self.place}"),
                         ("/etc/nginx/slotwatch.pem", self.certificate.file),
                         ("/etc/nginx/slotwatch.key", self.certificate.key),
                         ("/etc/nginx/slotwatch.htpasswd", server.root / "htpasswd")]:
            assert old in text
            text = text.replace(old, str(new))
        fleet.write_htpasswd(server.root / "htpasswd")
        if client:
            asked = BEFORE_NGINX.replace("/etc/nginx/monitoring-ca.pem", str(client.file))
            text = re.sub(r"auth_basic .*\n +auth_basic_user_file .*", asked, text)
        conf = server.root / "nginx.conf"
        conf.write_text(self.AROUND.format(root=server.root, server=text))
        self.process = subprocess.Popen(
            [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", server.root, "-c", conf,
             "-e", server.root / "nginx.log"], stdin=subprocess.DEVNULL)

    def wait_ready(self):
        """Prometheus will see."""

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self.holder.close()
        self.certificate.close()


@pytest.fixture
def watched(serve):
    """A server, and the address on which its watcher listens."""
    with port() as place:
        address = f"{place[0]}:{place[1]}"
        server = serve(**outage.SMALL, SlotWatchListen=address)
        server.log.claim(r"SW110 no-slack ")
        yield server, address


def test_watcher_behind_nginx_is_scraped_in_the_outage(watched, tmp_path):
    server, address = watched
    nginx = Nginx(server, address)
    prometheus = fleet.prometheus(tmp_path, certificate=nginx.certificate,
                                  slotwatch_proxy=[nginx.place])
    with fleet.running(nginx, prometheus), outage.outage(server):
        wait_for(lambda: prometheus.value('slotwatch_verdict{verdict="full"}') == 1, "the outage")
        assert not outage.site_answers(server)
        (tmp_path / "password").write_text("wrong\n")
        up = f'up{{job="slotwatch-proxy",instance="{nginx.place}"}}'
        wait_for(lambda: prometheus.value(up) == 0, "a scrape that is refused")


def test_watcher_behind_nginx_is_scraped_with_a_certificate_and_not_without(watched, tmp_path):
    (tmp_path / "other").mkdir()
    with contextlib.closing(Certificate("prometheus")) as client:
        nginx = Nginx(*watched, client)
        prometheus = fleet.prometheus(tmp_path, certificate=nginx.certificate, client=client,
                                      slotwatch_proxy=[nginx.place])
        with fleet.running(nginx, prometheus):
            wait_for(lambda: prometheus.value("up") == 1, "a scrape")
            other = fleet.prometheus(tmp_path / "other", certificate=nginx.certificate,
                                     slotwatch_proxy=[nginx.place])
            with fleet.running(other):
                wait_for(lambda: other.value("up") == 0, "a scrape that is refused")
