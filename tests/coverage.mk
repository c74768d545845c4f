# SPDX-License-Identifier: Apache-2.0
# make coverage: what the units, the traces and the committed inputs of the fuzzers reach of core,
# renderers and src/os, and, with LIVE=1, what the tests on a real httpd reach of the adapters.
COV      := -O0 -g --coverage -fprofile-update=atomic
COV_OBJ  := $(SAN_OBJ:$(B)/san/%=$(B)/cov/%)
$(B)/cov/%.o: %.cpp | $(B)/.deps
	@mkdir -p $(@D)
	$(CXX) $(CXXSTD) $(WARN) $(COV) -fPIC -Isrc -Itests -MMD -MP -c -o $@ $<
$(B)/cov/%.o: %.c | $(B)/.deps
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) $(COV) -fPIC $(COV_C) -D_GNU_SOURCE -Isrc -Itests -MMD -MP -c -o $@ $<
