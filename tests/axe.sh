#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches axe-core, which looks for what people with a disability could not use, into build/.
# Prints its path; fails with the reason where there is none to be had.
set -eu
cd "$(dirname "$0")/.."
version=4.14.1
sum=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73
sum=${sum}4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
script=build/axe-core-$version.js

if [ ! -f $script ]; then
  mkdir -p build
  command -v npm >/dev/null || { echo "there is no npm" >&2 && exit 1; }
  scratch=$(mktemp -d build/axe.XXXXXX)
  trap 'rm -rf "$scratch"' EXIT
  timeout 60 npm pack --silent --pack-destination "$scratch" axe-core@$version >/dev/null 2>&1 ||
    { echo "npm cannot fetch axe-core" >&2 && exit 1; }
  tgz=$scratch/axe-core-$version.tgz
  echo "$sum  $tgz" | sha512sum --check --quiet >&2
  tar -xzf "$tgz" -C "$scratch" package/axe.min.js
  mv "$scratch/package/axe.min.js" $script
fi
echo "$PWD/$script"
