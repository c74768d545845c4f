#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a release whose program or package says it is another one.
cd "$(dirname "$0")/../.." || exit 2
broken=0
ours=$(sed -n 's/^#define SW_VERSION "\(.*\)"$/\1/p' src/slotwatch.h)
[ -n "$ours" ] || { echo "guard version: SW_VERSION cannot be read any more" && exit 1; }
# same FILE PATTERN: what the pattern's group is in the first line where it stands
same() {
  found=$(sed -n "s/$2/\\1/p" "$1" | head -n 1)
  [ "$found" = "$ours" ] || { echo "guard version: $1 has $found, not $ours" && broken=1; }
}
same src/ctl/arguments.cpp '.*"slotwatchctl \([0-9.]*\)".*'
same debian/changelog '^libapache2-mod-slotwatch (\(.*\)) .*'
same packaging/mod_slotwatch.spec '^Version: *'"\\(.*\\)"
same CHANGES.md '^## \([0-9.]*\), .*'
exit $broken
