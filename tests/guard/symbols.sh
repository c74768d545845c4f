#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a module that httpd cannot unload (a unique symbol pins it, and the old code runs on after a
# reload), that meets another module's symbols, that brings libstdc++ into every child, or that
# does not load.
cd "$(dirname "$0")/../.." || exit 2
module=build/mod_slotwatch.so
broken=0
complain() { echo "guard symbols: $module $1"; broken=1; }
none() { [ -z "$1" ] || { complain "$2:" && echo "$1" | sed 's/^/  /'; }; }
some() { [ -n "$1" ] || complain "$2"; }

exported=$(nm -D --defined-only $module | awk '{ print $NF }')
some "$(echo "$exported" | grep -x slotwatch_module)" "does not export slotwatch_module"
none "$(echo "$exported" | grep -vx slotwatch_module)" "exports more than slotwatch_module"

dynamic=$(readelf -dW $module)
none "$(echo "$dynamic" | grep NEEDED | grep -v '\[libc\.so')" "needs more than libc"
none "$(echo "$dynamic" | grep TEXTREL)" "has text relocations"
some "$(echo "$dynamic" | grep -E 'BIND_NOW|FLAGS.* NOW')" "is bound lazily"
none "$(readelf -sW $module | grep -w UNIQUE)" "has unique symbols"
none "$(readelf -lW $module | grep GNU_STACK | grep -w RWE)" "makes the stack executable"
some "$(readelf -lW $module | grep GNU_RELRO)" "leaves its relocated tables writable"

# The watcher's HTTP server meets nobody's symbols either.
served=build/slotwatch_http.so
found=$(nm -D --defined-only $served | awk '{ print $NF }')
[ "$found" = slotwatch_http ] || { echo "guard symbols: $served exports $found"; broken=1; }

# Every child maps the module: a mebibyte without its debugging symbols is a lot.
for file in $module build/slotwatch_http.so; do
  small=$(mktemp)
  strip -o "$small" "$file"
  bytes=$(stat -c %s "$small")
  rm "$small"
  [ "$bytes" -lt 1048576 ] || { echo "guard symbols: $file has $bytes bytes"; broken=1; }
done

# What nothing in httpd's process defines: C++'s runtime, and functions of our own.
none "$(nm -D --undefined-only $module | awk '$1 == "U" { print $2 }' |
  grep -E '^(_Z|__cxa_|__gxx_|_Unwind_|sw_)')" "would not load, for want of"
exit $broken
