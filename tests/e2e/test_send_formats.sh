#!/bin/bash
# `capscore send` takes events in every form, from files and from the standard input, with real services: what protoc and
# awk write, a stream that never ends, bytes that are no text, and an array larger than memory may be.
. "$(dirname "$0")/../gates/lib.sh"
bin=${CAPSCORE_BIN:-$build/bin}
mode=$(basename "$build")
export CAPSCORE_DATA_DIR=$work/data
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT

. "$(dirname "${BASH_SOURCE[0]}")/within.sh"

# json ID: an event as JSON.
json() {
	printf '{"specversion":"1.0","id":"%s","source":"/json","type":"capscore.customer.v1","subject":"77",' "$1"
	printf '"time":"2023-07-01T00:00:00Z","data":{"customer":"c1"}}'
}
# cloud ID [ATTRIBUTES]: an event in the text form of protobuf.
cloud() {
	cat <<-X
		id: "$1" source: "/cloud" spec_version: "1.0" type: "capscore.customer.v1"
		attributes { key: "subject" value { ce_string: "77" } }
		attributes { key: "time" value { ce_timestamp { seconds: 1688169600 } } }
		proto_data { [type.googleapis.com/capscore.v1.Customer] { customer: "c1" } }
	X
}
# encode MESSAGE: text to protobuf.
encode() {
	protoc -Iproto --encode="$1" proto/io/cloudevents/v1/cloudevents.proto proto/capscore/v1/event.proto
}
varint() {
	local n=$1
	while [ "$n" -ge 128 ]; do
		printf "\\x$(printf %02x $((n % 128 + 128)))"
		n=$((n / 128))
	done
	printf "\\x$(printf %02x "$n")"
}

# send WANT [ARGUMENT...]: what it says it delivered.
send() {
	local want=$1
	shift
	"$bin/capscore" send "$@" >"$work/out" 2>"$work/told"
	code=$?
	cat "$work/out" "$work/told"
	grep -q -- "^delivered: $want$" "$work/out"
}
# refuses WANT TOLD [ARGUMENT...]: and what it tells of a fault.
refuses() {
	local told=$2
	send "$1" "${@:3}" && [ "$code" -eq 1 ] && grep -q -- "$told" "$work/told"
}

"$bin/capscore" up --days producer --log-files >"$work/up" 2>&1 </dev/null &
pids+=($!)
passes "the services are there" within 60 "$bin/capscore" status --health

# ---- JSON ----------------------------------------------------------------------------------------------------------

printf '[\n%s,\n%s\n]\n' "$(json a1)" "$(json a2)" >"$work/array.json"
passes "an array" send "2 accepted, 0 duplicates, 0 refused" "$work/array.json"
passes "an array by its media type" send "0 accepted, 2 duplicates, 0 refused" \
	--format application/cloudevents-batch+json "$work/array.json"
from_pipe() {
	send "$@" < <(cat "$work/array.json")
}
passes "an array on the standard input" from_pipe "0 accepted, 2 duplicates, 0 refused" -
json a3 | sed 's/,"/,\n "/g' >"$work/one.json"
passes "one event over many lines" send "1 accepted, 0 duplicates, 0 refused" --format json "$work/one.json"
printf '[%s,\n  {"specversion": "1.0",\n   "id": 7}, %s]' "$(json b1)" "$(json b2)" >"$work/fault.json"
passes "a fault in an array is told where it stands" refuses "2 accepted, 0 duplicates, 0 refused" \
	'fault.json:3:4: bad-id: id: expected a string' --rejects "$work/rejects" "$work/fault.json"
kept() {
	[ "$(cat "$work/rejects")" = '{"specversion": "1.0",    "id": 7}' ]
}
passes "and kept as a line" kept

# ---- protobuf --------------------------------------------------------------------------------------------------------

{
	for id in p1 p2; do echo "events { $(cloud $id) }"; done
} | encode io.cloudevents.v1.CloudEventBatch >"$work/batch.bin"
passes "a CloudEventBatch" send "2 accepted, 0 duplicates, 0 refused" "$work/batch.bin"
cloud p3 | encode io.cloudevents.v1.CloudEvent >"$work/single.bin"
passes "a CloudEvent" send "1 accepted, 0 duplicates, 0 refused" "$work/single.bin"
for id in p1 p3 p4; do
	cloud $id | encode io.cloudevents.v1.CloudEvent >"$work/message"
	varint "$(wc -c <"$work/message")"
	cat "$work/message"
done >"$work/stream.bin"
passes "a stream of CloudEvents" send "1 accepted, 2 duplicates, 0 refused" "$work/stream.bin"
passes "a stream by its name" send "0 accepted, 3 duplicates, 0 refused" --format cloudevent-stream "$work/stream.bin"
{
	echo "events { $(cloud q1) }"
	echo "events { $(cloud q2 | sed 's/"77"/"7\\0007"/') }"
	echo "events { $(cloud q3) }"
} | encode io.cloudevents.v1.CloudEventBatch >"$work/nul.bin"
passes "an event with a NUL in it is refused, and its place told" refuses "2 accepted, 0 duplicates, 0 refused" \
	'nul.bin:event 2: bad-subject: .*begins at byte' --rejects "$work/rejects" "$work/nul.bin"
again() {
	refuses "0 accepted, 0 duplicates, 0 refused" 'rejects:event 1: bad-subject' "$work/rejects"
}
passes "the refused event is kept as it was" again
# letter COMMAND...: of the newest dead letter.
letter() {
	local newest
	newest=$("$bin/capscore" deadletter list | awk '$1 + 0 > n { n = $1 + 0 } END { print n }')
	"$bin/capscore" deadletter "$1" "$newest" "${@:2}" 2>&1 | tee /dev/stderr
}
in_hex() {
	letter show | tail -n +2 | grep -q '^0a[0-9a-f]*$'
}
passes "and as a dead letter, which is shown so that a terminal can take it" in_hex
refused_again() {
	letter replay | grep -q 'refused again: bad-subject: subject: not clean'
}
passes "it is read again as what it is" refused_again
{
	echo "events { $(cloud q2) }"
} | encode io.cloudevents.v1.CloudEventBatch >"$work/mended.bin"
mended() {
	letter replay --with "$work/mended.bin" | grep -q ': logged$'
}
passes "and mended it is logged" mended
head -c -1 "$work/batch.bin" >"$work/cut.bin"
passes "a batch that is cut short gives what is whole" refuses "0 accepted, 1 duplicates, 0 refused" \
	'cut.bin:event 2: malformed: an event is cut short at byte' "$work/cut.bin"
protoc -Iproto --encode=capscore.v1.EventBatch proto/capscore/v1/event.proto >"$work/native.bin" <<-X
	events { id: "n1" source: "/n" type: "capscore.customer.v1" subject: "77" time_ms: 1688169600000 customer { customer: "c1" } }
X
passes "an EventBatch" send "1 accepted, 0 duplicates, 0 refused" "$work/native.bin"

# ---- bytes that are no text, and no events -----------------------------------------------------------------------------

printf '%s\n{"a\0b\377\n%s\n' "$(json c1)" "$(json c2)" >"$work/binary.ndjson"
passes "a line of any bytes is refused by itself" refuses "2 accepted, 0 duplicates, 0 refused" \
	'binary.ndjson:2:' --rejects "$work/rejects" "$work/binary.ndjson"
printf '{"a\0b\377\n' >"$work/want"
passes "and kept byte for byte" cmp "$work/want" "$work/rejects"
head -c 100000 "$bin/capscore" >"$work/program"
strange() {
	"$bin/capscore" send "$work/program" 2>&1 | tee /dev/stderr | grep -q 'not events'
}
passes "what is no events is told" strange
formats() {
	"$bin/capscore" send --format xml "$work/array.json" 2>&1 | tee /dev/stderr | grep -q 'none of ndjson, json, json-batch'
}
passes "a format that there is not is told" formats

# ---- a stream that goes on -----------------------------------------------------------------------------------------------

mkfifo "$work/fifo"
"$bin/capscore" send - <"$work/fifo" >"$work/live" 2>&1 &
pids+=($!)
live=$!
exec 3>"$work/fifo"
accepted() {
	[ "$("$bin/capscore" status --json | tr -d ' \n' | sed 's/.*"accepted":\([0-9]*\).*/\1/')" -eq "$1" ]
}
before=$("$bin/capscore" status --json | tr -d ' \n' | sed 's/.*"accepted":\([0-9]*\).*/\1/')
for i in 1 2 3; do
	json "live-$i" >&3
	echo >&3
	passes "an event of a stream is on disk while the next one is awaited ($i)" within 20 accepted $((before + i))
done
exec 3>&-
passes "the stream ends" wait "$live"
ended() {
	grep -q '^delivered: 3 accepted, 0 duplicates, 0 refused$' "$work/live"
}
passes "and tells what came of it" ended

# ---- more than memory ------------------------------------------------------------------------------------------------------

# 200,000 events, some 40 MB, in an address space in which they would not fit twice. Sanitizers need more of it.
large() {
	awk 'BEGIN { printf "["; for (i = 0; i < 200000; i++) printf "%s{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"/large\"," \
		"\"type\":\"capscore.customer.v1\",\"subject\":\"77\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"c%d\"}}", \
		i == 0 ? "" : ",\n", i, i; print "]" }' | (
		[ "$mode" != debug ] || ulimit -v 65536
		"$bin/capscore" send --dry-run -
	) | tee /dev/stderr | grep -q 'facts  *200000  customer 200000'
}
passes "an array of any length is read in little memory" large
finish
