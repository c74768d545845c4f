#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a fault of which docs/faults.md says what happens, and no test does; and a test of a fault
# that nobody can look up.
cd "$(dirname "$0")/../.." || exit 2
broken=0
complain() { echo "guard faults: $*"; broken=1; }
# Of each row of the tables the last column: names of tests in backquotes.
# shellcheck disable=SC2016 # backquotes
named=$(sed -nE 's/^\| .* \| (`.*`) \|$/\1/p' docs/faults.md | grep -oE '`[a-z0-9_.]+`' |
  tr -d '`' | sort -u)
[ -n "$named" ] || complain "docs/faults.md names no test"
for name in $named; do
  [ -e "tests/traces/$name" ] ||
    grep -rqE "^(def|static void|TIMING_TEST\() *$name\b" tests/httpd tests/unit ||
    complain "docs/faults.md names $name, which is no test"
done
tests=$(sed -nE 's/^def (test_[a-z0-9_]+).*/\1/p' tests/httpd/test_faults_*.py)
for name in $tests; do
  echo "$named" | grep -qx "$name" || complain "docs/faults.md does not tell of $name"
done
exit $broken
