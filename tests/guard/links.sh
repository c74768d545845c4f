#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a link that leads nowhere at night: each relative one names a file that is there, and each
# anchor a heading of it, spelt as GitHub does.
cd "$(dirname "$0")/../.." || exit 2
broken=0
# shellcheck disable=SC2016 # backquotes
for document in $(find . -name '*.md' ! -path './build*' ! -path './.git/*' | sed 's,^\./,,'); do
  links=$(sed '/^```/,/^```/d; /^    /d' "$document" | grep -oE '\]\([^() ]+\)' |
    sed 's/^](//; s/)$//' | grep -vE '^(https?|mailto):' | sort -u)
  for link in $links; do
    file=${link%%#*}
    place=$document
    [ -z "$file" ] || place=$(dirname "$document")/$file
    anchor=${link#"$file"}
    if [ ! -e "$place" ]; then
      echo "guard links: $document: $link: there is no $place"; broken=1
    elif [ -n "$anchor" ]; then
      sed '/^```/,/^```/d' "$place" | sed -nE 's/^#+ +//p' | tr '[:upper:] ' '[:lower:]-' |
        sed 's/[^a-z0-9_-]//g; s/^/#/' | grep -qxF "$anchor" ||
        { echo "guard links: $document: $link: there is no such heading"; broken=1; }
    fi
  done
done
exit $broken
