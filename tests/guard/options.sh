#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops an option of slotwatchctl that --help knows and the man page or the completion does not, or
# the other way round.
cd "$(dirname "$0")/../.." || exit 2
program=build/slotwatchctl
manual=docs/slotwatchctl.1
completion=conf/slotwatchctl.bash-completion
broken=0
complain() { echo "guard options: $*"; broken=1; }

# The options in a text: long ones and, with "all", short ones.
options() {
  if [ "$1" = all ]; then pattern='--?[A-Za-z][a-z-]*'; else pattern='--[a-z][a-z-]*'; fi
  grep -oE -e "(^|[ ,[])$pattern" | tr -d ' ,[' | sort -u
}
of_help() {
  $program ${1:+"$1"} --help | grep -E '^  -' | sed 's/  [A-Z].*//; s/Excludes:.*//'
}

# A section of the manual, as it is written but for its dashes and fonts.
of_manual() {
  awk -v wanted="$1" '/^\.S[HS] / { on = ($0 == wanted) } on && /^\.B[IR]?  *\\-/' $manual |
    sed 's/\\-/-/g; s/"//g; s/\\f.//g'
}
of_completion() {
  bash -c '. "$0"; COMP_WORDS=(slotwatchctl $1 --); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _slotwatchctl; printf "%s\n" "${COMPREPLY[@]}"' $completion "$1"
}
# same WHAT ONE OTHER
# shellcheck disable=SC2086 # in one line
same() { [ "$2" = "$3" ] || complain "$1:" $2 "-- and in --help:" $3; }

commands=$($program --help | sed -n '/^Subcommands:/,$s/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || complain "no commands in --help"
for command in $commands ""; do
  all=$(of_help "$command" | options all)
  long=$(of_help "$command" | options long)
  same "$completion ${command:-(before a command)}" \
    "$(of_completion "$command" | sort -u)" "$long"
  # What all commands have stands once.
  if [ -n "$command" ]; then
    all=$(echo "$all" | grep -vxE -e '--socket|-h|--help|-V|--version')
    section=".SS $command"
  else
    section=".SH OPTIONS"
  fi
  same "$manual ${command:-OPTIONS}" "$(of_manual "$section" | options all)" "$all"
done
offered=$(bash -c '. "$0"; COMP_WORDS=(slotwatchctl ""); COMP_CWORD=1; _slotwatchctl
  echo "${COMPREPLY[@]}"' $completion)
[ "$offered" = "$(echo "$commands" | xargs)" ] || complain "$completion offers: $offered"
said=$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z $manual 2>&1 >/dev/null)
[ -z "$said" ] || ! command -v man >/dev/null || complain "man does not like $manual:" "$said"
exit $broken
