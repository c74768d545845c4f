#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a core that looks at a clock, a file, the heap or its own past: a recorded trace would no
# longer be a test of it. And layers that grow into each other: what knows httpd cannot be tested
# without one.
cd "$(dirname "$0")/../.." || exit 2
broken=0
complain() { echo "guard layers: $1"; shift; printf '%s\n' "$@" | sed 's/^/  /'; broken=1; }

# only FOLDER HEADERS: whatever else the folder includes is complained of.
only() {
  found=$(grep -rnE '^ *# *include' "$1" | grep -vE "include *($2)( |\$)")
  [ -z "$found" ] || complain "$1 may not include" "$found"
}
abi='"slotwatch(_[a-z]+)?\.h"'
std='<[a-z_]+>'
linux='<(sys|linux|net|netinet|arpa)/[a-z_]+\.h>|<[a-z]+\.h>'
httpd='<(httpd|http_|ap_|apr|util_|mpm|unixd|scoreboard|mod_)[a-z_]*\.h>'
only src/core "$abi|$std|\"[a-z_]+\.hpp\""
only src/render "$abi|$std|\"[a-z_]+\.hpp\"|<rapidjson/[a-z/]+\.h>"
only src/http "$abi|$linux|\"(sw_http|spare)\.h\"|<microhttpd\.h>"
# A program of its own: it knows the watcher by what it answers.
only src/ctl "\"[a-z_]+\.hpp\"|$std|$linux|<(rapidjson|curl|CLI)/[A-Za-z]+\.h(pp)?>"
found=$(grep -rnE "include *$httpd" src/ctl)
[ -z "$found" ] || complain "src/ctl knows the watcher, not httpd" "$found"
for library in 'CLI/ arguments' 'curl/ (client|main)' 'rapidjson/ json' 'ncurses top_screen'; do
  found=$(grep -rnE "include <${library% *}" src/ctl | grep -vE "^src/ctl/${library#* }\.")
  [ -z "$found" ] || complain "only ${library#* } knows ${library% *}" "$found"
done
only src/os "$abi|$linux|\"sw_os\.h\""
found=$(grep -rnE "include *$httpd" src/os)
[ -z "$found" ] || complain "src/os knows Linux, not httpd" "$found"
found=$(grep -rnE "include *$httpd" src/http; grep -rn "include *<microhttpd" src/httpd)
[ -z "$found" ] || complain "src/http knows libmicrohttpd, src/httpd knows httpd" "$found"
found=$(grep -rnE '"/(proc|sys)/' mod_slotwatch.c src/httpd)
[ -z "$found" ] || complain "/proc and /sys are src/os's to know" "$found"

# calls FOLDER FUNCTIONS: besides each other, its objects call nothing but these, and keep nothing.
calls() {
  for source in "$1"/*.cpp; do
    object=build/${source%.cpp}.o
    [ -f "$object" ] || { complain "$object is missing: make all" && continue; }
    found=$(nm -u "$object" | sed 's/^ *[Uw] //' |
      grep -vE "^(_GLOBAL_OFFSET_TABLE_|sw_.*|_ZNK?9slotwatch.*|$2)\$")
    [ -z "$found" ] || complain "$source may not call" "$found"
    found=$(size -A "$object" | awk '$2 > 0 && $1 !~ /^\.data\.rel\.ro/ &&
      $1 ~ /^\.(data|bss|tdata|tbss|init_array|ctors)/ { print $1 ": " $2 " bytes" }')
    [ -z "$found" ] || complain "$source may keep nothing that can be written" "$found"
  done
}
memory='mem[a-z]+|str(n?len|n?cmp)|__mem[a-z]+_chk|(__)?v?snprintf(_chk)?|__stack_chk_fail'
calls src/core "$memory"
calls src/render "$memory|malloc|realloc|free" # RapidJSON's Writer, for its stack
exit $broken
