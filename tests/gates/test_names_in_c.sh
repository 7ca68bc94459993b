#!/bin/bash
# Rules are data: no area, certificate or threshold stands in C, and the gate that says so notices each.
. "$(dirname "$0")/lib.sh"

mapfile -t files < <(find common rules services -name '*.[ch]' | LC_ALL=C sort)
passes "the sources name no area, certificate or threshold" tests/gates/names_in_c.pl "${files[@]}"

# plant NAME PATTERN LINE: a source with this line must be refused.
plant() {
	printf '/* Text before AZ-104. */\n%s\n' "$3" >"$work/planted.c"
	fails "$1" "$2" tests/gates/names_in_c.pl "$work/planted.c"
}
plant "a certificate is noticed" "planted.c:2: names the certificate AZ-104" 'const char *c = "az-104";'
plant "a title is noticed" "names the certificate Microsoft Certified: Azure Administrator" \
	'const char *c = "Microsoft Certified: Azure Administrator Associate";'
plant "an area is noticed" "names the area infrastructure" 'const char *a = "infrastructure";'
plant "an area in an identifier is noticed" "names the area digital-app-innovation" 'enum { AREA_DIGITAL_APP_INNOVATION };'
plant "a threshold is noticed" "planted.c:2: writes 70" 'int at_risk(int x) { return x < 70; }'

printf '/* An example: AZ-104 in infrastructure, 70 points. */\nint x = 170;\nint y = 0x70;\n' >"$work/fine.c"
passes "comments may name examples, other numbers are fine" tests/gates/names_in_c.pl "$work/fine.c"
finish
