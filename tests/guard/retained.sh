#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops a reload that jumps into code that is not there any more: what httpd retains for us outlives
# our code, so it holds no function, no literal and nothing out of a pool.
cd "$(dirname "$0")/../.." || exit 2
struct=$(sed -n '/^typedef struct sw_retained_t {/,/^}/p' src/httpd/keeper.c | sed 's,/\*.*,,')
[ -n "$struct" ] || { echo "guard retained: sw_retained_t cannot be read any more" && exit 1; }
pointers=$(echo "$struct" | grep -E '\*|\(|apr_|server_rec')
[ -z "$pointers" ] || { echo "guard retained: pointers in sw_retained_t:" "$pointers" && exit 1; }
