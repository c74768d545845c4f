#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: deps.sh LOG PACKAGE...: installs those that are missing, as root or with sudo. One with a ?
# is left out where the distribution has it not: what needs it is skipped, and says so.
log=$1; shift
missing=
for package in "$@"; do
  dpkg-query -W -f='${db:Status-Status}' "${package%[?]}" 2>/dev/null | grep -qx installed ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing$missing"
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
# The tests start what they need themselves, on ports of their own: a package of a server must not.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap '$sudo rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod 755 $policy
fi
# those_there NAME...: without the optional ones that apt does not know.
those_there() {
  for package in "$@"; do
    case $package in
      *[?]) apt-cache show "${package%[?]}" >/dev/null 2>&1 || continue ;;
    esac
    echo "${package%[?]}"
  done
}
install() {
  # shellcheck disable=SC2046,SC2086 # these are several
  $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $(those_there $missing) >"$log" 2>&1
}
install || { tail -n 20 "$log" >&2; exit 1; }
