# SPDX-License-Identifier: Apache-2.0
# The same tests on the same sources, built with other flags into folders of their own.

# The module, its watcher and its agents under AddressSanitizer and UBSan in a real httpd. What an
# APR pool holds at the end is no leak.
asan: $(B)/.deps
	@rm -f $(B)/asan/report.*
	@ASAN_OPTIONS=detect_leaks=0:log_path=$(abspath $(B))/asan/report \
	  SLOTWATCH_PRELOAD=$$(gcc -print-file-name=libasan.so) \
	  $(MAKE) --no-print-directory -s B=$(B)/asan CC='gcc $(filter-out -O1,$(SANITIZE))' \
	  CXX='g++ $(filter-out -O1,$(SANITIZE))' OPT='-O1 -fPIC -fvisibility=hidden' httpd
	@! cat $(B)/asan/report.* 2>/dev/null

# Worker, watcher, agent and parent under valgrind's memcheck, in tests that make each do all its
# work. Each process writes a file, which is empty where nothing was found. Kills are not tried:
# valgrind 3.19 knows no pidfd_open(2). Programs that httpd starts run without it.
VALGRIND := /usr/bin/valgrind -q --vgdb=no --keep-debuginfo=yes --leak-check=full \
  --show-leak-kinds=definite --suppressions=$(abspath tests/valgrind.supp) \
  --log-file=$(abspath $(B))/valgrind/log/%p.log
VALGRIND_TESTS := $(addprefix tests/httpd/test_,handler.py mod_status.py socket.py recycle.py \
  phases.py::test_hanging_cleanup_is_phase_ghost \
  agent.py::test_hanging_cleanup_still_has_its_agent \
  watcher.py::test_history_goes_on_over_reloads_and_deaths \
  restarts.py::test_ungraceful_restart_frees_what_was_stuck \
  faults_kernel.py::test_pidfd_denied_leaves_the_kill_undone_and_says_so)
valgrind: $(B)/.deps
	@tests/deps.sh $(B)/deps.log valgrind
	@$(MAKE) --no-print-directory -s B=$(B)/valgrind OPT='-O1 -g -fPIC -fvisibility=hidden' \
	  all test-modules
	@rm -rf $(B)/valgrind/log; mkdir -p -m 777 $(B)/valgrind/log
	@SLOTWATCH_BUILD=$(abspath $(B))/valgrind SLOTWATCH_WRAP='$(VALGRIND)' \
	  SLOTWATCH_TEST_PATIENCE=120 $(PYTHON) -m pytest -q -p no:cacheprovider -n 2 \
	  $(VALGRIND_TESTS) $(PYTEST_ARGS) \
	  -k 'not (EndlessLoop or HeldMutex or HangingCleanup or SuspendedConnection or prompt-off)'
	@! grep -h '^==' $(B)/valgrind/log/*.log

# The core changed in one place at a time: which changes does no unit test and no trace notice?
# The core is a shared object there, so that a change is built in a moment.
MUTANTS  ?= 200
SEED     ?= 1
MUTATED  := $(B)/mutants
NOTICERS := $(filter-out test_traces test_endpoint%,$(UNITS))
BESIDE   := $(filter-out $(B)/san/src/core/%,$(SAN_OBJ))
$(B)/libcore.so: $(CORE:%.cpp=$(B)/san/%.o)
	$(CXX) -shared -o $@ $^
mutants: $(B)/.deps
	@$(MAKE) --no-print-directory -s B=$(MUTATED) SANITIZE='-O0 -fPIC' \
	  SAN_OBJ='$(patsubst $(B)/%,$(MUTATED)/%,$(BESIDE)) $(MUTATED)/libcore.so' \
	  $(patsubst %,$(MUTATED)/unit/%,$(NOTICERS) test_traces)
	@$(PYTHON) tests/mutants/mutate.py $(MUTATED)/libcore.so \
	  '$(CXX) $(CXXSTD) -O0 -fPIC -Isrc -c' '$(CXX) -shared' --count $(MUTANTS) --seed $(SEED) \
	  --sources $(CORE) -- $(NOTICERS:%=$(MUTATED)/unit/%) \
	  '$(MUTATED)/unit/test_traces $(wildcard tests/traces/*.trace)'

# Hours of traffic, reloads, stuck children and faults: was anything lost?
SOAK_MINUTES ?= 60
soak: all
	@$(PYTHON) tests/soak/soak.py --minutes $(SOAK_MINUTES) --seed $(SEED)
