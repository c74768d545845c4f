#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a reload that jumps into code that is not there any more: what httpd retains for us outlives
# our code, so it holds no function, no literal and nothing out of a pool.
cd "$(dirname "$0")/../.." || exit 2
struct=$(sed -n '/^typedef struct sw_retained_t {/,/^}/p' src/httpd/keeper.c | sed 's,/\*.*,,')
[ -n "$struct" ] || { echo "guard retained: sw_retained_t cannot be read any more" && exit 1; }
# What lies in it, which its own text does not show.
for file in src/httpd/endpoints.h src/os/sw_os.h; do
  for name in sw_endpoints_t sw_endpoint_told_t sw_os_unix_t; do
    struct="$struct
$(sed -n "/^typedef struct $name {/,/^}/p" $file | sed 's,/\*.*,,')"
  done
done
pointers=$(echo "$struct" | grep -E '\*|\(|apr_|server_rec')
[ -z "$pointers" ] || { echo "guard retained: pointers in sw_retained_t:" "$pointers" && exit 1; }
