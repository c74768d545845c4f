# SPDX-License-Identifier: Apache-2.0
"""conf/grafana/slotwatch.json: its form, and what its queries find."""

import itertools
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

import fleet
from httpd_conf import REPOSITORY
from monitoring import promtool
from scrape import read, values
from socket_client import port
from waiting import wait_for

DASHBOARD = json.loads((REPOSITORY / "conf" / "grafana" / "slotwatch.json").read_text())
SCHEMA = json.loads((Path(__file__).parent / "grafana.schema.json").read_text())
RULES = [rule for group in
         yaml.safe_load((fleet.CONF / "slotwatch.rules.yml").read_text())["groups"]
         for rule in group["rules"]]
METRIC = re.compile(r"(?<![\w:])(?:\w+:)?slotwatch_\w+(?::\w+)*")
# As Grafana fills them in: all jobs and servers, four scrapes.
VARIABLES = {"$job": ".+", "$instance": ".+", "$__rate_interval": "4s"}


def fill(text):
    for name, value in VARIABLES.items():
        text = text.replace(name, value)
    return text


def expressions():
    return [fill(target["expr"]) for panel in DASHBOARD["panels"]
            for target in panel.get("targets", ())]


def test_dashboard_is_of_grafanas_form():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(DASHBOARD, SCHEMA, jsonschema.Draft202012Validator)


def test_panels_have_ids_and_places_of_their_own():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["title"]
        refs = [target["refId"] for target in panel.get("targets", ())]
        assert len(set(refs)) == len(refs), panel["title"]
    for one, other in itertools.combinations(panels, 2):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, (one["title"], other["title"])


def test_variables_that_are_used_are_there():
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"]))) - {"__rate_interval"}
    assert used == {variable["name"] for variable in DASHBOARD["templating"]["list"]}


@pytest.mark.parametrize("where", ["rules", "dashboard"])
def test_metric_that_is_named_exists(shared, where):
    known = {name for name, _ in values(read(shared)[1])}
    known |= {rule["record"] for rule in RULES if "record" in rule}
    texts = [rule["expr"] for rule in RULES] if where == "rules" else [json.dumps(DASHBOARD)]
    named = {name for text in texts for name in METRIC.findall(text)}
    assert named and not named - known


def expect_value(root, expression, at, value, labels='{instance="www", job="slotwatch"}', **series):
    """What it comes to of made-up series, scraped once a minute.
    @param series: by name, of one server; or by name and labels"""
    told = [{"series": name if "{" in name else f'{name}{labels}', "values": values}
            for name, values in series.items()]
    test = {"interval": "1m", "input_series": told, "promql_expr_test": [
        {"expr": expression, "eval_time": at, "exp_samples": [{"labels": labels, "value": value}]}]}
    (root / "test.yml").write_text(yaml.safe_dump({"tests": [test]}))
    assert "SUCCESS" in promtool("test", "rules", root / "test.yml")


@pytest.mark.parametrize(("starts", "reloads", "died"), [
    ("5x10 1x10", "4x10 0x10", 0), ("1x10 2x10", "0x10 1x10", 0), ("5x10 6x10", "4x10 6x10", 0),
    ("5x10 7x10", "4x10 5x10", 1)], ids=["start", "first-reload", "off-and-on", "death"])
def test_watcher_that_a_start_or_a_reload_replaces_has_not_died(tmp_path, starts, reloads, died):
    [expression] = [text for text in expressions() if "watcher_starts" in text]
    expect_value(tmp_path, expression.replace("4s", "2m"), "11m30s", died,
                 slotwatch_watcher_starts_total=starts, slotwatch_reloads_total=reloads)


@pytest.mark.parametrize(("title", "name", "words"), [
    ("Verdict", "verdict", {"ok": 0, "tight": 1, "full": 0}),
    ("Mode", "mode", {"off": 0, "dryrun": 1, "on": 0})])
def test_server_that_two_jobs_scrape_is_no_worse_than_each_says(tmp_path, title, name, words):
    [panel] = [panel for panel in DASHBOARD["panels"] if panel["title"] == title]
    series = {}
    for job in ("slotwatch", "slotwatch-handler"):
        series[f'slotwatch_latched{{instance="www", job="{job}"}}'] = "0x2"
        for word, value in words.items():
            labels = f'{{instance="www", job="{job}", {name}="{word}"}}'
            series[f"slotwatch_{name}{labels}"] = f"{value}x2"
    expect_value(tmp_path, fill(panel["targets"][0]["expr"]), "1m", 1, '{instance="www"}', **series)


def test_reload_is_annotated_also_where_a_scrape_is_a_minute(tmp_path):
    expression = fill(DASHBOARD["annotations"]["list"][0]["expr"])
    for at in ("11m", "11m30s"):
        expect_value(tmp_path, expression, at, 1, slotwatch_generation="1x10 2x10")


def test_every_query_finds_something(serve, tmp_path):
    with port() as place:
        address = f"{place[0]}:{place[1]}"
        serve(SlotWatchListen=address)
        prometheus = fleet.prometheus(tmp_path, slotwatch=[address])
        with fleet.running(prometheus):
            wanted = expressions() + [rule["expr"] for rule in RULES if "record" in rule]

            def without_answer():
                return [text for text in wanted if not prometheus.query(text)]

            wait_for(lambda: not without_answer(), lambda: f"answers to {without_answer()}")
            for text in [rule["expr"] for rule in RULES if "alert" in rule]:
                assert prometheus.query(text) == [], "a calm server calls nobody"
            prometheus.query(fill(DASHBOARD["annotations"]["list"][0]["expr"]))
