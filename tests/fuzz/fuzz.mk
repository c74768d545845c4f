# SPDX-License-Identifier: Apache-2.0
# make replay: the committed inputs, under sanitizers. make fuzz: looks for more, with clang's
# libFuzzer, FUZZ_SECONDS for each of FUZZ; what is new goes to build/corpus.
FUZZ         ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
CLANG        ?= clang
# RapidJSON's stack moves a null pointer while it is empty.
LIBFUZZER    := $(SANITIZE) -fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow -Isrc -Itests \
                -I$(B)/page

$(B)/san/tests/fuzz/%.o: WARN += -Itests
$(B)/replay/%: $(B)/san/tests/fuzz/fuzz_%.o $(B)/san/tests/fuzz/replay.o \
               $(B)/san/tests/fuzz/valid.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka
replay: $(FUZZ:%=$(B)/replay/%)
	@for t in $^; do $$t tests/fuzz/corpus/$$(basename $$t)/* || exit 1; done

$(B)/fuzz/%.o: %.cpp | $(B)/.deps
	@mkdir -p $(@D)
	$(CLANG)++ $(filter-out -fno-gnu-unique,$(CXXSTD)) $(LIBFUZZER) -MMD -MP -c -o $@ $<
$(B)/fuzz/%.o: %.c | $(B)/.deps
	@mkdir -p $(@D)
	$(CLANG) -std=gnu11 $(LIBFUZZER) -D_GNU_SOURCE -MMD -MP -c -o $@ $<
$(B)/fuzz/%: $(B)/fuzz/tests/fuzz/fuzz_%.o $(B)/fuzz/tests/fuzz/valid.o \
             $(SAN_OBJ:$(B)/san/%=$(B)/fuzz/%)
	$(CLANG)++ -fsanitize=fuzzer,address,undefined -o $@ $^ -lcmocka
fuzz: $(FUZZ:%=$(B)/fuzz/%)
	@for t in $^; do name=$$(basename $$t); mkdir -p $(B)/corpus/$$name; \
	  (cd $(B)/corpus && ../../$$t -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -timeout=10 \
	    $$name ../../tests/fuzz/corpus/$$name) || exit 1; done
.SECONDARY: # the objects of both stay
