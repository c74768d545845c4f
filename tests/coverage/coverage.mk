# SPDX-License-Identifier: Apache-2.0
# What the units, the traces and the fuzzers' corpora reach of core and renderers; with LIVE=1 also
# what the tests on a real httpd reach of the rest. This build is slow: a live test that fails in it
# is named, and what was reached is shown all the same.
COV      := $(B)/cov
COV_EXIT := $(COV)/tests/coverage/exit.o
COV_LINK := --coverage -fprofile-update=atomic -Wl,--wrap=_exit,--wrap=dlopen,$(COV_EXIT)
COVERED  := $(addprefix src/,core render $(if $(LIVE),httpd os http ctl)) \
            $(if $(LIVE),mod_slotwatch.c)
# Without optimization code calls into libstdc++.
COV_MAKE  = $(MAKE) --no-print-directory -s B=$(COV) OPT='-O0 -g -fPIC -fvisibility=hidden' \
  SANITIZE='-O0 -g' CC='gcc $(COV_LINK)' CXX='g++ $(COV_LINK)' LDFLAGS=-lstdc++
COV_BUILT = $(UNITS:%=$(COV)/unit/%) $(FUZZ:%=$(COV)/replay/%) $(if $(LIVE),all test-modules)

coverage: $(B)/.testing
	@tests/deps.sh $(B)/deps.log gcovr
	+@{ $(COV_MAKE) $(COV_EXIT) && $(COV_MAKE) $(COV_BUILT) && sh tests/coverage/begin.sh $(COV) && \
	  $(COV_MAKE) unit traces replay; } >$(B)/coverage.log 2>&1 || \
	  { tail -n 30 $(B)/coverage.log; exit 1; }
	+@$(if $(LIVE),SLOTWATCH_TEST_PATIENCE=120 $(COV_MAKE) httpd >$(B)/coverage-live.log 2>&1; \
	  grep -E '^(FAILED|ERROR) | (passed|failed).* in ' $(B)/coverage-live.log || \
	  { tail -n 30 $(B)/coverage-live.log; exit 1; })
	@gcovr --root . --object-directory $(COV) --exclude-throw-branches \
	  --exclude-unreachable-branches $(COVERED:%=--filter %) --csv $(B)/coverage.csv --txt
	@awk -F, -f tests/coverage/folders.awk $(B)/coverage.csv
