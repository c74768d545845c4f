# SPDX-License-Identifier: Apache-2.0
"""conf/grafana/slotwatch.json against Grafana's own types of dashboards, panels and queries."""

import copy
import json
import re
import subprocess

import pytest

from test_dashboard import DASHBOARD
from tool import npm

PANELS = {"stat": "Stat", "timeseries": "TimeSeries", "state-timeline": "StateTimeline",
          "heatmap": "Heatmap", "table": "Table"}
ENUM = re.compile(r"declare enum (\w+) \{(.*?)\n\}", re.DOTALL)
# What Grafana stores and reads, and its types do not have: the annotation of a Prometheus, a
# variable's text, and what a heatmap's tooltip was before 10.
UNTYPED = {"annotations": {"expr", "step", "titleFormat", "textFormat", "tagKeys"},
           "templating": {"definition"}, "tooltip": {"show"}}
COMPILER = {"noEmit": True, "strict": True, "skipLibCheck": True, "moduleResolution": "node",
            "baseUrl": ".", "paths": {"@grafana/schema": ["./schema"]}}


def with_words(text):
    """Enumerations as the words and numbers that stand in JSON."""
    return ENUM.sub(lambda found: "type {} = {};".format(
        found[1], " | ".join(re.findall(r" = ([^,]+),?$", found[2], re.MULTILINE))), text)


@pytest.fixture
def types(tmp_path):
    """A directory with the types."""
    package = npm("@grafana/schema") / "dist"
    raw = "esm/raw/composable"
    files = {name: f"{raw}/{name.lower()}/panelcfg/x/{name}PanelCfg_types.gen.d.ts"
             for name in PANELS.values()}
    files["Prometheus"] = f"{raw}/prometheus/dataquery/x/PrometheusDataQuery_types.gen.d.ts"
    files["schema"] = "index.d.ts"
    for name, place in files.items():
        (tmp_path / f"{name}.d.ts").write_text(with_words((package / place).read_text()))
    return tmp_path


def complaints(root, dashboard):
    """What TypeScript says of it."""
    lines = [f'import * as {name} from "./{name}";' for name in PANELS.values()]
    lines += ['import * as Prometheus from "./Prometheus";', 'import * as schema from "./schema";']

    def expect(kind, value):
        lines.append(f"export const one{len(lines)}: {kind} = {json.dumps(value)};")

    expect("schema.Dashboard", dashboard)
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        name = PANELS[panel["type"]]
        expect(f"Partial<{name}.Options>", panel["options"])
        if "custom" in panel["fieldConfig"]["defaults"]:
            expect(f"{name}.FieldConfig", panel["fieldConfig"]["defaults"]["custom"])
        for target in panel["targets"]:
            expect("Partial<Prometheus.PrometheusDataQuery>", target)
    (root / "dashboard.ts").write_text("\n".join(lines))
    (root / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": COMPILER, "files": ["dashboard.ts"]}))
    done = subprocess.run(["node", npm("typescript") / "bin" / "tsc", "-p", root],
                          capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr


@pytest.fixture
def typed():
    """The dashboard without what is not in the types."""
    dashboard = copy.deepcopy(DASHBOARD)
    parts = [(dashboard[where]["list"], UNTYPED[where]) for where in ("annotations", "templating")]
    parts.append(([panel["options"].get("tooltip", {}) for panel in dashboard["panels"]
                   if panel["type"] == "heatmap"], UNTYPED["tooltip"]))
    for things, names in parts:
        for thing in things:
            for name in names & set(thing):
                del thing[name]
    return dashboard


def test_dashboard_is_of_grafanas_types(types, typed):
    assert complaints(types, typed) == ""


@pytest.mark.parametrize("part", ["panel", "options", "custom", "target"])
def test_what_grafana_does_not_know_is_complained_of(types, typed, part):
    [panel] = [panel for panel in typed["panels"] if panel["title"] == "Slots"]
    wrong = {"panel": panel, "options": panel["options"], "target": panel["targets"][0],
             "custom": panel["fieldConfig"]["defaults"]["custom"]}[part]
    wrong["unheardOf"] = 1
    assert "unheardOf" in complaints(types, typed)
