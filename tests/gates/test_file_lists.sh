#!/bin/bash
# The lists of files and folders are whole, and the gate that says so notices one that is not.
. "$(dirname "$0")/lib.sh"

header=rules/engine/engine_internal.h
passes "the lists of files and folders are whole" tests/gates/file_lists.pl "$header" README.md

sed 's/^ \*   usage: .*/ */' "$header" >"$work/planted.h"
fails "a file that is left out is noticed" "does not name rules/engine/usage$" \
	tests/gates/file_lists.pl "$work/planted.h" README.md
sed 's/^ \*   usage: / *   usage, planted: /' "$header" >"$work/planted.h"
fails "a file that is no more is noticed" "names planted, and there is no" \
	tests/gates/file_lists.pl "$work/planted.h" README.md
sed '/^## Layout/,$s/describe//' README.md >"$work/planted.md"
fails "a folder that is left out is noticed" "does not name rules/describe" \
	tests/gates/file_lists.pl "$header" "$work/planted.md"
finish
