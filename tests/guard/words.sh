#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a log line that nobody can look up at night, a directive that is not documented, and a
# document that promises what is not there: the server would not start with it.
cd "$(dirname "$0")/../.." || exit 2
broken=0
complain() { echo "guard words: $*"; broken=1; }

table=$(sed -n 's/^  X(\([0-9]\{3\}\), *"\([a-z-]*\)".*/\1 \2/p' src/slotwatch.h)
[ -n "$table" ] || complain "SW_LOG_LINES cannot be read any more"
while read -r id event; do
  grep -qsE "SW$id\b.*\b$event\b" docs/log-lines.md ||
    complain "docs/log-lines.md has no line with SW$id and $event"
done <<LINES
$table
LINES
# At night: each line of level warning or worse stands in the first table, with its part.
night=docs/troubleshooting.md
parts=$(grep '^## ' $night | tr 'A-Z ' 'a-z-' | sed 's/^##-/#/; s/[^#a-z0-9-]//g')
worse=$(sed -nE 's/^  X\(([0-9]{3}),.* (WARNING|ERR|CRIT|ALERT|EMERG)\).*/\1/p' src/slotwatch.h)
[ -n "$worse" ] || complain "SW_LOG_LINES' levels cannot be read any more"
for id in $worse; do
  part=$(sed -nE "s/^\| ([^|]*, )?SW${id}[ ,].*\(([^()]*)\) \|\$/\2/p" $night)
  echo "$parts" | grep -qxF "${part:-none}" ||
    complain "$night's first table does not lead from SW$id to a part (${part:-no row})"
done
# SW999 is what the tests call an id that there is not.
used=$(grep -rhowsE 'SW(_LOG_)?[0-9]{3}' --include='*.[chpm]*' --include='*.trace' \
  mod_slotwatch.c src tests docs README.md | tr -cd '0-9\n' | sort -u)
for id in $used; do
  echo "$table" | grep -q "^$id " || [ "$id" = 999 ] || complain "SW$id is not in SW_LOG_LINES"
done

# Of docs/timing.md each row is a test, and each test a row.
# shellcheck disable=SC2016 # backquotes
rows=$(sed -nE 's/.* \| `([a-z0-9_]+)` \|$/\1/p' docs/timing.md | sort)
tests=$(sed -nE 's/^ *TIMING_TEST\(([a-z0-9_]+)\),$/\1/p' tests/unit/test_timing*.c | sort)
if [ -z "$rows" ] || [ "$rows" != "$tests" ]; then
  complain "docs/timing.md's rows and the tests are not the same:" \
    "$(printf '%s\n' "$rows" "$tests" | sort | uniq -u | xargs)"
fi

directives=$(sed -nE 's/.*AP_INIT_[A-Z0-9_]+\("(SlotWatch[A-Za-z]*)".*/\1/p' mod_slotwatch.c
  sed -n '/define SW_SETTINGS/,/define SW_X/s/.*"\(SlotWatch[A-Za-z]*\)".*/\1/p' src/slotwatch.h)
for name in $directives; do
  for document in docs/directives.md README.md; do
    grep -qsw "$name" $document || complain "$document does not tell of $name"
  done
done
# Those two tell of ?auto's lines, whose names begin so as well.
told=$(grep -rhowsE 'SlotWatch[A-Za-z]*' --exclude=mod-status.md --exclude=recipes.md \
  docs conf README.md SECURITY.md | sort -u)
for name in $told; do
  echo "$directives" | grep -qx "$name" || complain "$name is documented, and no directive"
done
exit $broken
