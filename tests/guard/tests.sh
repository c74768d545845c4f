#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops tests that pass by luck and fail on a busy machine: bare sleeps instead of a predicate and a
# deadline, ports that another run holds, processes of somebody else ended by their name.
cd "$(dirname "$0")/../.." || exit 2
broken=0
# forbid WHY PATTERN FILE...
forbid() {
  why=$1 pattern=$2; shift 2
  found=$(grep -rnE --include='*.py' --include='*.[ch]' --include='*.sh' --exclude-dir=guard \
    "$pattern" "$@" /dev/null)
  [ -z "$found" ] || { echo "guard tests: $why:" && echo "$found" | sed 's/^/  /' && broken=1; }
}
# A benchmark measures for a while, the demonstration shows it; a module under test may be slow.
waiting=$(find tests -name '*.[cp]*' ! -path tests/httpd/waiting.py ! -path 'tests/bench/*' \
  ! -path 'tests/demo/*' ! -path 'tests/httpd/modules/*' -type f)
# shellcheck disable=SC2086 # these are several
forbid "waits go through tests/httpd/waiting.py" '\b(u|nano)?sleep\(' $waiting
forbid "ports come from the kernel" \
  '(Listen|localhost:|127\.0\.0\.1:|[Pp][Oo][Rr][Tt] *=) *[1-9][0-9]{2,4}($|[^0-9.])' tests
forbid "a process ends by the pid that the test knows" '\b(pkill|killall|pidof)\b' tests
forbid "no shell between a test and what it starts" 'shell=True|os\.(system|popen)\(' tests
exit $broken
