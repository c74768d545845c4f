#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops the warning that scrolled by, such as of a format that is no literal: a client could write
# it.
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
make --no-print-directory -s -j"$(nproc)" B="$scratch" all test-modules >"$scratch/log" 2>&1
status=$?
if [ $status != 0 ] || grep -q 'warning:' "$scratch/log"; then
  echo "guard warnings: the build is not silent:"
  cat "$scratch/log"
  exit 1
fi
