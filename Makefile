# SPDX-License-Identifier: Apache-2.0
# make demo: the outage, told, and then spared. make check: all tests. Both install what they miss.

B        := build
APXS     ?= $(shell command -v apxs2 || command -v apxs)
PYTHON   ?= /usr/bin/python3
CC       := gcc
CXX      := g++
AR       := gcc-ar
DEMO_SECONDS ?= 75

WARN     := -Wall -Wextra -Wshadow -Wformat=2 -Wundef -Wpointer-arith \
            -Wno-missing-field-initializers
OPT      := -O2 -g -fPIC -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2
CXXSTD   := -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-gnu-unique
apxs      = $(shell $(APXS) -q $(1) 2>/dev/null)
HTTPD_CFLAGS = $(call apxs,EXTRA_CPPFLAGS) $(addprefix -isystem ,$(sort $(call apxs,INCLUDEDIR) \
            $(call apxs,APR_INCLUDEDIR) $(call apxs,APU_INCLUDEDIR)))
# CPPFLAGS, CFLAGS, CXXFLAGS and LDFLAGS are the distributions'; some of them turn exceptions on.
CFLAGS_C  = -std=gnu11 $(OPT) $(WARN) -Wstrict-prototypes -D_GNU_SOURCE -Isrc -MMD -MP \
            $(CPPFLAGS) $(CFLAGS)
CFLAGS_CXX = $(OPT) $(WARN) -Isrc -I$(B)/page -MMD -MP $(CPPFLAGS) $(CXXFLAGS) $(CXXSTD)
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CORE     := $(wildcard src/core/*.cpp)
RENDER   := $(wildcard src/render/*.cpp)
HTTPD    := mod_slotwatch.c $(wildcard src/httpd/*.c)
OS       := $(wildcard src/os/*.c)
HTTP     := $(wildcard src/http/*.c)
CTL      := $(wildcard src/ctl/*.cpp)
UNITS    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
TESTMODS := $(patsubst tests/httpd/modules/%.c,$(B)/tests/%.so,$(wildcard tests/httpd/modules/*.c))
CXX_OBJ  := $(patsubst %.cpp,$(B)/%.o,$(CORE) $(RENDER))
C_OBJ    := $(patsubst %.c,$(B)/%.o,$(HTTPD) $(OS))

.PHONY: all deps demo check lint guard unit traces replay httpd test-modules fuzz coverage asan \
        tsan valgrind mutants soak bench sbom install clean
.DELETE_ON_ERROR:

all: $(B)/mod_slotwatch.so $(B)/slotwatch_http.so $(B)/slotwatchctl

# The map keeps to ourselves what libstdc++'s headers would export.
$(B)/mod_slotwatch.so: $(C_OBJ) $(CXX_OBJ) src/exports.map
	$(CC) -shared -Wl,-z,relro,-z,now -Wl,--version-script=src/exports.map -o $@ $(filter %.o,$^) \
	  $(LDFLAGS) -Wl,--as-needed -lrt -ldl -lpthread # where they are not libc's (glibc before 2.34)
$(B)/slotwatch_http.so: $(patsubst %.c,$(B)/%.o,$(HTTP)) src/http/exports.map
	$(CC) -shared -Wl,-z,relro,-z,now -Wl,--version-script=src/http/exports.map -o $@ \
	  $(filter %.o,$^) $(LDFLAGS) -lmicrohttpd

$(B)/mod_slotwatch.o $(B)/src/httpd/%.o $(B)/tests/bench/%.o: CFLAGS_C += $(HTTPD_CFLAGS)
$(B)/%.o: %.c | $(B)/.deps
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_C) -c -o $@ $<
$(B)/%.o: %.cpp | $(B)/.deps
	@mkdir -p $(@D)
	$(CXX) $(CFLAGS_CXX) -c -o $@ $<

# The page's style and script, with what its Content-Security-Policy knows them by.
PAGE := $(addprefix src/render/page/,embed.sh page.css page.js live.js)
$(B)/page/page_text.hpp: $(PAGE) | $(B)/.deps
	@mkdir -p $(@D)
	sh $^ >$@
$(foreach d,$(B) $(B)/san,$(d)/src/render/html.o $(d)/src/render/format.o): $(B)/page/page_text.hpp

# A program of its own: it may throw, and is small rather than fast.
$(B)/src/ctl/%.o: CFLAGS_CXX = -std=c++20 $(OPT:-O2=-Os) $(WARN) -ffunction-sections -MMD -MP \
  $(CPPFLAGS) $(CXXFLAGS)
$(B)/slotwatchctl: $(CTL:%.cpp=$(B)/%.o)
	$(CXX) -Wl,-z,relro,-z,now,--gc-sections -pie -o $@ $^ $(LDFLAGS) -lcurl -lncursesw -ltinfo

# What the build needs, and the tests besides, installed once where something is missing. Among the
# tests' are servers: Debian starts them when the machine starts the next time.
PACKAGES := gcc g++ make apache2-bin apache2-dev rapidjson-dev libmicrohttpd-dev libcli11-dev \
            libcurl4-openssl-dev libncurses-dev python3
TESTING  := libcmocka-dev curl tmux logrotate haproxy python3-pytest python3-pytest-xdist \
            python3-requests python3-websockets python3-h2 python3-prometheus-client python3-yaml \
            python3-jsonschema prometheus prometheus-alertmanager chromium? chromium-driver? \
            python3-selenium nginx-light openssl procps rsyslog collectd-core? libcurl3-gnutls? \
            icinga2-bin? nagios4-core? prometheus-apache-exporter?
deps: $(B)/.testing
$(B)/.deps: NEEDED = $(PACKAGES)
$(B)/.testing: NEEDED = $(if $(PACKAGES),$(TESTING))
$(B)/.testing: $(B)/.deps
$(B)/.deps $(B)/.testing: Makefile
	@mkdir -p $(@D)
	@tests/deps.sh $(B)/deps.log $(NEEDED)
	@touch $@

# The compiler and apxs may have come just now: the rest is a make of its own.
demo: $(B)/.deps
	@$(MAKE) --no-print-directory -s all
	@$(PYTHON) tests/demo.py --seconds $(DEMO_SECONDS)

check: $(B)/.testing
	@$(MAKE) --no-print-directory lint guard unit traces replay httpd

lint: $(B)/page/page_text.hpp
	@tests/lint.sh
guard: all
	@for g in tests/guard/*.sh; do sh $$g || exit 1; done; echo "guards: all hold"

# Units and traces run the core and the renderers under sanitizers, through the C ABI.
SAN_OBJ := $(patsubst %.cpp,$(B)/san/%.o,$(CORE) $(RENDER)) \
           $(patsubst %.c,$(B)/san/%.o,$(OS) src/httpd/desk.c src/httpd/beat.c)
$(B)/san/%.o: %.cpp | $(B)/.testing
	@mkdir -p $(@D)
	$(CXX) $(CXXSTD) $(WARN) $(SANITIZE) -Isrc -I$(B)/page -MMD -MP -c -o $@ $<
$(B)/san/%.o: %.c | $(B)/.testing
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) $(SANITIZE) -D_GNU_SOURCE -Isrc -MMD -MP -c -o $@ $<
$(B)/unit/%: $(B)/san/tests/unit/%.o $(SAN_OBJ)
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^ -lcmocka
unit: $(addprefix $(B)/unit/,$(filter-out test_traces,$(UNITS)))
	@for t in $^; do echo "== $$t"; $$t || exit 1; done
traces: $(B)/unit/test_traces
	@$< tests/traces/*.trace

# Test-only modules: each is one file.
test-modules: $(TESTMODS)
$(B)/tests/%.so: tests/httpd/modules/%.c | $(B)/.testing
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_C) $(HTTPD_CFLAGS) -shared -o $@ $<
httpd: all test-modules $(B)/unit/draw_page
	@SLOTWATCH_BUILD=$(abspath $(B)) $(PYTHON) -m pytest -q -p no:cacheprovider -n 4 \
	  tests/httpd $(PYTEST_ARGS)

sbom: all; @$(PYTHON) tests/sbom.py $(B)

include tests/fuzz/fuzz.mk
include tests/coverage/coverage.mk
include tests/instrumented.mk
include tests/bench/bench.mk
include packaging/packaging.mk docker/docker.mk

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
