#!/bin/bash
# Fails when clang-format would change a source, and names the places.
#
#   tests/gates/format_check.sh [FILE...]      without files: all of the tree
set -u
if [ $# -eq 0 ]; then
	mapfile -t files < <(find common rules services tests examples -name '*.[ch]' | LC_ALL=C sort)
	set -- "${files[@]}"
fi
said=$(clang-format --style=file:.clang-format --dry-run -Werror "$@" 2>&1) && exit 0
grep 'error:' <<<"$said" | awk -F: '{n[$1]++} END {for (f in n) printf "format-check: %s: %d places\n", f, n[f]}' |
	LC_ALL=C sort
grep 'error:' <<<"$said" | head -n 5
echo "format-check: \`make format\` puts it right"
exit 1
