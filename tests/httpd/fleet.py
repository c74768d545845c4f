# SPDX-License-Identifier: Apache-2.0
"""conf/prometheus as it is, but for names of hosts and for how often something is done."""

import base64
import contextlib
import hashlib
import http.server
import json
import re
import threading

import yaml

from httpd_conf import REPOSITORY
from monitoring import Alertmanager, Prometheus

CONF = REPOSITORY / "conf" / "prometheus"
OFTEN = "1s"
PASSWORD = "secret"


def _load(name):
    return yaml.safe_load((CONF / name).read_text())


def _store(path, document):
    path.write_text(yaml.safe_dump(document))
    return path


def write_htpasswd(path):
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    path.write_text(f"prometheus:{{SHA}}{digest}\n")


@contextlib.contextmanager
def running(*parts):
    """Until the end of the block, with those of Debian ready."""
    with contextlib.ExitStack() as stack:
        for part in parts:
            stack.callback(part.end)
        for part in parts:
            part.wait_ready()
        yield


class Pager:
    """Who is told: it keeps what Alertmanager sends."""

    def __init__(self):
        self.told = []  # (receiver, status, alertname, instance)
        pager = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                pager.told += [(message["receiver"], alert["status"], alert["labels"]["alertname"],
                                alert["labels"].get("instance")) for alert in message["alerts"]]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                """Not to the terminal."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_ready(self):
        """It has listened from its beginning."""

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def alertmanager(root, pager):
    """The receivers' mail becomes requests to the pager."""
    conf = _load("alertmanager.yml")
    conf["route"].update(group_wait="0s", group_interval=OFTEN)
    for receiver in conf["receivers"]:
        [mail] = receiver.pop("email_configs")
        assert mail["send_resolved"]
        receiver["webhook_configs"] = [{"url": pager.url, "send_resolved": True}]
    return Alertmanager(root, _store(root / "alertmanager.yml", conf))


def _ask_over_tls(job, root, certificate, client):
    job["tls_config"] = {"ca_file": str(certificate.file), "server_name": "slotwatch.test"}
    if client:
        del job["basic_auth"]
        job["tls_config"].update(cert_file=str(client.file), key_file=str(client.key))
    else:
        job["basic_auth"]["password_file"] = str(root / "password")
        (root / "password").write_text(PASSWORD + "\n")


def prometheus(root, alerts_to=(), certificate=None, client=None, hurried=False, **targets):
    """@param certificate: a Certificate that the servers have, where TLS is asked for
    @param client: Prometheus's own, in place of the password
    @param hurried: the rules' minutes are seconds
    @param targets: by the name of the job, with _ for -, or another job in place of that one; other
                    jobs are left out"""
    conf = _load("prometheus.yml")
    conf["global"] = {"scrape_interval": OFTEN, "evaluation_interval": OFTEN}
    conf["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = list(alerts_to)
    conf["scrape_configs"] = [
        job for job in conf["scrape_configs"] if job["job_name"].replace("-", "_") in targets]
    for job in conf["scrape_configs"]:
        what = targets[job["job_name"].replace("-", "_")]
        if isinstance(what, dict):
            job.clear()
            job.update(what)
        else:
            job["static_configs"] = [{"targets": what}]
        if "basic_auth" in job:
            _ask_over_tls(job, root, certificate, client)
    for rules in conf["rule_files"]:
        text = re.sub("interval: .*", f"interval: {OFTEN}", (CONF / rules).read_text())
        (root / rules).write_text(re.sub(r"\b(\d+)m\b", r"\1s", text) if hurried else text)
    return Prometheus(root, _store(root / "prometheus.yml", conf))
