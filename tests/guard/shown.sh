#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a field of the report, or a word in it, that nobody can look up, and one that is documented
# and is never shown.
cd "$(dirname "$0")/../.." || exit 2
broken=0
complain() { echo "guard shown: $*"; broken=1; }

page=docs/status-page.md
fields=$(sed -nE 's/^ *\{"([a-z_]+)",.*/\1/p' src/render/fields*.cpp | sort -u)
[ -n "$fields" ] || complain "src/render/fields.cpp cannot be read any more"
for field in $fields; do
  grep -qw "$field" $page || complain "$page does not tell of the field $field"
done
told=$(awk -F'|' '/^#/ { fields = 0 } /^\| (field|counter) \|/ { fields = 1; next }
  fields && /^\| [a-z]/ { print $2 }' $page | tr -d ' ' | tr ',' '\n')
[ -n "$told" ] || complain "the tables of $page cannot be read any more"
for field in $told; do
  grep -qE "[\"(, ]${field}[\",) ]" src/render/*.cpp src/slotwatch_words.h ||
    complain "$page tells of $field, which is no field"
done

# each TABLE DOCUMENT QUOTE: a row for each word
each() {
  words=$(sed -n "/define $1(/,/[^\\\\]\$/p" src/slotwatch_words.h |
    sed -nE 's/^  X\([A-Z_]+, *"([a-z-]+)".*/\1/p')
  [ -n "$words" ] || complain "$1 cannot be read any more"
  for word in $words; do
    [ "$word" = none ] || grep -q "^| $3$word$3 |" "$2" || complain "$2 has no row $word ($1)"
  done
}
each SW_PHASES docs/troubleshooting.md '`'
each SW_SUPPRESSIONS docs/troubleshooting.md '`'
each SW_OUTCOMES $page ''
exit $broken
