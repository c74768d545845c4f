# SPDX-License-Identifier: Apache-2.0
"""Collectors of numbers: node_exporter, collectd and apache_exporter in earnest; of others, where
they ask."""

import os
import re
import signal
import subprocess
import tomllib

import pytest
import yaml

import clients
import processes
import tool
from harness import reserve_port
from httpd_conf import BUILD, REPOSITORY
from waiting import PATIENCE_SECONDS, wait_for

SCRIPT = tool.RECIPES / "slotwatch-textfile"
COLLECTD = """
Hostname "www1"
Interval 1
BaseDir "{place}"
LoadPlugin csv
<Plugin csv>
  DataDir "{place}/csv"
</Plugin>
"""


@pytest.fixture
def watched(serve):
    """A server, and the port of its watcher."""
    with reserve_port() as holder:
        port = holder.getsockname()[1]
        yield serve(SlotWatchListen=f"127.0.0.1:{port}"), port


# ---- Where they ask ----

def test_recipe_asks_where_it_is_answered(watched):
    server, port = watched
    asked = {(path.name, *url) for path in tool.RECIPES.iterdir()
             for url in tool.urls(path.read_text())}
    assert {name for name, *_ in asked} == {"collectd.conf", "telegraf.conf",
                                            "netdata-prometheus.conf"}
    for name, of_watcher, target in asked:
        answer = tool.get(port if of_watcher else server.port, target)
        assert answer.status_code == 200, (name, target)
        assert re.search(r"^(slotwatch_|SlotWatch|capacity\.)", answer.text, re.MULTILINE), name


def test_recipe_and_its_row_in_the_docs_need_each_other():
    rows = re.findall(r"\]\(\.\./conf/recipes/([^)]+)\)",
                      (REPOSITORY / "docs" / "recipes.md").read_text())
    assert sorted(rows) == sorted(path.name for path in tool.RECIPES.iterdir())


def test_recipe_can_be_read():
    inputs = tomllib.loads(tool.recipe("telegraf.conf"))["inputs"]
    assert set(inputs) == {"apache", "prometheus"}
    [job] = yaml.safe_load(tool.recipe("netdata-prometheus.conf"))["jobs"]
    assert job["name"] == "slotwatch"


# ---- apache_exporter, which has been there before us ----

EXPORTER = ("prometheus-apache-exporter", "prometheus-apache-exporter")


def exporter_listens():
    """@return the option, which another release calls otherwise; the port that it has by default"""
    code, said = tool.run(tool.tool(*EXPORTER), "--help")
    assert code == 0
    return re.search(r'(--(?:telemetry\.|web\.listen-)address)="?:(\d+)', said).groups()


def test_exporter_reads_auto_with_our_lines(shared, place):
    port = tool.free_port()
    with tool.running(place, tool.tool(*EXPORTER), f"{exporter_listens()[0]}=127.0.0.1:{port}",
                      f"--scrape_uri=http://127.0.0.1:{shared.port}/server-status?auto") as said:
        text = wait_for(lambda: tool.text_at(port, "/metrics"), said)
    assert "\napache_up 1\n" in text
    assert re.search(r'^apache_workers\{state="busy"\} [1-9]', text, re.MULTILINE)


def test_no_example_takes_the_exporters_port():
    port = exporter_listens()[1]
    for folder in ("conf", "docker", "docs"):
        for path in (REPOSITORY / folder).rglob("*"):
            assert path.is_dir() or not re.search(rf":{port}\b", path.read_text()), path


# ---- node_exporter ----

def environment(server):
    return {"PATH": f"{BUILD}:{os.environ['PATH']}",
            "SLOTWATCH_SOCKET": str(server.root / "run" / "slotwatch.sock")}


def write_textfile(server, place):
    return tool.run(SCRIPT, place, env=environment(server))


def test_textfile_is_what_prometheus_reads(serve, place):
    promtool = tool.tool("promtool", "prometheus")
    assert write_textfile(serve(), place) == (0, "")
    [file] = place.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("slotwatch.prom", 0o644)
    code, said = tool.run(promtool, "check", "metrics", standard_input=file)
    assert code == 0, said


def test_textfile_is_gone_when_nobody_answers(serve, place):
    server = serve()
    assert write_textfile(server, place) == (0, "")
    server.stop()
    code, said = write_textfile(server, place)
    assert code == 1
    assert said.startswith("slotwatchctl: no server: ")
    assert not list(place.iterdir())


def test_textfile_that_is_given_up_leaves_nothing(serve, place):
    server = serve()
    watcher = server.watcher()
    os.kill(watcher, signal.SIGSTOP)
    try:
        script = subprocess.Popen([SCRIPT, place], env=environment(server), start_new_session=True)
        wait_for(lambda: "slotwatchctl" in [processes.name_of(pid) for pid in
                                            processes.children_of(script.pid)], "it to ask")
        os.killpg(script.pid, signal.SIGTERM)
        assert script.wait(PATIENCE_SECONDS) == 1
    finally:
        os.kill(watcher, signal.SIGCONT)
    assert not list(place.iterdir())


def test_node_exporter_shows_the_textfile(serve, place):
    exporter = tool.tool("prometheus-node-exporter", "prometheus-node-exporter")
    (place / "files").mkdir()
    assert write_textfile(serve(), place / "files") == (0, "")
    port = tool.free_port()
    with tool.running(place, exporter, "--collector.disable-defaults", "--collector.textfile",
                      f"--collector.textfile.directory={place}/files",
                      f"--web.listen-address=127.0.0.1:{port}") as said:
        text = wait_for(lambda: tool.text_at(port, "/metrics"), said)
    assert "\nnode_textfile_scrape_error 0\n" in text
    assert '\nslotwatch_slots{state="serving"} 1\n' in text
    assert "\nslotwatch_drain_duration_seconds_count 0\n" in text


# ---- collectd ----

def values(place, name):
    """What collectd wrote of it so far, oldest first."""
    lines = [line for path in sorted(place.glob(f"csv/www1/slotwatch-httpd/{name}-20*"))
             for line in path.read_text().splitlines()[1:]]
    return [float(line.split(",")[1]) for line in lines]


def test_collectd_follows_what_is_stuck(watched, place):
    collectd = tool.tool("collectd", "collectd-core")
    server, port = watched
    conf = place / "collectd.conf"
    conf.write_text(COLLECTD.format(place=place)
                    + tool.recipe("collectd.conf", (tool.WATCHER, f":{port}/")))
    with tool.running(place, collectd, "-f", "-C", conf, "-P", place / "pid") as said:
        wait_for(lambda: values(place, "gauge-stuck")[-1:] == [0], said)
        with clients.slow_download(server):
            server.reload()
            server.log.expect(r"SW200 stuck ")
            wait_for(lambda: values(place, "gauge-stuck")[-1:] == [1], said)
        server.log.expect(r"SW202 cleared ")
        wait_for(lambda: values(place, "gauge-stuck")[-1:] == [0], said)
    for name in ("gauge-free", "gauge-draining", "gauge-reloads_left", "derive-connections_cut"):
        assert values(place, name), name
    assert set(values(place, "response_code")) == {200}
