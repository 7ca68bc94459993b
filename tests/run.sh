#!/bin/sh
# Runs test programs one after the other and closes with "N passed, N failed".
# A cmocka program counts by its own closing lines; a script or a program without any counts as one test.
set -u
passed=0
failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for t in "$@"; do
	name=${t##*/}
	start=$(date +%s)
	if "$t" >"$out" 2>&1; then rc=0; else rc=$?; fi
	p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$out" | awk '{s+=$1} END {print s+0}')
	f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s), listed below:$/\1/p' "$out" | awk '{s+=$1} END {print s+0}')
	if [ "$p" -eq 0 ] && [ "$f" -eq 0 ]; then
		if [ "$rc" -eq 0 ]; then p=1; else f=1; fi
	elif [ "$rc" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	took=$(($(date +%s) - start))
	if [ "$rc" -eq 0 ] && [ "$f" -eq 0 ]; then
		printf 'ok    %4d  %4ds  %s\n' "$p" "$took" "$name"
	else
		printf 'FAIL  %4d  %4ds  %s (%d failed, exit %d)\n' "$p" "$took" "$name" "$f" "$rc"
		tail -n 60 "$out" | sed 's/^/      | /'
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
