#!/bin/bash
# Runs test programs and closes with the line "N passed, N failed"; ends with 1 when any failed or none ran.
#
#   tests/run.sh PROGRAM...
#
# Programs run TEST_JOBS (default: one per processor) at a time; those under e2e/ start services and watch
# deadlines, so they run one after the other, at the end. A program is killed with all it started after
# TEST_TIMEOUT seconds (300). A cmocka program counts by its own closing lines; any other counts as one test.
# What failed shows the end of its output; the slowest are named at the end.
set -u

jobs_max=${TEST_JOBS:-$(nproc)}
limit_s=${TEST_TIMEOUT:-300}
work=$(mktemp -d)
stop() {
	local pids
	pids=$(jobs -p)
	[ -z "$pids" ] || kill $pids 2>/dev/null # timeout hands the signal on to what it runs
	wait
	rm -rf "$work"
}
trap 'stop; exit 130' INT TERM
trap 'rm -rf "$work"' EXIT

passed=0
failed=0
n=0

# Runs one program in the background of the caller; leaves NUMBER.out, .rc and .ms in the work folder.
run_one() {
	local id=$1 program=$2 start rc
	start=$(date +%s%N)
	timeout -k 10 "$limit_s" "$program" >"$work/$id.out" 2>&1 </dev/null &
	local child=$!
	trap 'kill $child 2>/dev/null' TERM
	wait "$child"
	rc=$?
	echo $((($(date +%s%N) - start) / 1000000)) >"$work/$id.ms"
	echo "$rc" >"$work/$id.end"
	mv "$work/$id.end" "$work/$id.rc" # at once, since its presence says that all is written
}

# Counts and prints one finished program.
report() {
	local id=$1 program=$2 name=${2##*/} rc ms p f note
	rc=$(<"$work/$id.rc")
	ms=$(<"$work/$id.ms")
	p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$work/$id.out" | awk '{s+=$1} END {print s+0}')
	f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s), listed below:$/\1/p' "$work/$id.out" |
		awk '{s+=$1} END {print s+0}')
	if [ "$p" -eq 0 ] && [ "$f" -eq 0 ]; then
		if [ "$rc" -eq 0 ]; then p=1; else f=1; fi
	elif [ "$rc" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1 # it ended badly after its tests: a sanitizer's finding, for example
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	printf '%d %s\n' "$ms" "$name" >>"$work/times"
	if [ "$rc" -eq 0 ] && [ "$f" -eq 0 ]; then
		printf 'ok    %4d  %6.1fs  %s\n' "$p" "${ms}e-3" "$name"
		return
	fi
	note="$f failed, exit $rc"
	[ "$rc" -ne 124 ] && [ "$rc" -ne 137 ] || note="stopped after $limit_s s"
	printf 'FAIL  %4d  %6.1fs  %s (%s)\n' "$p" "${ms}e-3" "$name" "$note"
	tail -n 60 "$work/$id.out" | sed 's/^/      | /'
	echo "$name" >>"$work/failures"
}

# Runs the programs given, `most` at a time, and reports them in the order of their names on the command line.
run_all() {
	local most=$1 first=$n program running=0 next
	shift
	next=$first
	local -a programs=("$@")
	for program in "${programs[@]}"; do
		if [ "$running" -ge "$most" ]; then
			wait -n
			running=$((running - 1))
			while [ -e "$work/$next.rc" ]; do
				report "$next" "${programs[next - first]}"
				next=$((next + 1))
			done
		fi
		run_one "$n" "$program" &
		n=$((n + 1))
		running=$((running + 1))
	done
	wait
	while [ "$next" -lt "$n" ]; do
		report "$next" "${programs[next - first]}"
		next=$((next + 1))
	done
}

together=()
alone=()
for program in "$@"; do
	case $program in
	*/e2e/*) alone+=("$program") ;;
	*) together+=("$program") ;;
	esac
done
[ ${#together[@]} -eq 0 ] || run_all "$jobs_max" "${together[@]}"
[ ${#alone[@]} -eq 0 ] || run_all 1 "${alone[@]}"

if [ "$n" -gt 5 ]; then
	echo "slowest: $(sort -rn "$work/times" | head -n 5 |
		awk '{printf "%s%s %.1fs", (NR > 1 ? ", " : ""), $2, $1 / 1000}')"
fi
[ ! -e "$work/failures" ] || echo "failed: $(paste -sd ' ' "$work/failures")"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
