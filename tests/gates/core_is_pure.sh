#!/bin/bash
# Fails when the pure core reaches outside: links the given objects into one and compares what is still undefined
# with the allow list core-symbols.txt, and looks for data that could be written (a global keeps state that no
# argument shows).
#
#   tests/gates/core_is_pure.sh OBJECT...
set -u

here=$(cd "$(dirname "$0")" && pwd)
if [ $# -eq 0 ]; then
	echo "core-is-pure: no objects given" >&2
	exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ld -r -o "$work/core.o" "$@" || exit 1

sed 's/[[:space:]]*#.*//; /^$/d' "$here/core-symbols.txt" | LC_ALL=C sort -u >"$work/allowed"
# The sanitizers' own calls are not the core's.
nm -u "$work/core.o" | awk '{print $NF}' | grep -Ev '^(__(asan|ubsan|tsan|sanitizer)_|_GLOBAL_OFFSET_TABLE_)' |
	LC_ALL=C sort -u >"$work/used"
rc=0
nm -A -u "$@" >"$work/by_object"
for symbol in $(LC_ALL=C comm -23 "$work/used" "$work/allowed"); do
	echo "core-is-pure: calls $symbol, which tests/gates/core-symbols.txt does not allow; from:"
	awk -v symbol="$symbol" '$NF == symbol {sub(/:$/, "", $1); print "  " $1}' "$work/by_object"
	rc=1
done
# Variables in writable sections. Tables of constant pointers are in .data.rel.ro, which is not.
written=$(objdump -t "$@" | awk '
	/file format/ { object = $1 }
	/ O / || /\*COM\*/ {
		for (i = 2; i < NF; i++)
			if ($i ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $i !~ /^\.data\.rel\.ro/ &&
				$NF !~ /^(__asan|__odr_asan|__tsan|\.LASAN|\.Lubsan)/)
				print "core-is-pure: " object " has the writable variable " $NF
	}')
if [ -n "$written" ]; then
	echo "$written"
	rc=1
fi
[ "$rc" -ne 0 ] || echo "core-is-pure: $# objects, $(wc -l <"$work/used") outside symbols, all allowed"
exit "$rc"
