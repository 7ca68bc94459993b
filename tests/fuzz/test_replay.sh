#!/bin/bash
# Feeds every fuzz target its kept corpus once, without a fuzzer: inputs that once broke something stay mended.
. "$(dirname "$0")/../gates/lib.sh"
for program in "$build"/tests/fuzz/replay_*; do
	[ -x "$program" ] || continue
	name=${program##*/replay_}
	mapfile -t inputs < <(find tests/fuzz/corpus/"$name" -type f 2>/dev/null | LC_ALL=C sort)
	passes "$name survives its corpus of ${#inputs[@]}" "$program" "${inputs[@]}"
done
finish
