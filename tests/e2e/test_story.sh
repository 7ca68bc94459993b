#!/bin/bash
# The demo story, from exports to scores, without any service: each month the areas have the points that the story
# was written for, whatever the seed.
. "$(dirname "$0")/../gates/lib.sh"
bin=${CAPSCORE_BIN:-$build/bin}

# points_are PARTNER AREA TOTAL STATUS: in what `score --json` said last.
points_are() {
	awk -v partner="\"$1\"," -v area="\"$2\"," -v total="\"$3\"," -v status="\"$4\"," '
		$1 == "\"partner\":" { here = $2 == partner }
		$1 == "\"id\":" && $2 == area { inside = here }
		inside && $1 == "\"fraction\":" && !seen { seen = 1; got = $2 }
		inside && $1 == "\"status\":" { print "got " got " " $2; good = got == total && $2 == status; exit }
		END { if (!good) print "not as wanted"; exit !good }
	' "$work/scores.json"
}
# month DAY LAST_MONTH SEED: generates and scores.
month() {
	rm -rf "$work/exports"
	"$bin/capscore" generate "$work/exports" --through "$2" --seed "$3" >/dev/null || exit 1
	"$bin/capscore" score --offline --edition 2023-06 --as-of "$1" --json "$work"/exports/*.csv >"$work/scores.json" 2>/dev/null ||
		exit 1
}
for seed in 1 4711; do
	month 2023-06-20 2023-05 $seed
	passes "May, Alpine in progress, seed $seed" points_are 4567001 infrastructure 63 in-progress
	passes "May, Nordlicht qualified, seed $seed" points_are 4570003 digital-app-innovation 82 qualified
	month 2023-07-20 2023-06 $seed
	passes "June, Alpine qualified, seed $seed" points_are 4567001 infrastructure 88 qualified
	passes "June, Nordlicht close to losing, seed $seed" points_are 4570003 digital-app-innovation 71 qualified
	month 2023-08-20 2023-07 $seed
	passes "July, Alpine close to losing, seed $seed" points_are 4567001 infrastructure 71 qualified
	passes "July, Nordlicht safe again, seed $seed" points_are 4570003 digital-app-innovation 82 qualified
	month 2023-09-18 2023-08 $seed
	passes "August, Alpine lost, seed $seed" points_are 4567001 infrastructure 44 in-progress
	passes "August, Costa on its way, seed $seed" points_are 4580005 data-ai 44 in-progress
done

# The verb itself.
generate() {
	"$bin/capscore" generate "$@"
}
# ends CODE COMMAND...
ends() {
	local wanted=$1 rc=0
	shift
	"$@" || rc=$?
	[ "$rc" -eq "$wanted" ]
}
passes "the same seed" generate "$work/one" --seed 7
passes "the same seed again" generate "$work/two" --seed 7
passes "writes the same files" diff -r "$work/one" "$work/two"
passes "two files a month" test "$(find "$work/one" -name '*.csv' | wc -l)" -eq 32
passes "their time is the day of the export" test \
	"$(date -u -r "$work/one/azure-usage-2023-07.csv" +%FT%TZ)" = 2023-08-20T06:00:00Z
passes "one partner alone" generate "$work/three" --partner 4570003 --from 2023-06 --through 2023-06 --copies 3
passes "and its copies" test "$(cut -d, -f1 "$work/three/azure-usage-2023-06.csv" | sort -u | paste -sd ' ')" = \
	"4570003 457000300001 457000300002 PGAMpnID"
passes "an unknown story is wrong usage" ends 2 generate "$work/x" --story none
passes "an unknown partner is wrong usage" ends 2 generate "$work/x" --partner 1
passes "a month outside the story is wrong usage" ends 2 generate "$work/x" --through 2030-01
passes "no folder is wrong usage" ends 2 generate
printf 'story: x\n' >"$work/bad.yaml"
passes "a faulty story is refused" ends 1 generate "$work/x" --story "$work/bad.yaml"
passes "a folder that cannot be made is told" ends 3 generate /dev/null/x

fails "another total is noticed" "got \"44\"" points_are 4580005 data-ai 45 in-progress
fails "an area that is not there is noticed" "not as wanted" points_are 4580005 no-such-area 44 in-progress
finish
