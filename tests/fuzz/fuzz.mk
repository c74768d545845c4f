# SPDX-License-Identifier: Apache-2.0
# make replay: the committed inputs, under sanitizers. make fuzz: looks for more, with clang's
# libFuzzer, FUZZ_SECONDS for each of FUZZ; what is new goes to build/corpus.
FUZZ         ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_DRIVER  ?= $(B)/san/tests/fuzz/replay.o

$(B)/san/tests/fuzz/%.o: WARN += -Itests
$(B)/replay/%: $(B)/san/tests/fuzz/fuzz_%.o $(FUZZ_DRIVER) $(B)/san/tests/fuzz/valid.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka
replay: $(FUZZ:%=$(B)/replay/%)
	@for t in $^; do $$t tests/fuzz/corpus/$$(basename $$t)/* || exit 1; done

# libFuzzer has a main of its own. RapidJSON's stack moves a null pointer while it is empty.
fuzz: $(B)/.testing
	@$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang CXX=clang++ FUZZ_DRIVER= \
	  CXXSTD='$(filter-out -fno-gnu-unique,$(CXXSTD))' \
	  SANITIZE='$(SANITIZE) -fsanitize=fuzzer -fno-sanitize=pointer-overflow' \
	  $(FUZZ:%=$(B)/fuzz/replay/%)
	@for t in $(FUZZ); do mkdir -p $(B)/corpus/$$t; \
	  $(B)/fuzz/replay/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	    -artifact_prefix=$(B)/corpus/ $(B)/corpus/$$t tests/fuzz/corpus/$$t || exit 1; done
.SECONDARY: # the objects of drivers and targets stay
