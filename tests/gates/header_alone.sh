#!/bin/bash
# Fails when a header does not compile by itself, or not when included twice.
#
#   tests/gates/header_alone.sh HEADER...      CAPSCORE_CPPFLAGS has the folders of includes
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rc=0
for header in "$@"; do
	printf '#include "%s"\n#include "%s"\ntypedef int not_empty;\n' "$header" "$header" >"$work/alone.c"
	# eval: the flags carry quotes of their own.
	if ! eval "${CAPSCORE_CC:-gcc} ${CAPSCORE_CPPFLAGS:--I. -Ibuild/debug/gen -D_GNU_SOURCE} -std=c11" \
		"-Wall -Wextra -Wpedantic -Werror -fsyntax-only" '"$work/alone.c"' 2>"$work/said"; then
		echo "header-alone: $header does not compile by itself"
		head -n 8 "$work/said" | sed 's/^/  /'
		rc=1
	fi
done
exit "$rc"
