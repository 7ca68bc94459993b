#!/bin/bash
# The story that `make run` shows: starts the services on a fresh folder, imports sample exports month by month, and
# shows the alerts that follow, each with its reason. Then it leaves the services running until Ctrl-C, so that
# watch, send and score can be tried; DEMO_ONCE=1 stops after the story instead.
#
#   scripts/demo.sh FOLDER_OF_PROGRAMS
#
# Ends with 0 when the story was told and everything stopped in order.
set -u
bin=${1:-build/release/bin}
data=${DEMO_DATA:-./capscore-data-demo}
capscore=$bin/capscore
partner=4567001
up=''
watch=''

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
	bold='' dim='' plain=''
fi
say() {
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}
# Shows a command as a user would type it, and runs it.
run() {
	printf '%s$ capscore %s%s\n' "$dim" "$*" "$plain"
	"$capscore" "$@"
}

# Stops what this script started, and nothing else. Ends with the exit code of the services.
stop() {
	local rc=0
	trap - EXIT
	trap '' INT TERM
	if [ -n "$watch" ]; then
		kill "$watch" 2>/dev/null
		wait "$watch" 2>/dev/null
	fi
	if [ -n "$up" ]; then
		kill -TERM "$up" 2>/dev/null
		wait "$up"
		rc=$?
		if [ "$rc" -eq 0 ]; then
			say "Stopped in order. The data stays in $data until the next make run."
		else
			say "The services stopped with exit code $rc; their logs are in $data/log"
		fi
	fi
	return "$rc"
}
give_up() {
	say "$*"
	tail -qn 10 "$data/import.txt" "$data/up.txt" "$data"/log/* 2>/dev/null
	stop
	exit 1
}
trap 'stop; exit 1' EXIT
trap 'interrupted=yes' INT TERM
interrupted=

# until_ready SECONDS COMMAND...: tries until the command succeeds.
until_ready() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ -z "$interrupted" ] || give_up "Interrupted."
		kill -0 "$up" 2>/dev/null || give_up "The services ended before they were ready."
		[ "$SECONDS" -lt "$end" ] || give_up "The services did not become ready in time."
		sleep 0.1
	done
}

# One number of one service from `capscore status`.
figure() {
	awk -v service="$1" -v name="$2" '/^[a-z]/ { here = $1 == service } here && $1 == name { print $2; exit }' <<<"$status"
}

# All that was accepted is scored, every score change judged, and every alert of it on the screen.
is_told() {
	local status
	status=$("$capscore" status 2>/dev/null) &&
		[ "$(figure ingestion events)" = "$(figure scoring events-read)" ] &&
		[ "$(figure scoring scores)" = "$(figure scoring score-records)" ] &&
		[ "$(figure scoring scores)" = "$(figure notification scores-read)" ] &&
		[ "$(grep -c '^[0-9]' "$data/alerts.txt")" = "$(figure notification alerts)" ]
}
# Waits until it is. Twice in a row, since a service tells what it has read a moment before what it has written.
until_told() {
	local end=$((SECONDS + 60)) seen=0
	while [ "$seen" -lt 2 ]; do
		if is_told; then seen=$((seen + 1)); else seen=0; fi
		[ -z "$interrupted" ] || give_up "Interrupted."
		[ "$SECONDS" -lt "$end" ] || give_up "What was sent has not been scored and told in time."
		sleep 0.05
	done
}

# step DAY SHOWN PATTERN...: the day begins, the exports that the patterns name arrive. SHOWN lines of what the
# import says are shown, from the end. Trainings come first, so that usage finds the people of its time.
step() {
	local day=$1 shown=$2
	shift 2
	run day "$day" || give_up "The day could not be sent."
	echo "${dim}\$ capscore import $*${plain}"
	# shellcheck disable=SC2068 # the patterns are to be expanded
	"$capscore" import $@ >"$data/import.txt" 2>&1 || give_up "The exports could not be imported."
	tail -n "$shown" "$data/import.txt"
	until_told
}
# The first of the partner's areas, which is the one the story is about.
show_score() {
	echo
	run score "$@" >"$data/score.txt" || give_up "The score could not be asked for."
	awk '/^$/ { blanks++ } blanks < 2' "$data/score.txt"
}

say "1. The services on a fresh folder, $data (what an earlier run left there is removed)"
rm -rf "$data"
mkdir -p "$data" || exit 1
: >"$data/alerts.txt"
export CAPSCORE_DATA_DIR=$data
echo "${dim}\$ capscore up --data-dir $data --days producer &${plain}"
"$capscore" up --data-dir "$data" --days producer --log-files >"$data/up.txt" 2>&1 </dev/null &
up=$!
until_ready 30 "$capscore" status --health

say "2. Sample exports in the formats of Partner Center, from a fixed seed"
run generate "$data/exports" || give_up "The exports could not be written."

say "3. Following the alerts from here on; each comes with its reason"
echo "${dim}\$ capscore watch &${plain}"
"$capscore" watch --from start > >(tee -a "$data/alerts.txt") 2>/dev/null </dev/null &
watch=$!

exports=$data/exports
say "4. June 2023: a year of exports arrives at once"
step 2023-06-20 1 "$exports/trainings-202[23]-0[1-5].csv" "$exports/azure-usage-2022-*.csv" \
	"$exports/azure-usage-2023-0[1-5].csv"
show_score "$partner"

say "5. July: two new customers and more usage; Infrastructure is gained"
step 2023-07-20 9 "$exports/trainings-2023-06.csv" "$exports/azure-usage-2023-06.csv"
show_score "$partner"

say "6. August: both customers have left and two certificates have lapsed; it is at risk"
step 2023-08-20 1 "$exports/trainings-2023-07.csv" "$exports/azure-usage-2023-07.csv"
show_score "$partner"

# From 19 September on a day of the five months before is enough to stay qualified.
say "7. September: the customers that left count no more; it is lost"
step 2023-09-18 1 "$exports/trainings-2023-08.csv" "$exports/azure-usage-2023-08.csv"
show_score "$partner" --explain

say "8. Thirty more partners of every size, as a stream of events"
run generate population "$data/population" --partners 30 --customers 6 --people 8 --months 14 --format events ||
	give_up "The population could not be written."
run send "$data/population/events.ndjson" >"$data/import.txt" 2>&1 || give_up "The events could not be sent."
tail -n 1 "$data/import.txt"
until_told
run score --status enrolled >"$data/score.txt" || give_up "The standings could not be asked for."
head -n 12 "$data/score.txt"

missing=
for kind in gained at-risk recovered lost; do
	grep -q "^[0-9-]* *$kind " "$data/alerts.txt" || missing="$missing $kind"
done
[ -z "$missing" ] || give_up "The story should have told of:$missing"

say "The story is told: $(grep -c '^[0-9]' "$data/alerts.txt") alerts, all of them on disk."
if [ -n "${DEMO_ONCE:-}" ]; then
	stop
	exit $?
fi
# An event of one's own: a new customer of the partner that lost Infrastructure.
cat >"$data/try.ndjson" <<X
{"specversion": "1.0", "id": "try-1", "source": "urn:example:trying", "type": "capscore.usage.v1", "subject": "$partner", "time": "2023-09-18T09:00:00Z", "data": {"customer": "a-customer-of-mine", "product": "SQL Database", "month": "2023-08", "association": "pal", "measure": "acr", "amount": "3000"}}
X
cat <<X

The services go on; alerts are shown here as they come. In another terminal:

  export PATH=$(cd "$bin" && pwd):\$PATH CAPSCORE_DATA_DIR=$(cd "$data" && pwd)
  capscore watch --from start --details              # every alert with points, before and after, and its causes
  capscore score                                     # all partners
  capscore score 4570003 --explain                   # what counts, what nearly does, by which rule
  capscore send \$CAPSCORE_DATA_DIR/try.ndjson        # one more customer for $partner: Infrastructure comes back
  capscore status                                    # positions, lags, counters

Ctrl-C stops them.
X
# Until Ctrl-C, or until the services end by themselves.
while [ -z "$interrupted" ] && kill -0 "$up" 2>/dev/null; do
	sleep 0.2
done
[ -n "$interrupted" ] || give_up "The services ended."
stop
exit $?
