#!/bin/bash
# The examples in C, Python and Node against real services: each producer delivers, repeats harmlessly and tells a fault
# by its line, over a restart of ingestion too; each subscriber shows the alert. The one in C is built against the
# library as it is installed, shared and static.
. "$(dirname "$0")/../gates/lib.sh"
bin=${CAPSCORE_BIN:-$build/bin}
mode=$(basename "$build")
data=$work/data
publish=ipc://$data/run/ingestion-publish.sock
alerts=ipc://$data/run/alerts.sock
events=$PWD/examples/events.ndjson
n_events=$(wc -l <"$events")
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT

python=
for candidate in /usr/bin/python3 python3; do
	[ -n "$python" ] || ! "$candidate" -c 'import zmq' 2>/dev/null || python=$candidate
done

. "$(dirname "${BASH_SOURCE[0]}")/within.sh"
# says FILE PATTERN
says() {
	grep -q -- "$2" "$work/$1"
}

# ---- the library as it is installed ----------------------------------------------------------------------------

install_client() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s MODE="$mode" PREFIX="$work/usr" install-client
}
export PKG_CONFIG_PATH=$work/usr/lib/pkgconfig
# The flags of the flavour: a sanitizer has to be in the program, too.
# shellcheck disable=SC2046,SC2086 # the flags are words
build_c() {
	${CAPSCORE_CC:-gcc} ${CAPSCORE_CFLAGS:--std=c11} -Wall -Wextra -Werror -o "$work/$1" examples/c/producer.c \
		$(pkg-config "${@:2}" capscore-client) -Wl,-rpath,"$work/usr/lib"
}
static_c() {
	local libs
	libs=$(pkg-config --libs --static capscore-client)
	# shellcheck disable=SC2046,SC2086
	${CAPSCORE_CC:-gcc} ${CAPSCORE_CFLAGS:--std=c11} -Wall -Wextra -Werror -o "$work/producer-static" \
		examples/c/producer.c $(pkg-config --cflags capscore-client) \
		${libs/-lcapscore-client/-l:libcapscore-client.a}
}
needs_library() {
	ldd "$work/producer-$1" | grep -q libcapscore-client
}
not() {
	! "$@"
}
cxx() {
	printf '#include <capscore_client.h>\nint main() { return capscore_client_version()[0] == 0; }\n' >"$work/t.cc"
	# shellcheck disable=SC2046
	g++ -Wall -Wextra -pedantic -Werror $(pkg-config --cflags capscore-client) -fsyntax-only "$work/t.cc"
}
only_its_own_names() {
	[ "$(nm -D --defined-only "$work"/usr/lib/libcapscore-client.so | awk '{print $NF}' | grep -cv '^capscore_')" -eq 0 ] &&
		[ "$(nm -g --defined-only "$work"/usr/lib/libcapscore-client.a | awk 'NF == 3 {print $NF}' | grep -cv '^capscore_')" -eq 0 ]
}
passes "the library installs" install_client
passes "the example in C builds against the shared library" build_c producer-shared --cflags --libs
passes "it uses it" needs_library shared
passes "it builds against the static one" static_c
passes "it is in it" not needs_library static
passes "the header is one for C++" cxx
if [ "$mode" != asan ] && [ "$mode" != tsan ]; then # those add names of their own
	passes "the library shows no names but its own" only_its_own_names
fi

# ---- services ---------------------------------------------------------------------------------------------------

"$bin/capscore" up --data-dir "$data" --days producer --log-files >"$work/up" 2>&1 </dev/null &
pids+=($!)
up=$!
passes "the services are there" within 60 "$bin/capscore" status --health --data-dir "$data"

passes "pyzmq is there" test -n "$python"
for language in python node; do
	if [ "$language" = python ]; then
		PYTHONDONTWRITEBYTECODE=1 "$python" examples/python/subscriber.py "$alerts" 1 >"$work/$language.sub" 2>&1 </dev/null &
	else
		node examples/node/subscriber.mjs "$alerts" 1 >"$work/$language.sub" 2>&1 </dev/null &
	fi
	pids+=($!)
	declare "sub_$language=$!"
	passes "the subscriber in $language listens" within 20 says "$language.sub" '^listening$'
done

# ---- producers ---------------------------------------------------------------------------------------------------

# producer LANGUAGE: with its standard input.
producer() {
	case $1 in
	python) PYTHONDONTWRITEBYTECODE=1 timeout 60 "$python" examples/python/producer.py "$publish" ;;
	node) timeout 60 node examples/node/producer.mjs "$publish" ;;
	*) timeout 60 "$work/producer-$1" "$publish" ;;
	esac
}
# sends LANGUAGE WANT FILE [EXIT]
sends() {
	producer "$1" <"$3" >"$work/sent" 2>"$work/told"
	local rc=$?
	cat "$work/sent" "$work/told"
	[ "$rc" -eq "${4:-0}" ] && grep -qx -- "$2" "$work/sent"
}
# Events of one's own for each language: ids are unique by source.
for language in python node shared static; do
	sed "s|\"source\":\"/examples\"|\"source\":\"/$language\"|" "$events" >"$work/$language.ndjson"
	passes "the producer in $language delivers" sends "$language" "$n_events accepted, 0 duplicates, 0 refused" \
		"$work/$language.ndjson"
	passes "it repeats harmlessly" sends "$language" "0 accepted, $n_events duplicates, 0 refused" \
		"$work/$language.ndjson"
	{
		echo
		sed "s|example-|bad-|; 3s|\"subject\":\"1234567\",||; 5s|.*|nonsense|" "$work/$language.ndjson"
	} >"$work/bad.ndjson"
	passes "it tells what is refused" sends "$language" "$((n_events - 2)) accepted, 0 duplicates, 2 refused" \
		"$work/bad.ndjson" 1
	passes "by its line" says told '^line 4: .*subject'
	passes "whatever is wrong with it" says told '^line 6: '
done

# Ingestion is killed while they send: nothing is lost, nothing doubled. `up` starts it again.
many() {
	awk -v source="$1" 'BEGIN { for (i = 0; i < 20000; i++) printf "{\"specversion\":\"1.0\",\"id\":\"m%d\",\"source\":\"/many/%s\"," \
		"\"type\":\"capscore.customer.v1\",\"subject\":\"77\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"c%d\"}}\n", i, source, i }'
}
ingestion() {
	local pid
	for pid in $(cat /proc/"$up"/task/*/children); do
		[[ $(cat "/proc/$pid/comm") != capscore-ingest* ]] || echo "$pid"
	done
}
killed_meanwhile() {
	many "$1" >"$work/many.ndjson"
	producer "$1" <"$work/many.ndjson" >"$work/sent" 2>"$work/told" &
	local job=$! rc
	kill -KILL "$(ingestion)"
	wait "$job"
	rc=$?
	cat "$work/sent" "$work/told"
	[ "$rc" -eq 0 ] && awk '{ exit !($1 + $3 == 20000 && $5 == 0) }' "$work/sent" &&
		[ "$(producer "$1" <"$work/many.ndjson")" = "0 accepted, 20000 duplicates, 0 refused" ]
}
for language in python node shared; do
	passes "ingestion is killed while the producer in $language sends" killed_meanwhile "$language"
done

# ---- subscribers -------------------------------------------------------------------------------------------------

passes "a day is told" "$bin/capscore" day --data-dir "$data" 2023-07-20
for language in python node; do
	passes "the subscriber in $language shows the alert" within 20 says "$language.sub" '^gained  *Partner 1234567 gained '
	job=sub_$language
	passes "and ends" wait "${!job}"
done

stop() {
	kill -TERM "$up" && wait "$up"
}
passes "the services stop in order" stop
pids=()
finish
