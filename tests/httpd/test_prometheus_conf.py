# SPDX-License-Identifier: Apache-2.0
"""conf/prometheus, as Prometheus's own tools see it."""

import pytest

from httpd_conf import REPOSITORY
from monitoring import amtool, promtool

CONF = REPOSITORY / "conf" / "prometheus"


@pytest.mark.parametrize(("what", "name"), [("rules", "slotwatch.rules.yml"),
                                            ("config", "prometheus.yml")])
def test_file_is_accepted_by_promtool(what, name):
    assert "SUCCESS" in promtool("check", what, "--lint=all", "--lint-fatal", CONF / name)


def test_file_is_accepted_by_amtool():
    assert "SUCCESS" in amtool("check-config", CONF / "alertmanager.yml")


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "pager"),
                                                    ("warning", "office-hours"),
                                                    ("info", "office-hours")])
def test_alert_is_routed_by_its_severity(severity, receiver):
    routes = amtool("config", "routes", "test", "--config.file", CONF / "alertmanager.yml",
                    f"severity={severity}")
    assert receiver in routes.splitlines()


def test_each_alert_comes_when_it_should_and_else_does_not():
    assert "SUCCESS" in promtool("test", "rules", CONF / "slotwatch.rules.test.yml")
