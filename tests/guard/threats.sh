#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a threat model that promises what nothing looks at: each row of it names tests, which are
# there.
cd "$(dirname "$0")/../.." || exit 2
model=docs/threat-model.md
broken=0
complain() { echo "guard threats: $*"; broken=1; }

rows=$(grep '^| ' $model | grep -v '^| what .* | test |$')
[ "$(echo "$rows" | grep -c .)" -gt 20 ] || complain "$model cannot be read any more"
name='test_[a-z_]+\.(py|c)::[a-z0-9_]+'
without=$(echo "$rows" | grep -vE "\| $name(, $name)* \|\$")
[ -z "$without" ] || complain "rows that end without a test:" "$without"
for named in $(echo "$rows" | grep -oE "$name"); do
  file=${named%%::*} test=${named##*::}
  case $file in
    *.py) grep -qs "^def $test(" "tests/httpd/$file" ;;
    *) grep -qsE "[( ]${test}[(),]" "tests/unit/$file" ;;
  esac || complain "$model names $named, which is not there"
done
exit $broken
