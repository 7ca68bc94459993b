#!/bin/bash
# Warnings are errors under gcc and clang: a clean source compiles, and each planted fault is refused by both.
. "$(dirname "$0")/lib.sh"
warn=${CAPSCORE_WARN:--Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror}

# shellcheck disable=SC2086 # the flags are words
compiles() {
	printf '%s\n' "$2" >"$work/planted.c"
	"$1" -std=c11 -O1 $warn -c -o "$work/planted.o" "$work/planted.c" || return 1
}
for cc in gcc clang; do
	passes "$cc takes a clean source" compiles $cc 'int planted(int x); int planted(int x) { return x; }'
	fails "$cc refuses an unused variable" "unused" compiles $cc 'int planted(void); int planted(void) { int x; return 0; }'
	fails "$cc refuses a shadowed name" "shadow" compiles $cc 'int planted(int x); int planted(int x) { { int x = 1; return x; } }'
	fails "$cc refuses a function without a prototype" "prototype" compiles $cc 'int planted(int x) { return x; }'
	fails "$cc refuses an array of unknown size" "variable\|vla\|VLA" compiles $cc 'int planted(int n); int planted(int n) { int a[n]; a[0] = n; return a[0]; }'
done
finish
