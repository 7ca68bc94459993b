#!/bin/bash
# The sources have the form of .clang-format, and the gate that says so notices a file that has not.
. "$(dirname "$0")/lib.sh"

passes "every source has the form of .clang-format" tests/gates/format_check.sh
printf 'int  planted( void );\n' >"$work/planted.c"
fails "a badly formed source is noticed" "planted.c: 2 places\|planted.c: 3 places" \
	tests/gates/format_check.sh "$work/planted.c"
finish
