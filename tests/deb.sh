#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: deb.sh DIRECTORY: what `make deb` left there, from lintian to purge, with Debian's own
# apache2. It installs and purges packages: for a machine that is thrown away, with nobody's server.
set -eu
package=libapache2-mod-slotwatch
directory=$(cd "$1" && pwd)
log=$directory/check.log
asked=$directory/asked # what the packages would have had invoke-rc.d do
scratch=$directory/scratch
say() { echo "deb: $*"; }
fail() { say "$*" >&2; exit 1; }

# wait_until WHAT COMMAND...
wait_until() {
  what=$1; shift
  deadline=$(($(date +%s) + 30))
  until "$@" >>"$log" 2>&1; do
    [ "$(date +%s)" -le $deadline ] || fail "waited 30 s for $what"
  done
}

end() {
  status=$?
  if [ -e /run/apache2/apache2.pid ]; then apache2ctl stop >>"$log" 2>&1; fi
  rm -rf "$scratch"
  if [ $status != 0 ]; then tail -n 20 "$log" /var/log/apache2/error.log >&2; fi
}

check_lintian() {
  # shellcheck disable=SC2012 # the one file there
  lintian --allow-root -EvIL +pedantic --fail-on error,warning "$(ls "$directory"/*.changes)"
  say "lintian: no error, no warning"
}

# apt_get WHAT...
apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold "$@" >>"$log" 2>&1 || fail "apt-get $*"
}

# Nothing is started by init here: what is asked of it is written down.
prepare() {
  ! dpkg-query -W -f='${db:Status-Status}' apache2 2>/dev/null | grep -qx installed ||
    fail "there is an apache2 on this machine: not here"
  printf '#!/bin/sh\necho "$*" >>%s\nexit 101\n' "$asked" >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  mkdir -p /run/lock
  apt_get install apache2 curl
  port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1)->sockport')
  echo "Listen 127.0.0.1:$port" >/etc/apache2/ports.conf
  echo "ServerName slotwatch.test" >/etc/apache2/conf-enabled/name.conf
  mkdir -p "$scratch"
  apache2ctl start >>"$log" 2>&1 || fail "start"
  wait_until "the server" is_code 404
}

page() { curl -fsS "http://127.0.0.1:$port/slotwatch?format=$1"; }
is_code() {
  [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/slotwatch")" = "$1" ]
}
is_reloaded() { page json | grep -q "\"generation\":$1,"; }
maps() { grep -F " $1" "/proc/$(cat /run/apache2/apache2.pid)/maps" | awk '{ print $5 }' | uniq; }
files() { find / -xdev -path "$directory" -prune -o -path "$PWD" -prune -o -path /proc -prune -o \
  -name '*slotwatch*' -print | sort; }

check_install() {
  : >"$asked"
  apt_get install "$directory/$package"_*.deb
  a2query -q -m slotwatch || fail "installed, and not enabled"
  grep -q 'apache2 reload' "$asked" || fail "installed with: $(cat "$asked")"
  apache2ctl configtest >>"$log" 2>&1 || fail "configtest"
  apache2ctl graceful >>"$log" 2>&1
  wait_until "the page" page json
  slotwatchctl status >>"$log" || fail "slotwatchctl status"
  [ "$(slotwatchctl --version)" = "slotwatchctl $(dpkg-query -W -f='${Version}' $package)" ] ||
    fail "slotwatchctl says it is $(slotwatchctl --version)"
  man -w slotwatchctl >>"$log" 2>&1 || [ ! -x /usr/bin/man ] || fail "no manual"
  say "installed, enabled, served"
}

# The same files as another version, on the server that runs.
check_upgrade() {
  dpkg-deb -R "$directory/$package"_*.deb "$scratch/next"
  sed -i 's/^Version: .*/&+next/' "$scratch/next/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$scratch/next" "$scratch/next.deb" >>"$log"
  module=/usr/lib/apache2/modules/mod_slotwatch.so
  before=$(maps $module)
  : >"$asked"
  echo "# mine" >>/etc/apache2/mods-available/slotwatch.conf
  apt_get install "$scratch/next.deb"
  grep -q 'apache2 reload' "$asked" || fail "upgraded with: $(cat "$asked")"
  grep -q '^# mine' /etc/apache2/mods-available/slotwatch.conf || fail "somebody's conf is gone"
  apache2ctl graceful >>"$log" 2>&1
  wait_until "the reload" is_reloaded 2
  [ "$(maps $module)" = "$(stat -c %i $module)" ] || fail "the old module is still mapped"
  [ "$(maps $module)" != "$before" ] || fail "the file was not replaced"
  wait_until "slotwatchctl" slotwatchctl status
  ! grep -E ' SW(105|4..) |\[(error|crit|alert|emerg)\]' /var/log/apache2/error.log ||
    fail "the upgrade was not smooth"
  say "upgraded while it served"
}

check_disable() {
  a2dismod -q slotwatch >>"$log"
  apache2ctl graceful >>"$log" 2>&1
  wait_until "the page to be gone" is_code 404
  [ -z "$(maps mod_slotwatch.so)" ] || fail "disabled, and still mapped"
  apt_get install --reinstall "$scratch/next.deb"
  ! a2query -q -m slotwatch || fail "an upgrade enabled what was disabled"
  a2enmod -q slotwatch >>"$log"
  apache2ctl graceful >>"$log" 2>&1
  wait_until "the page again" page json
  say "disabled and enabled"
}

check_purge() {
  apt_get purge $package
  [ ! -e /etc/apache2/mods-enabled/slotwatch.load ] || fail "purged, and enabled"
  apache2ctl graceful >>"$log" 2>&1
  wait_until "the page to be gone" is_code 404
  apache2ctl stop >>"$log" 2>&1
  wait_until "the server to be gone" test ! -e /run/apache2/apache2.pid
  [ "$(files)" = "$was_there" ] || fail "left behind: $(files)"
  say "purged, nothing is left"
}

: >"$log"
trap end EXIT
check_lintian
prepare
was_there=$(files)
check_install
check_upgrade
check_disable
check_purge
