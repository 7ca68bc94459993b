#!/bin/bash
# The core is pure, and the gate that says so notices a planted clock, socket, file, environment or global.
. "$(dirname "$0")/lib.sh"

objects=()
for source in common/base/*.c rules/engine/*.c services/*/*_core.c; do
	[ -e "$source" ] && objects+=("$build/${source%.c}.o")
done
passes "the core is pure" tests/gates/core_is_pure.sh "${objects[@]}"

# plant NAME PATTERN INCLUDE BODY: a copy of a core file with one more function must be refused.
plant() {
	local name=$1 pattern=$2 include=$3 body=$4
	{
		echo "$include"
		cat common/base/ratio.c
		echo "long planted(long x);"
		echo "long planted(long x)"
		echo "{"
		echo "	$body"
		echo "}"
	} >"$work/planted.c"
	${CAPSCORE_CC:-gcc} -I. -D_GNU_SOURCE -std=c11 -O1 -c -o "$work/planted.o" "$work/planted.c" || exit 1
	local others=()
	for object in "${objects[@]}"; do
		[ "$object" = "$build/common/base/ratio.o" ] || others+=("$object")
	done
	fails "$name" "$pattern" tests/gates/core_is_pure.sh "${others[@]}" "$work/planted.o"
}
plant "a clock is noticed" "calls clock_gettime" "#include <time.h>" \
	'struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return x + t.tv_sec;'
plant "the time of day is noticed" "calls time," "#include <time.h>" 'return x + (long)time(NULL);'
plant "the loop's clock is noticed" "calls uv_hrtime" "#include <uv.h>" 'return x + (long)uv_hrtime();'
plant "a socket is noticed" "calls socket" "#include <sys/socket.h>" 'return socket(AF_INET, SOCK_STREAM, (int)x);'
plant "a ZeroMQ call is noticed" "calls zmq_ctx_new" "#include <zmq.h>" 'return x + (zmq_ctx_new() != NULL);'
plant "a file is noticed" "calls fopen" "#include <stdio.h>" 'return x + (fopen("x", "r") != NULL);'
plant "the environment is noticed" "calls getenv" "#include <stdlib.h>" 'return x + (getenv("X") != NULL);'
plant "a global is noticed" "writable variable counter" "static long counter = 1;" 'return counter += x;'
plant "a hidden global is noticed" "writable variable" "" 'static long n; return n += x;'
finish
