# SPDX-License-Identifier: Apache-2.0
"""A scrape, read by the parsers of Prometheus's own client."""

from prometheus_client import parser as older
from prometheus_client.openmetrics import parser as newer

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
PARSERS = {OPENMETRICS: newer, PROMETHEUS: older}


def read(server, query="?format=openmetrics", accept="*/*"):
    """@return the content type, and the families by name"""
    answer = server.get(f"/slotwatch{query}", headers={"Accept": accept})
    assert answer.status_code == 200
    kind = answer.headers["Content-Type"]
    families = list(PARSERS[kind].text_string_to_metric_families(answer.text))
    assert len({family.name for family in families}) == len(families)
    return kind, {family.name: family for family in families}


def values(families, kind=None):
    """The samples of that type of family: (name, labels) -> value."""
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families.values() if kind in (None, family.type)
            for sample in family.samples}
