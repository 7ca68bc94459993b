#!/bin/bash
# Runs libFuzzer programs one after the other for FUZZ_SECONDS (20) each and closes with "N passed, N failed".
#
#   tests/fuzz/run.sh PROGRAM...
#
# Each starts from tests/fuzz/corpus/NAME and keeps what it learns in build/fuzz/corpus/NAME; an input that breaks
# one is left in build/fuzz/findings/ and belongs into tests/fuzz/corpus/NAME once it is mended.
set -u
seconds=${FUZZ_SECONDS:-20}
passed=0
failed=0
mkdir -p build/fuzz/findings
export LSAN_OPTIONS="suppressions=$PWD/tests/fuzz/lsan.supp:print_suppressions=0"
for program in "$@"; do
	name=${program##*/}
	learnt=build/fuzz/corpus/$name
	seeds=tests/fuzz/corpus/$name
	mkdir -p "$learnt"
	[ -d "$seeds" ] || seeds=
	log=build/fuzz/$name.log
	# shellcheck disable=SC2086 # no seeds, no argument
	if "$program" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/findings/$name-" "$learnt" $seeds >"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
		word=ok
	else
		failed=$((failed + 1))
		word=FAIL
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	printf '%-5s %12s runs  %7s edges  %s\n' "$word" "${runs:-?}" "${covered:-?}" "$name"
	[ "$word" = ok ] || tail -n 40 "$log" | sed 's/^/      | /'
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
