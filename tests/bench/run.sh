#!/bin/bash
# Runs the benchmarks one after the other (make bench). Ends with 1 when one fails.
#
#   CAPSCORE_BIN=FOLDER tests/bench/run.sh PROGRAM...
set -u

failed=0
for program in "$@"; do
	echo "==== $(basename "$program")"
	"$program" || failed=1
done
exit $failed
