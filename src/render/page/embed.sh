#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a C++ header of the page's style and script, without comment lines and indentation, and of
# the sha256 that the Content-Security-Policy knows each by.
# usage: embed.sh STYLE SCRIPT...
set -eu

printf '// SPDX-License-Identifier: Apache-2.0\n// Made by embed.sh.\n#pragma once\n'
printf '#include <string_view>\n'
# embed NAME FILE...
embed() {
  name=$1; shift
  text=$(sed -e 's/^ *//' -e '/^\/\//d' -e '/^\/\*.*\*\/$/d' -e '/^$/d' "$@")
  hash=$(printf '%s' "$text" | openssl dgst -sha256 -binary | base64)
  printf '#define SW_PAGE_%s_SHA256 "sha256-%s"\n' "$name" "$hash"
  printf 'namespace slotwatch {\nconstexpr std::string_view page_%s = R"page(' \
    "$(echo "$name" | tr '[:upper:]' '[:lower:]')"
  printf '%s)page";\n}\n' "$text"
}
embed STYLE "$1"
shift
embed SCRIPT "$@"
