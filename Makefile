# Capscore. `make help` lists the targets.
#
# One Makefile, no recursion over folders. Each flavour (MODE = debug, release, asan, tsan, clang, fuzz) has its own
# folder under build/, so switching needs no clean. Generated protobuf code lives in the build folder too.
#
# A few targets (run, test, asan, ...) call $(MAKE) once more on this same file. They are commands for people: they
# choose the flavour, use all processors without being asked, and run and test first install what is missing, which
# must be over before pkg-config and protoc are used. Everything that builds files is in one graph.
MAKEFLAGS += --no-builtin-rules --warn-undefined-variables --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

VERSION := 0.1.0
MODE    ?= debug
MODES   := debug release asan tsan clang fuzz
ifeq ($(filter $(MODE),$(MODES)),)
$(error MODE is one of: $(MODES); not "$(MODE)")
endif
CC := $(if $(filter default undefined,$(origin CC)),$(if $(filter clang fuzz,$(MODE)),clang,gcc),$(CC))
B  := build/$(MODE)

# Commands are shown in short; V=1 shows them whole.
V ?=
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)

PREFIX  ?= /usr/local
DESTDIR ?=

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wundef -Wimplicit-fallthrough -Werror
FLAGS_debug   := -O1 -g
FLAGS_release := -O2 -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
FLAGS_clang   := -O0
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer

# pkg-config is asked at the first use and once, never while the file is read: it may not be installed yet.
PKGS := libzmq libprotobuf-c libuv lmdb libfyaml jansson libsodium
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

CPPFLAGS = -I. -I$(B)/gen -D_GNU_SOURCE -DCAPSCORE_VERSION='"$(VERSION)"' $(PKG_CFLAGS)
CFLAGS   = -std=c11 $(FLAGS_$(MODE)) -fno-common -pthread
LDFLAGS  = $(FLAGS_$(MODE)) -pthread

# ---- sources: the folders are the list ------------------------------------------------------------------------

PROTO    := $(wildcard proto/capscore/v1/*.proto)
GEN_C    := $(PROTO:proto/%.proto=$(B)/gen/%.pb-c.c)
GEN_H    := $(GEN_C:.c=.h)

CORE_SRC    := $(wildcard common/base/*.c rules/engine/*.c services/*/*_core.c)
COMPILE_SRC := $(wildcard rules/compile/*.c rules/describe/*.c rules/testing/*.c)
EDITIONS    := $(sort $(wildcard rules/editions/*.yaml))
RULE_TESTS  := $(sort $(wildcard rules/editions/tests/*.yaml))
STORIES     := $(sort $(wildcard services/generate/stories/*.yaml))
WORLDS      := $(sort $(wildcard services/generate/worlds/*.yaml))
PRODUCTS    := services/imports/products.csv
WIRE_SRC    := $(wildcard common/wire/*.c)
IO_SRC      := $(wildcard common/io/*.c)
SERVICES    := $(filter-out cli,$(patsubst services/%/main.c,%,$(wildcard services/*/main.c)))
SHELL_SRC   := $(filter-out %_core.c %/main.c,$(wildcard services/*/*.c))
BENCH_SRC   := $(filter-out tests/bench/bench_%.c,$(wildcard tests/bench/*.c))
SUPPORT_SRC := $(wildcard tests/support/*.c)
ORACLE_SRC  := $(wildcard tests/oracle/*.c)
HARNESS_SRC := $(wildcard tests/harness/*.c)
MUTATION_SRC := $(filter-out %/main.c,$(wildcard tests/mutation/*.c))

obj = $(patsubst %.c,$(B)/%.o,$(1))

LIBCORE  := $(B)/libcore.a
LIBALL   := $(B)/libcapscore.a
# The library for producers, and what goes into it.
CLIENT_SRC  := $(wildcard services/client/*.c)
CLIENT_PIC  := $(call obj,$(wildcard common/base/*.c) $(WIRE_SRC) $(IO_SRC) $(CLIENT_SRC)) $(GEN_C:.c=.o)
CLIENT_SO   := libcapscore-client.so
CLIENT_LIBS := $(B)/lib/libcapscore-client.a $(B)/lib/$(CLIENT_SO).$(VERSION) $(B)/lib/capscore-client.pc

BINS  := $(if $(wildcard services/cli/main.c),$(B)/bin/capscore) $(SERVICES:%=$(B)/bin/capscore-%)
TESTS_CORE := $(patsubst %.c,$(B)/%,$(wildcard tests/core/test_*.c))
TESTS_FULL := $(patsubst %.c,$(B)/%,$(wildcard tests/wire/test_*.c tests/io/test_*.c tests/rules/test_*.c \
	tests/services/test_*.c tests/e2e/test_*.c))
TESTS_SH   := $(wildcard tests/e2e/test_*.sh)
REPLAY_SH  := $(if $(wildcard tests/fuzz/fuzz_*.c),tests/fuzz/test_replay.sh)
GATES      := $(wildcard tests/gates/test_*.sh)
BENCHES    := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
FUZZERS    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS    := $(FUZZERS:%=$(B)/tests/fuzz/replay_%)

##@ Everyday

.PHONY: all bins client
all: bins client ## build programs and the client library into build/$(MODE) (debug unless MODE=release, asan or tsan)
bins: $(BINS)
client: $(CLIENT_LIBS)

# ---- compile and link -----------------------------------------------------------------------------------------

$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h: proto/%.proto
	@mkdir -p $(B)/gen
	$(call say,PROTOC,$<)protoc --proto_path=proto --c_out=$(B)/gen $<

# The rule files of the editions, their tests, the stories and worlds of sample data, and the names of products in exports,
# ship inside the programs.
$(B)/gen/shipped_editions.c: $(EDITIONS) scripts/embed-editions.sh
	@mkdir -p $(B)/gen
	$(call say,EMBED,$@)scripts/embed-editions.sh $(EDITIONS) >$@

$(B)/gen/shipped_stories.c: $(STORIES) scripts/embed-texts.sh
	@mkdir -p $(B)/gen
	$(call say,EMBED,$@)scripts/embed-texts.sh services/generate/shipped.h shipped_stories $(STORIES) >$@

$(B)/gen/shipped_worlds.c: $(WORLDS) scripts/embed-texts.sh
	@mkdir -p $(B)/gen
	$(call say,EMBED,$@)scripts/embed-texts.sh services/generate/shipped.h shipped_worlds $(WORLDS) >$@

$(B)/gen/shipped_products.c: $(PRODUCTS) scripts/embed-texts.sh
	@mkdir -p $(B)/gen
	$(call say,EMBED,$@)scripts/embed-texts.sh services/imports/shipped_products.h shipped_products $(PRODUCTS) >$@

$(B)/gen/shipped_tests.c: $(RULE_TESTS) scripts/embed-texts.sh
	@mkdir -p $(B)/gen
	$(call say,EMBED,$@)scripts/embed-texts.sh rules/testing/testing.h shipped_tests $(RULE_TESTS) >$@

$(B)/gen/%.o: $(B)/gen/%.c $(GEN_H) Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -w -c -o $@ $<

$(B)/%.o: %.c Makefile | $(GEN_H)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(LIBCORE): $(call obj,$(CORE_SRC))
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(LIBALL): $(call obj,$(COMPILE_SRC) $(WIRE_SRC) $(IO_SRC) $(SHELL_SRC)) $(GEN_C:.c=.o) \
		$(B)/gen/shipped_editions.o $(B)/gen/shipped_stories.o $(B)/gen/shipped_worlds.o \
		$(B)/gen/shipped_tests.o $(B)/gen/shipped_products.o
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(B)/bin/capscore-%: $(B)/services/%/main.o $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $< $(LIBALL) $(LIBCORE) $(PKG_LIBS)

$(B)/bin/capscore: $(B)/services/cli/main.o $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $< $(LIBALL) $(LIBCORE) $(PKG_LIBS)

# The client library: one object, in which all names but those of its header are local.
$(CLIENT_PIC): CFLAGS += -fPIC -fvisibility=hidden

$(B)/lib/capscore-client.o: $(call obj,$(CLIENT_SRC)) $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)ld -r -o $@ $^ && objcopy --localize-hidden $@

$(B)/lib/libcapscore-client.a: $(B)/lib/capscore-client.o
	@rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(B)/lib/$(CLIENT_SO).$(VERSION): $(B)/lib/capscore-client.o
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -shared -Wl,-soname,$(CLIENT_SO).$(firstword $(subst ., ,$(VERSION))) \
		-Wl,--as-needed -o $@ $^ $(PKG_LIBS)

$(B)/lib/capscore-client.pc: services/client/capscore-client.pc.in Makefile
	@mkdir -p $(@D)
	@sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $< >$@

# The core's tests get cmocka and nothing else: the linker proves the core pure.
$(TESTS_CORE): $(B)/tests/core/%: $(B)/tests/core/%.o $(call obj,$(SUPPORT_SRC) $(ORACLE_SRC)) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka

$(TESTS_FULL): $(B)/tests/%: $(B)/tests/%.o $(call obj,$(SUPPORT_SRC) $(ORACLE_SRC) $(HARNESS_SRC) \
		$(MUTATION_SRC)) $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka

$(B)/tests/mutation/mutation: $(call obj,tests/mutation/main.c $(MUTATION_SRC)) $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Fuzz targets: `make fuzz` links them with libFuzzer; the replay of their corpus is an ordinary test.
$(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay_main.o $(call obj,$(SUPPORT_SRC)) \
		$(LIBALL) $(LIBCORE)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

build/fuzz/bin/%: build/fuzz/tests/fuzz/%.o $(call obj,$(SUPPORT_SRC)) $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(FLAGS_fuzz) -fsanitize=fuzzer -pthread -o $@ $^ $(PKG_LIBS)

$(BENCHES): $(B)/tests/bench/%: $(B)/tests/bench/%.o $(call obj,$(BENCH_SRC) $(SUPPORT_SRC) tests/harness/harness.c) \
		$(LIBALL) $(LIBCORE)
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: tests check objects benches fuzzers
tests: $(TESTS_CORE) $(TESTS_FULL) $(REPLAYS)
benches: $(BENCHES)
fuzzers: $(FUZZERS:%=build/fuzz/bin/%)
objects: $(sort $(call obj,$(CORE_SRC) $(COMPILE_SRC) $(WIRE_SRC) $(IO_SRC) $(SHELL_SRC) $(BENCH_SRC) $(SUPPORT_SRC) \
	$(ORACLE_SRC) $(HARNESS_SRC) $(wildcard tests/mutation/*.c services/*/main.c)) $(TESTS_CORE:=.o) \
	$(TESTS_FULL:=.o) $(BENCHES:=.o) $(FUZZERS:%=$(B)/tests/fuzz/%.o))

# What test programs and scripts may use. Paths are absolute.
TEST_ENV = CAPSCORE_BIN=$(abspath $(B)/bin) CAPSCORE_BUILD=$(abspath $(B)) CAPSCORE_CC='$(CC)' \
	CAPSCORE_CPPFLAGS='$(subst ','\'',$(CPPFLAGS))' CAPSCORE_CFLAGS='$(CFLAGS)' CAPSCORE_WARN='$(WARN)' \
	TSAN_OPTIONS='suppressions=$(abspath tests/tsan.supp) $(TSAN_OPTIONS)'
TSAN_OPTIONS ?=

# The gates judge sources, not flavours, so they run with the debug build only.
check: bins client tests
	@$(TEST_ENV) tests/run.sh $(TESTS_CORE) $(TESTS_FULL) $(REPLAY_SH) $(TESTS_SH) \
		$(if $(filter debug,$(MODE)),$(GATES))

# ---- commands -------------------------------------------------------------------------------------------------

# One more make on this file, on all processors unless the caller already said how many.
SUB = $(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: run test asan tsan gates core-is-pure format format-check clang fuzz crash mutation bench image images \
	fresh-check install install-files install-client clean help deps

run: ## install what is missing, build, and show the pipeline at work on sample exports
	@scripts/install-deps.sh run
	@$(SUB) MODE=release bins
	@scripts/demo.sh build/release/bin

test: ## install what is missing, build, and run the whole suite with its gates
	@scripts/install-deps.sh test
	@$(SUB) MODE=debug bins tests
	@$(SUB) MODE=clang objects
	@$(MAKE) MODE=debug check

deps: ## only install the packages that building, testing and fuzzing need
	@scripts/install-deps.sh test fuzz

install: ## install programs, client library, and copies of the rule files, under PREFIX (/usr/local); DESTDIR for packagers
	@$(SUB) MODE=release install-files
install-files: bins install-client
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/share/capscore/editions/tests $(DESTDIR)$(PREFIX)/share/capscore/stories
	install -d $(DESTDIR)$(PREFIX)/share/capscore/worlds
	install -m 644 $(EDITIONS) $(DESTDIR)$(PREFIX)/share/capscore/editions
	install -m 644 $(RULE_TESTS) $(DESTDIR)$(PREFIX)/share/capscore/editions/tests
	install -m 644 $(STORIES) $(DESTDIR)$(PREFIX)/share/capscore/stories
	install -m 644 $(WORLDS) $(DESTDIR)$(PREFIX)/share/capscore/worlds

install-client: client
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 services/client/capscore_client.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(B)/lib/libcapscore-client.a $(B)/lib/$(CLIENT_SO).$(VERSION) $(DESTDIR)$(PREFIX)/lib
	ln -sf $(CLIENT_SO).$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(CLIENT_SO).$(firstword $(subst ., ,$(VERSION)))
	ln -sf $(CLIENT_SO).$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(CLIENT_SO)
	sed 's|^prefix=.*|prefix=$(PREFIX)|' $(B)/lib/capscore-client.pc >$(DESTDIR)$(PREFIX)/lib/pkgconfig/capscore-client.pc

clean: ## remove everything that was built
	rm -rf build

help: ## this list
	@awk -f scripts/help.awk $(firstword $(MAKEFILE_LIST))

##@ Checks, one by one

asan: ## the suite under the address and undefined-behaviour sanitizers
	@scripts/install-deps.sh test
	@$(SUB) MODE=asan bins tests
	@$(MAKE) MODE=asan check

tsan: ## the suite under the thread sanitizer
	@scripts/install-deps.sh test
	@$(SUB) MODE=tsan bins tests
	@$(MAKE) MODE=tsan check

clang: ## compile every source with clang, warnings as errors
	@$(SUB) MODE=clang objects

gates: ## the checks on the sources themselves, each shown to fail on a planted fault
	@$(SUB) MODE=debug bins tests
	@$(TEST_ENV) tests/run.sh $(GATES)

core-is-pure: $(call obj,$(CORE_SRC)) ## the core calls no clock, socket, file or environment, and has no globals
	@tests/gates/core_is_pure.sh $^

format: ## rewrite the sources with clang-format
	@find common rules services tests examples -name '*.[ch]' -exec clang-format -i {} +

format-check: ## fail when clang-format would change a source
	@tests/gates/format_check.sh

fuzz: ## fuzz every parser of foreign bytes, FUZZ_SECONDS (20) each
	@scripts/install-deps.sh test fuzz
	@$(SUB) MODE=fuzz fuzzers
	@tests/fuzz/run.sh $(FUZZERS:%=build/fuzz/bin/%)

CRASH_ROUNDS ?= 400
CRASH_SEED   ?= 1
crash: ## kill the services at random moments under load, CRASH_ROUNDS (400) times from CRASH_SEED (1) on
	@scripts/install-deps.sh test
	@$(SUB) bins build/$(MODE)/tests/e2e/test_crash
	@CAPSCORE_BIN=$(abspath $(B)/bin) CAPSCORE_CRASH_ROUNDS=$(CRASH_ROUNDS) CAPSCORE_CRASH_SEED=$(CRASH_SEED) \
		$(B)/tests/e2e/test_crash

MUTATION_EDITION ?=
MUTATION_SAMPLE  ?= 1
MUTATION_SEED    ?= $(shell date +%j)
mutation: ## change each number of the editions; a test must notice (MUTATION_EDITION=2026, MUTATION_SAMPLE=40: one of 40)
	@scripts/install-deps.sh test
	@$(SUB) $(B)/tests/mutation/mutation
	@$(B)/tests/mutation/mutation --edition '$(MUTATION_EDITION)' --sample $(MUTATION_SAMPLE) \
		--seed $(MUTATION_SEED)

bench: ## measure rates and latencies beside the limits of the machine (release build)
	@scripts/install-deps.sh run
	@$(SUB) MODE=release bins benches
	@CAPSCORE_BIN=$(abspath build/release/bin) tests/bench/run.sh $(BENCHES:$(B)/%=build/release/%)

##@ Containers and machines

image: ## build the container image localhost/capscore:$(VERSION) with docker, podman or buildah
	@docker/build.sh $(VERSION)

images: ## build the images on a base made from nothing, and prove the pipeline in containers
	@docker/check.sh $(VERSION)

fresh-check: ## prove `make test` and `make run` on a bare Debian 12 made from nothing (as root, some minutes)
	@scripts/fresh-check.sh

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
