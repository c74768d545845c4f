# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus and its tools."""

import subprocess

import requests

from harness import reserve_port
from waiting import PATIENCE_SECONDS, wait_for

START_SECONDS = 2 * PATIENCE_SECONDS  # it looks through its storage first


def run(*command, fed=""):
    """To its end, which has to be a good one. @return what it said"""
    done = subprocess.run(command, input=fed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENCE_SECONDS, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}"
    return done.stdout


def promtool(*arguments, fed=""):
    return run("promtool", *map(str, arguments), fed=fed)


def amtool(*arguments):
    return run("amtool", *map(str, arguments))


class Daemon:
    """A server of theirs, on a loopback port of the kernel's choice, ended by its pid.
    @param root: its directory, which is not there yet"""

    name = None
    options = ()

    def __init__(self, root, config):
        self.root = root
        self.holder = reserve_port()
        self.url = f"http://127.0.0.1:{self.holder.getsockname()[1]}"
        storage = root / f"{self.name}.data"
        storage.mkdir()
        with open(root / f"{self.name}.log", "wb") as log:
            self.process = subprocess.Popen(
                [self.name, f"--config.file={config}", f"--web.listen-address={self.url[7:]}",
                 *(option.format(storage) for option in self.options)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=root)

    def log_text(self):
        return (self.root / f"{self.name}.log").read_text(errors="replace")

    def ask(self, path, **parameters):
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.url + path, params=parameters, timeout=PATIENCE_SECONDS)

    def _is_ready(self):
        assert self.process.poll() is None, f"{self.name} ended:\n{self.log_text()}"
        try:
            return self.ask("/-/ready").status_code == 200
        except requests.ConnectionError:
            return False

    def wait_ready(self):
        wait_for(self._is_ready, f"{self.name} to be ready", seconds=START_SECONDS)
        return self

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        self.holder.close()


class Prometheus(Daemon):
    name = "prometheus"
    options = ("--storage.tsdb.path={}",)

    def query(self, expression):
        """@return [(labels, value)]"""
        answer = self.ask("/api/v1/query", query=expression).json()
        assert answer["status"] == "success", f"{expression}: {answer}"
        return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]

    def value(self, expression):
        """That of the one sample; None if there is none."""
        samples = self.query(expression)
        assert len(samples) <= 1, samples
        return samples[0][1] if samples else None


class Alertmanager(Daemon):
    name = "prometheus-alertmanager"
    options = ("--storage.path={}", "--cluster.listen-address=")

    def alerts(self, *states):
        """Those that have come and not gone: [(alertname, instance)]
        @param states: those in one of them; suppressed ones are told to nobody"""
        return [(alert["labels"]["alertname"], alert["labels"].get("instance"))
                for alert in self.ask("/api/v2/alerts").json()
                if not states or alert["status"]["state"] in states]

    def groups(self):
        """How many alerts each message is of that is sent."""
        return [len(group["alerts"]) for group in self.ask("/api/v2/alerts/groups").json()]

    def take(self, *labels):
        """Alerts as Prometheus would send them."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{self.url}/api/v2/alerts", timeout=PATIENCE_SECONDS,
                                  json=[{"labels": each} for each in labels])
        assert answer.status_code == 200, answer.text
