#!/bin/bash
# rules/README.md has a row for every rule and source of the editions and no other, and the gate that says so notices
# each way to differ.
. "$(dirname "$0")/lib.sh"

editions=(rules/editions/*.yaml)
passes "every rule of the editions has its row" tests/gates/rule_ids.pl rules/README.md "${editions[@]}"

# plant NAME PATTERN EXPRESSION FILE: with the sed expression done to the document or to an edition, the gate must fail.
plant() {
	local name=$1 pattern=$2 expression=$3 file=$4 edition
	local document=rules/README.md changed=()
	sed -E "$expression" "$file" >"$work/${file##*/}"
	if cmp -s "$file" "$work/${file##*/}"; then
		fails "$name (the fault could not be planted)" planted false
		return
	fi
	[ "$file" != "$document" ] || document=$work/${file##*/}
	for edition in "${editions[@]}"; do
		[ "$edition" != "$file" ] || edition=$work/${file##*/}
		changed+=("$edition")
	done
	fails "$name" "$pattern" tests/gates/rule_ids.pl "$document" "${changed[@]}"
}
plant "a row that is missing is noticed" "R-AZ-NCA has no row" '/^\| R-AZ-NCA \|/d' rules/README.md
plant "a rule that is new in an edition is noticed" "2026.yaml:[0-9]*: R-PLANTED-NEW has no row" \
	's/rule: R-SEC-ENT-NCA$/rule: R-PLANTED-NEW/' rules/editions/2026.yaml
plant "a rule with an id of another form is noticed" "2026.yaml:[0-9]*: planted has no row" \
	's/rule: R-SEC-ENT-NCA$/rule: planted/' rules/editions/2026.yaml
plant "a rule that a comment speaks of is noticed" "R-PLANTED has no row" '3s/$/ R-PLANTED/' rules/editions/fy23.yaml
plant "a row that no edition uses is noticed" "R-PLANTED is used by no edition" \
	's/^\| R-QUALIFY \|/| R-PLANTED | says | source |\n&/' rules/README.md
plant "a row that stands twice is noticed" "R-QUALIFY has a row already" 's/^\| R-QUALIFY \|.*/&\n&/' rules/README.md
plant "a row without a source is noticed" "the row of R-QUALIFY says nothing" \
	's/^(\| R-QUALIFY \|.*\|)[^|]*\|$/\1 |/' rules/README.md
plant "a row that is cut off is noticed" "the row of R-QUALIFY says nothing" 's/^(\| R-QUALIFY \|).*/\1/' rules/README.md
plant "a source without a row is noticed" "PLANTED has no row" 's/^  SEP23:/  PLANTED: x\n&/' rules/editions/2023-06.yaml
plant "a source that is no more is noticed" "D24 is used by no edition" '/^  D24:/d' rules/editions/2023-12.yaml
plant "an id that only the text has is noticed" "R-PLANTED is spoken of" 's/as R-AZ-NCA, from/as R-PLANTED, from/' \
	rules/README.md
finish
