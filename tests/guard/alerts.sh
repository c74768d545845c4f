#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops an alert that calls somebody at night and leads nowhere: each has its section in
# docs/alerts.md, a runbook_url that ends there, and tests in which it comes and does not come.
cd "$(dirname "$0")/../.." || exit 2
rules=conf/prometheus/slotwatch.rules.yml
tests=conf/prometheus/slotwatch.rules.test.yml
docs=docs/alerts.md
broken=0
complain() { echo "guard alerts: $*"; broken=1; }

alerts=$(sed -n 's/^ *- alert: //p' $rules)
[ -n "$alerts" ] || complain "$rules cannot be read any more"
for alert in $alerts; do
  grep -qx "## $alert" $docs || complain "$docs has no section $alert"
  anchor=$(echo "$alert" | tr '[:upper:]' '[:lower:]')
  sed -n "/- alert: $alert\$/,/runbook_url:/p" $rules |
    grep -q "runbook_url: .*/docs/alerts.md#$anchor\$" ||
    complain "$alert: its runbook_url does not end in docs/alerts.md#$anchor"
  after=$(grep -A1 "alertname: $alert\$" $tests)
  echo "$after" | grep -q 'exp_alerts: \[\]$' || complain "$tests: no test without $alert"
  echo "$after" | grep -q 'exp_alerts:$' || complain "$tests: no test with $alert"
done
sections=$(sed -n 's/^## //p' $docs)
[ "$(echo "$sections" | sort)" = "$(echo "$alerts" | sort)" ] ||
  complain "$docs has other sections than one an alert"
for field in 'severity: ' 'summary: ' 'description: '; do
  [ "$(grep -c "$field" $rules)" = "$(echo "$alerts" | wc -l)" ] ||
    complain "$rules: not one $field for each alert"
done
exit $broken
