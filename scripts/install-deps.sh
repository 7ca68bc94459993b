#!/bin/bash
# Installs the Debian packages that are missing for the given groups of work, and nothing when all are there.
#
#   scripts/install-deps.sh GROUP...     groups: run, test (contains run), fuzz, containers, fresh
#
# Says what is missing and why before it installs. As root it uses apt-get, otherwise sudo; where neither is
# possible it prints the command to run and ends with 2. Ends with 0 when everything is there, 1 when apt failed.
set -u

# package | groups | what it is needed for
packages='
build-essential       | run test   | the C compiler, linker and C library headers
pkg-config            | run test   | compiler and linker flags of the libraries
libzmq3-dev           | run test   | ZeroMQ, how the services talk
libprotobuf-c-dev     | run test   | protobuf for C, the format of messages
protobuf-c-compiler   | run test   | turns proto/ into C
protobuf-compiler     | run test   | the protobuf compiler itself
libprotobuf-dev       | run test   | the protobuf types that come with it
libuv1-dev            | run test   | the event loop of the services
liblmdb-dev           | run test   | LMDB, the store of logs and state
libfyaml-dev          | run test   | reads the rule editions
libjansson-dev        | run test   | reads and writes JSON
libxxhash-dev         | run test   | hashes and checksums
libsodium-dev         | run test   | keyed hash of the ids of people
libcmocka-dev         | test       | the test framework
python3-zmq           | test       | the examples in Python are part of the suite
nodejs                | test       | so are those for Node
clang                 | test       | the second compiler: warnings are errors under both
clang-format          | test       | checks the form of the sources
libclang-rt-14-dev    | fuzz       | libFuzzer and its sanitizers
buildah               | containers | builds the image
podman                | containers fresh | runs containers
runc                  | containers fresh | the container runtime
catatonit             | containers fresh | the first process of a container
netavark              | containers | networks of containers
iptables              | containers | networks of containers
mmdebstrap            | containers fresh | makes a bare Debian from nothing
'

if [ $# -eq 0 ]; then
	sed -n '2,7s/^# \{0,1\}//p' "$0"
	exit 2
fi

wanted=()
declare -A why
while IFS='|' read -r name groups reason; do
	name=${name// /}
	[ -n "$name" ] || continue
	for group in "$@"; do
		if [[ " $groups " == *" $group "* ]]; then
			wanted+=("$name")
			why[$name]=${reason# }
			break
		fi
	done
done <<<"$packages"

if [ ${#wanted[@]} -eq 0 ]; then
	echo "install-deps: no such group: $*" >&2
	exit 2
fi

if ! command -v dpkg-query >/dev/null; then
	echo "install-deps: this is not Debian, so nothing is installed. What is needed, by its Debian names:"
	for name in "${wanted[@]}"; do
		printf '  %-20s %s\n' "$name" "${why[$name]}"
	done
	exit 0
fi

# One query for all; dpkg-query complains about names it has never heard of, which count as missing.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null)
missing=()
for name in "${wanted[@]}"; do
	[[ $'\n'"$installed"$'\n' == *$'\n'"installed $name"$'\n'* ]] || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "These Debian packages are missing and will be installed:"
for name in "${missing[@]}"; do
	printf '  %-20s %s\n' "$name" "${why[$name]}"
done

if [ "$(id -u)" -eq 0 ]; then
	as_root=()
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	as_root=(sudo)
	echo "This needs root, so sudo may ask for your password."
else
	echo
	echo "You are not root and sudo cannot be used here. Please have this run as root, then try again:"
	echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
	exit 2
fi

# env: sudo would drop the variable. The lock: another apt may be at work on a machine that just started.
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3
	-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${apt[@]}" update >"$log" 2>&1 ||
	! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
	tail -n 25 "$log" >&2
	echo "install-deps: apt-get failed; its last lines are above." >&2
	exit 1
fi
echo "Installed ${#missing[@]} packages."
