#!/bin/bash
# What `make run` shows: the story is told, twice over the same folder; an event sent afterwards has its alert; Ctrl-C
# stops everything in order.
. "$(dirname "$0")/../gates/lib.sh"
bin=${CAPSCORE_BIN:-$build/bin}
export DEMO_DATA=$work/data
demo=
trap '[ -z "$demo" ] || kill -TERM "$demo" 2>/dev/null; wait; rm -rf "$work"' EXIT

once() {
	DEMO_ONCE=1 scripts/demo.sh "$bin" </dev/null
}
passes "the story is told" once
passes "it is told again over the folder of the first time" once

. "$(dirname "${BASH_SOURCE[0]}")/within.sh"
# A script in the background has SIGINT ignored, which it could not undo; in front of a user it has not.
env --default-signal=INT scripts/demo.sh "$bin" </dev/null >"$work/shown" 2>&1 &
demo=$!
shown() {
	grep -q -- "$1" "$work/shown"
}
passes "the services go on after the story" within 60 shown "^Ctrl-C stops them"
passes "an event of one's own is taken" "$bin/capscore" send --data-dir "$DEMO_DATA" "$DEMO_DATA/try.ndjson"
passes "its alert is shown" within 20 shown "^2023-09-18  gained        Partner 4567001 gained infrastructure: 70 points"
interrupt() {
	local rc
	kill -INT "$demo" && wait "$demo"
	rc=$?
	demo=
	return "$rc"
}
passes "Ctrl-C stops everything in order" interrupt
passes "it says so" shown "^Stopped in order"
none_left() {
	! "$bin/capscore" status --health --data-dir "$DEMO_DATA"
}
passes "no service is left" none_left

# What the demonstration needs is missing: it says so and leaves nothing running.
fails "a missing program is told" "ended before they were ready" env DEMO_ONCE=1 scripts/demo.sh "$work/nowhere"
finish
