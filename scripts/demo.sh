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
up=
watch=

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
	bold= dim= plain=
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
			say "The services stopped with exit code $rc; their log is $data/log"
		fi
	fi
	return "$rc"
}
give_up() {
	say "$*"
	[ ! -s "$data/log" ] || tail -n 20 "$data/log"
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

# until_told COUNT: waits until so many alerts have come.
until_told() {
	local end=$((SECONDS + 30))
	until [ "$(grep -c . "$data/alerts.txt")" -ge "$1" ]; do
		[ -z "$interrupted" ] || give_up "Interrupted."
		[ "$SECONDS" -lt "$end" ] || give_up "The alerts that were expected did not come."
		sleep 0.05
	done
}

say "1. Three services on a fresh folder, $data (what an earlier run left there is removed)"
rm -rf "$data"
mkdir -p "$data" || exit 1
export CAPSCORE_DATA_DIR=$data
echo "${dim}\$ capscore up --data-dir $data --days producer &${plain}"
"$capscore" up --data-dir "$data" --days producer >"$data/log" 2>&1 </dev/null &
up=$!
until_ready 30 "$capscore" status --health
