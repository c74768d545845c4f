#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops calls that do harm in a server's parent: a shell, a text that outgrows its place, an exit
# that takes the server along, a nap during which nobody is reaped.
cd "$(dirname "$0")/../.." || exit 2
broken=0
# forbid WHY FUNCTIONS FILE...: but in comments
forbid() {
  why=$1 functions=$2; shift 2
  found=$(grep -rnE --include='*.[ch]' --include='*.[ch]pp' "(^|[^a-z_>.\"])($functions)\(" "$@" |
    grep -vE ':[0-9]+: *(/\*|\*|//)')
  [ -z "$found" ] || { echo "guard calls: $why:" && echo "$found" | sed 's/^/  /' && broken=1; }
}
module="mod_slotwatch.c src/httpd src/http src/os src/core src/render"
# shellcheck disable=SC2086 # these are several
{
  forbid "no shell runs in httpd" 'system|popen|wordexp' $module
  forbid "these do not know where their memory ends" \
    'v?sprintf|str(cpy|cat)|stpcpy|gets|alloca|strtok' $module
  forbid "nothing of ours ends the server; the watcher ends with _exit" \
    'exit|abort|assert|ap_assert|ap_abort_on_oom' $module
  forbid "only the watcher waits, and in ppoll" '(apr_|u|nano)?sleep' $module
}
exit $broken
