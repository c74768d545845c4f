#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# npm.sh PACKAGE: fetches it into build/, once, and prints where it lies; fails with the reason
# where there is none to be had. axe-core looks for what people with a disability could not use;
# @grafana/schema says what Grafana reads of a dashboard, and typescript compares the two.
set -eu
cd "$(dirname "$0")/.."
case $1 in
  axe-core)
    version=4.14.1
    sum=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73
    sum=${sum}4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
    ;;
  @grafana/schema)
    version=10.4.2
    sum=3ca18270ce768b6eccf5adae05af04f060e32f063ba2277a0effd4be0c214c4c
    sum=${sum}92f6b67e9177b74c9ba0f80f7e412301d9ea252821b13b652e36ecb5c505416e
    ;;
  typescript)
    version=5.9.3
    sum=8e5d6f6733c38a72ebf5e52ddc9feded5e8580d130f508ef04f772b33f4a7d00
    sum=${sum}c3e357d0ac2d98e2f290762694a454f86d795bd511e12e9a7cc2d9ba3394e04b
    ;;
  *)
    echo "no sum is known of $1" >&2 && exit 1
    ;;
esac
place=build/npm/$1-$version

if [ ! -d "$place" ]; then
  mkdir -p "$(dirname "$place")"
  command -v npm >/dev/null || { echo "there is no npm" >&2 && exit 1; }
  scratch=$(mktemp -d build/npm/XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  # by itself it waits for more than a minute between its tries
  timeout 60 npm pack --loglevel error --fetch-retry-mintimeout 1000 --fetch-retry-maxtimeout 2000 \
    --pack-destination "$scratch" "$1@$version" >/dev/null 2>"$scratch/said" ||
    { echo "npm cannot fetch $1: $(head -n 1 "$scratch/said")" >&2 && exit 1; }
  tgz=$(echo "$scratch"/*.tgz)
  echo "$sum  $tgz" | sha512sum --check --quiet >&2
  tar -xzf "$tgz" -C "$scratch" package
  mv -T "$scratch/package" "$place" 2>/dev/null || [ -d "$place" ] # another test was quicker
fi
echo "$PWD/$place"
