# SPDX-License-Identifier: Apache-2.0
# The core and the sampler on a scoreboard of their own.
BENCH_OBJ := $(B)/tests/bench/frame_bench.o $(B)/src/httpd/sampler.o $(B)/src/httpd/desk.o \
             $(patsubst %.c,$(B)/%.o,$(OS)) $(patsubst %.cpp,$(B)/%.o,$(CORE))
$(B)/frame_bench: $(BENCH_OBJ)
	$(CC) -o $@ $^
$(B)/agent_bench: $(B)/tests/bench/agent_bench.o $(patsubst %.c,$(B)/%.o,$(OS))
	$(CC) -o $@ $^ -pthread
$(B)/render_bench: $(B)/tests/bench/render_bench.o $(CXX_OBJ)
	$(CC) -o $@ $^
bench: all $(B)/frame_bench $(B)/agent_bench $(B)/render_bench
	@$(PYTHON) tests/bench/bench.py $(BENCH)
