# SPDX-License-Identifier: Apache-2.0
# The same tests on the same sources, built with other flags into folders of their own.

# The module, its watcher and its agents under AddressSanitizer and UBSan in a real httpd. What an
# APR pool holds at the end is no leak.
asan: $(B)/.testing
	@ASAN_OPTIONS=detect_leaks=0 SLOTWATCH_PRELOAD=$$(gcc -print-file-name=libasan.so) \
	  $(MAKE) --no-print-directory -s B=$(B)/asan CC='gcc $(filter-out -O1,$(SANITIZE))' \
	  CXX='g++ $(filter-out -O1,$(SANITIZE))' OPT='-O1 -fPIC -fvisibility=hidden' httpd

# The same under ThreadSanitizer, and the units that have threads. It does not know the fences of
# the board and the desk, which order processes; and a child of httpd's ends in a signal's handler.
TSAN     := -g -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan
TSAN_MAKE = $(MAKE) --no-print-directory -s B=$(B)/tsan CC='gcc $(TSAN)' CXX='g++ $(TSAN)' \
            OPT='-O1 -fPIC -fvisibility=hidden' SANITIZE='-O1 $(TSAN) -DTURNS=1000'
THREADED := $(addprefix $(B)/tsan/unit/,test_board test_threads)
$(B)/tsan/atomics.so: tests/httpd/tsan_atomics.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) $(TSAN) -O1 -fPIC -shared -o $@ $<
tsan: export TSAN_OPTIONS := die_after_fork=0:report_signal_unsafe=0:suppressions=$(abspath \
  tests/tsan.supp)
tsan: $(B)/.testing $(B)/tsan/atomics.so
	@$(TSAN_MAKE) $(THREADED)
	@for t in $(THREADED); do echo "== $$t"; $$t || exit 1; done
	@SLOTWATCH_PRELOAD="$$(gcc -print-file-name=libtsan.so) $(abspath $(B))/tsan/atomics.so" \
	  $(TSAN_MAKE) httpd

# Worker, watcher, agent and parent under valgrind's memcheck, in tests that make each do all its
# work. Each process writes a file, which is empty where nothing was found. Kills are not tried:
# valgrind 3.19 knows no pidfd_open(2). Nor do programs of SlotWatchRecycleExec start.
VALGRIND := /usr/bin/valgrind -q --vgdb=no --keep-debuginfo=yes --leak-check=full \
  --show-leak-kinds=definite --suppressions=$(abspath tests/valgrind.supp) \
  --log-file=$(abspath $(B))/valgrind/log/%p.log
VALGRIND_TESTS := $(addprefix tests/httpd/test_,handler.py mod_status.py socket.py recycle.py \
  phases.py::test_hanging_cleanup_is_phase_ghost \
  agent.py::test_hanging_cleanup_still_has_its_agent \
  watcher.py::test_history_goes_on_over_reloads_and_deaths \
  restarts.py::test_ungraceful_restart_frees_what_was_stuck \
  faults_kernel.py::test_pidfd_denied_leaves_the_kill_undone_and_says_so)
valgrind: $(B)/.testing
	@tests/deps.sh $(B)/deps.log valgrind
	@$(MAKE) --no-print-directory -s B=$(B)/valgrind OPT='-O1 -g -fPIC -fvisibility=hidden' \
	  all test-modules
	@rm -rf $(B)/valgrind/log; mkdir -p -m 777 $(B)/valgrind/log
	@SLOTWATCH_BUILD=$(abspath $(B))/valgrind SLOTWATCH_WRAP='$(VALGRIND)' \
	  SLOTWATCH_TEST_PATIENCE=120 $(PYTHON) -m pytest -q -p no:cacheprovider -n 2 \
	  $(VALGRIND_TESTS) $(PYTEST_ARGS) \
	  -k 'not (EndlessLoop or HeldMutex or HangingCleanup or SuspendedConnection or prompt-off)'
	@! grep -h '^==' $(B)/valgrind/log/*.log

# The core (or MUTATE=render) changed in one place at a time: which changes does no unit test and
# no trace notice? It is a shared object there, so that a change is built in a moment.
MUTANTS  ?= 200
SEED     ?= 1
NOTICERS := $(filter-out test_traces test_endpoint%,$(UNITS))
MUTATE   ?= core
MUTATED  := $(B)/mutants/$(MUTATE)
CHANGED  := $(wildcard src/$(MUTATE)/*.cpp)
BESIDE    = $(filter-out $(B)/san/src/$(MUTATE)/%,$(SAN_OBJ))
$(B)/libchanged.so: $(CHANGED:%.cpp=$(B)/san/%.o)
	$(CXX) -shared -o $@ $^
mutants: $(B)/.testing
	@$(MAKE) --no-print-directory -s B=$(MUTATED) SANITIZE='-O0 -fPIC' \
	  SAN_OBJ='$(patsubst $(B)/%,$(MUTATED)/%,$(BESIDE)) $(MUTATED)/libchanged.so' \
	  $(patsubst %,$(MUTATED)/unit/%,$(NOTICERS) test_traces)
	@$(PYTHON) tests/mutants/mutate.py $(MUTATED)/libchanged.so \
	  '$(CXX) $(CXXSTD) -O0 -fPIC -Isrc -I$(MUTATED)/page -c' '$(CXX) -shared' \
	  --count $(MUTANTS) --seed $(SEED) --sources $(CHANGED) -- $(NOTICERS:%=$(MUTATED)/unit/%) \
	  '$(MUTATED)/unit/test_traces $(wildcard tests/traces/*.trace)'

# Hours of traffic, reloads, stuck children and faults: was anything lost?
SOAK_MINUTES ?= 60
soak: all
	@$(PYTHON) tests/soak/soak.py --minutes $(SOAK_MINUTES) --seed $(SEED)
