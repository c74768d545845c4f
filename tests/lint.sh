#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the linters that are installed find; ends at the first that finds something.
set -eu
cd "$(dirname "$0")/.."
# They find and format otherwise from release to release: Debian 12's decides.
llvm=14
gcc=12
python=${PYTHON:-/usr/bin/python3}

say() { echo "lint: $*"; }
sources() { find mod_slotwatch.c src tests "$@" | sort; }

# have TOOL: whether it is installed.
have() {
  command -v "$1" >/dev/null || { say "$1 is not installed, skipped"; return 1; }
}

# have_llvm TOOL: whether it is installed in that release; $tool is its name.
have_llvm() {
  tool=$(command -v "$1-$llvm" || echo "$1")
  have "$tool" || return 1
  "$tool" --version | grep -q "version $llvm\." && return
  say "$1 is not LLVM $llvm's, skipped"
  return 1
}

# run COMMAND...: what it prints where it fails, without clang's counts of what others are to mend.
run() {
  found=$("$@" 2>&1) && return
  printf '%s\n' "$found" |
    grep -vE '^[0-9]+ (warning|error)s?.* generated\.$|^Error while processing '
  exit 1
}

# tidy HEADERS FLAGS...: clang-tidy on the files of stdin. The analyzer's own bound of 225000 nodes
# doubles the time, most of it within RapidJSON and std::ranges::sort, and has found nothing more.
tidy() {
  headers=$1; shift
  run xargs -r -P "$(nproc)" -I{} "$tool" --quiet --header-filter="$headers" {} -- -Isrc -Itests \
    -Xclang -analyzer-config -Xclang max-nodes=50000 "$@"
}

# The Makefile's flags, as far as they change what the code means.
lint_cxx() {
  sources -name '*.cpp' \( -path 'src/core/*' -o -path 'src/render/*' \) |
    tidy '\.hpp$' -std=c++20 -fno-exceptions -fno-rtti -Ibuild/page
  sources -name '*.cpp' ! -path 'src/core/*' ! -path 'src/render/*' | tidy '\.hpp$' -std=c++20
}

# with_c COMMAND...: with the flags for C.
with_c() {
  apxs=$(command -v apxs2 || command -v apxs)
  set -- "$@" -std=gnu11 -D_GNU_SOURCE
  for directory in INCLUDEDIR APR_INCLUDEDIR APU_INCLUDEDIR; do
    set -- "$@" -isystem "$($apxs -q $directory 2>/dev/null)"
  done
  "$@"
}
lint_c() { sources -name '*.c' | with_c tidy '(src|tests)/.*\.h$'; }

# gcc's analyzer on the C that httpd runs. It does not know C++ yet, nor that cmocka's assertions
# return only where they hold. What the optimizer has changed, it sees less of.
analyze() { run xargs -P "$(nproc)" -I{} gcc -fanalyzer -Werror -O0 -Isrc -S -o /dev/null {} "$@"; }
analyze_c() { sources -name '*.c' ! -path 'tests/unit/*' ! -path 'tests/fuzz/*' | with_c analyze; }

# check PATHS... OPTIONS...: cppcheck; tests/cppcheck.supp says what it may find, and why.
check() {
  run cppcheck --quiet --error-exitcode=1 --inline-suppr --suppressions-list=tests/cppcheck.supp \
    --enable=warning,performance,portability,style -Isrc -D_GNU_SOURCE "$@"
}

if have_llvm clang-format; then
  sources -name '*.[ch]' -o -name '*.[ch]pp' | run xargs "$tool" --dry-run --Werror
fi
if have_llvm clang-tidy; then
  lint_cxx
  lint_c
fi
if have cppcheck; then
  check mod_slotwatch.c src --library=posix --library=gnu
  check tests # without those: what a test opens, the end of its process closes
fi
if have gcc; then
  if [ "$(gcc -dumpversion)" = $gcc ]; then
    analyze_c
  else
    say "gcc is not $gcc, its analyzer skipped"
  fi
fi
if have shellcheck; then
  { sources -name '*.sh'
    find .ci conf docker -type f -exec grep -lE '^#(!| shellcheck shell)' {} +; } |
    run xargs shellcheck
fi
if "$python" -m pyflakes --version >/dev/null 2>&1; then
  sources -name '*.py' | run xargs "$python" -m pyflakes
elif command -v ruff >/dev/null; then
  sources -name '*.py' | run xargs ruff check
else
  say "neither pyflakes nor ruff is installed, skipped"
fi
say "nothing found"
