# Capscore. `make help` lists the targets.
#
# One Makefile, no recursion. Each flavour (MODE = debug, release, asan, tsan) has its own folder under build/, so
# switching needs no clean. Generated protobuf code lives in the build folder too.
MAKEFLAGS += --no-builtin-rules --warn-undefined-variables --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

MODE ?= debug
CC := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
B := build/$(MODE)
VERSION := 0.1.0

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wundef -Wimplicit-fallthrough -Werror
FLAGS_debug   := -O1 -g
FLAGS_release := -O2 -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer

PKGS := libzmq libprotobuf-c libuv lmdb libfyaml jansson
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

CPPFLAGS = -I. -I$(B)/gen -D_GNU_SOURCE -DCAPSCORE_VERSION='"$(VERSION)"' $(PKG_CFLAGS)
CFLAGS   = -std=c11 $(FLAGS_$(MODE)) -fno-common -pthread
LDFLAGS  = $(FLAGS_$(MODE)) -pthread

# ---- sources: the folders are the list ------------------------------------------------------------------------

PROTO    := $(wildcard proto/capscore/v1/*.proto)
GEN_C    := $(PROTO:proto/%.proto=$(B)/gen/%.pb-c.c)
GEN_H    := $(GEN_C:.c=.h)

CORE_SRC    := $(wildcard common/base/*.c rules/engine/*.c services/*/*_core.c)
COMPILE_SRC := $(wildcard rules/compile/*.c)
WIRE_SRC    := $(wildcard common/wire/*.c)
IO_SRC      := $(wildcard common/io/*.c)
SERVICES    := $(filter-out cli,$(patsubst services/%/main.c,%,$(wildcard services/*/main.c)))
SHELL_SRC   := $(filter-out %_core.c %/main.c,$(wildcard services/*/*.c))
BENCH_SRC   := $(wildcard tests/bench/*.c)
SUPPORT_SRC := $(wildcard tests/support/*.c)
ORACLE_SRC  := $(wildcard tests/oracle/*.c)

obj = $(patsubst %.c,$(B)/%.o,$(1))

LIBCORE  := $(B)/libcore.a
LIBALL   := $(B)/libcapscore.a

BINS  := $(if $(wildcard services/cli/main.c),$(B)/bin/capscore) $(SERVICES:%=$(B)/bin/capscore-%)
TESTS_CORE := $(patsubst %.c,$(B)/%,$(wildcard tests/core/test_*.c))
TESTS_FULL := $(patsubst %.c,$(B)/%,$(wildcard tests/wire/test_*.c tests/io/test_*.c tests/rules/test_*.c \
	tests/services/test_*.c tests/e2e/test_*.c))
TESTS_SH   := $(wildcard tests/e2e/test_*.sh tests/gates/test_*.sh)

.PHONY: all bins
all: bins
bins: $(BINS)

# ---- compile and link -----------------------------------------------------------------------------------------

$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h: proto/%.proto
	@mkdir -p $(B)/gen
	protoc --proto_path=proto --c_out=$(B)/gen $<

$(B)/gen/%.o: $(B)/gen/%.c $(GEN_H) Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -w -c -o $@ $<

$(B)/%.o: %.c Makefile | $(GEN_H)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(LIBCORE): $(call obj,$(CORE_SRC))
	@rm -f $@
	ar rcs $@ $^

$(LIBALL): $(call obj,$(COMPILE_SRC) $(WIRE_SRC) $(IO_SRC) $(SHELL_SRC)) $(GEN_C:.c=.o)
	@rm -f $@
	ar rcs $@ $^

$(B)/bin/capscore-%: $(B)/services/%/main.o $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(LIBALL) $(LIBCORE) $(PKG_LIBS)

$(B)/bin/capscore: $(B)/services/cli/main.o $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(LIBALL) $(LIBCORE) $(PKG_LIBS)

# The core's tests get cmocka and nothing else: the linker proves the core pure.
$(TESTS_CORE): $(B)/tests/core/%: $(B)/tests/core/%.o $(call obj,$(SUPPORT_SRC) $(ORACLE_SRC)) $(LIBCORE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka

$(TESTS_FULL): $(B)/tests/%: $(B)/tests/%.o $(call obj,$(SUPPORT_SRC) $(ORACLE_SRC)) $(LIBALL) $(LIBCORE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka

.PHONY: tests check
tests: $(TESTS_CORE) $(TESTS_FULL)
check: bins tests
	CAPSCORE_BIN=$(abspath $(B)/bin) tests/run.sh $(TESTS_CORE) $(TESTS_FULL) $(TESTS_SH)

.PHONY: clean help format
clean:
	rm -rf build
format:
	git ls-files '*.c' '*.h' | xargs clang-format -i
help:
	@echo "see the README"

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
