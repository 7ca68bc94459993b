#!/bin/bash
# Every header compiles alone, and the gate that says so notices one that does not.
. "$(dirname "$0")/lib.sh"

mapfile -t headers < <(find common rules services tests -name '*.h' | LC_ALL=C sort)
passes "every header compiles alone, twice" tests/gates/header_alone.sh "${headers[@]}"

printf '#ifndef P_H\n#define P_H\nsize_t planted(void);\n#endif\n' >"$work/p.h"
fails "a header that leans on its includer is noticed" "does not compile by itself" \
	tests/gates/header_alone.sh "$work/p.h"
printf 'enum planted { PLANTED };\n' >"$work/q.h"
fails "a header without a guard is noticed" "does not compile by itself" tests/gates/header_alone.sh "$work/q.h"
finish
