#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a file that comes without its licence: whoever packages it would have to ask. And author
# tags: they outlive the truth, which git knows.
cd "$(dirname "$0")/../.." || exit 2
broken=0
files=$(find Makefile mod_slotwatch.c .clang-format .clang-tidy .editorconfig .ci src tests docker \
  conf packaging debian/rules -type f \( -name '*.[ch]' -o -name '*.[ch]pp' -o -name '*.py' \
  -o -name '*.sh' -o -name '*.map' -o -name '*.mk' -o -name '*.spec' -o -name rules \
  -o -name '*.js' -o -name '*.css' -o -name '*.conf' -o -name '[MD]*file' -o -name '.*' \
  -o -path .ci/run \) \
  2>/dev/null)
for file in $files; do
  head -n 1 "$file" | grep -q '^#!' && line=2 || line=1
  sed -n "$line p" "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0' ||
    { echo "guard spdx: $file:$line: no SPDX line" && broken=1; }
  grep -nEi '[@\\]author|^[ /*#]*(copyright|(created|written) by|authors?:)' "$file" /dev/null |
    grep '' && echo "guard spdx: no authors here" && broken=1
done
exit $broken
