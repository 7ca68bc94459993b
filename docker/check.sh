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
compose=(podman-compose -p capscore -f docker/compose.yaml)
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

# ---- the pipeline as compose.yaml says ------------------------------------------------------------------------

# in_service SERVICE COMMAND...
in_service() {
	local service=$1
	shift
	podman exec -i "capscore_${service}_1" "$@"
}
# says SERVICE PATTERN COMMAND...: what the command prints has the pattern.
says() {
	local service=$1 pattern=$2
	shift 2
	in_service "$service" "$@" | tee /dev/stderr | grep -q -- "$pattern"
}
# refused PATTERN SERVICE COMMAND...: the command must fail for that reason.
refused() {
	local pattern=$1 said
	shift
	! said=$(in_service "$@" 2>&1) && grep -q -- "$pattern" <<<"$said"
}
no_ports() {
	podman inspect --format 'state {{.State.Status}} ports {{.NetworkSettings.Ports}}' "capscore_$1_1" | tee /dev/stderr |
		grep -qx 'state running ports map\[\]'
}
alerts() {
	in_service notification capscore watch --from start --until-end
}

passes "compose.yaml starts" "${compose[@]}" up -d
within 60 "the pipeline is healthy" in_service notification capscore status --health
internal() {
	podman network inspect capscore_sealed | grep -q '"internal": true'
}
passes "the network leads nowhere" internal
for service in ingestion scoring notification history; do
	passes "$service passes its health check" podman healthcheck run "capscore_${service}_1"
	passes "$service runs as a user without rights" says $service '^CapEff:[[:space:]]*0*$' grep CapEff /proc/self/status
	passes "$service is user 10001" says $service '^10001$' id -u
	passes "$service may gain no privileges" says $service 'NoNewPrivs:[[:space:]]*1' grep NoNewPrivs /proc/self/status
	passes "$service publishes no port" no_ports $service
	passes "$service cannot write its programs" refused 'Read-only file system' $service touch /usr/bin/planted
done

# A year of exports arrives, then July: one designation is gained by each of two partners.
passes "sample exports are generated" in_service ingestion capscore generate /tmp/exports
send() {
	in_service ingestion capscore day "$1" && in_service ingestion sh -c "capscore import $2"
}
passes "the exports up to May go in" send 2023-06-20 '/tmp/exports/trainings-2023-0[1-5].csv /tmp/exports/azure-usage-2022-*.csv /tmp/exports/azure-usage-2023-0[1-5].csv'
passes "the exports of June go in" send 2023-07-20 '/tmp/exports/trainings-2023-06.csv /tmp/exports/azure-usage-2023-06.csv'
gained() {
	alerts | tee /dev/stderr | grep -c gained | grep -qx 2
}
within 30 "the alerts come out" gained
alerts >"$work/before" 2>/dev/null
sed 's/^/      /' "$work/before"

# A service is killed and comes back: nothing is lost, nothing told twice.
killed() {
	podman kill -s KILL "capscore_$1_1" && { podman start "capscore_$1_1" || true; }
}
for service in ingestion scoring notification history; do
	passes "$service is killed and started again" killed $service
done
within 60 "the pipeline is healthy again" in_service notification capscore status --health
same() {
	[ -s "$work/before" ] && alerts 2>/dev/null | diff "$work/before" -
}
passes "the alerts are the same" same
passes "the score is answered" says scoring "Infrastructure" capscore score 4567001

passes "compose.yaml stops" "${compose[@]}" stop -t 15
for service in ingestion scoring notification history; do
	ended() {
		podman inspect --format 'ended {{.State.ExitCode}}' "capscore_$1_1" | tee /dev/stderr | grep -qx 'ended 0'
	}
	passes "$service ended in order" ended $service
done
quiet "${compose[@]}" down -v

# ---- everything in one container ------------------------------------------------------------------------------

for tag in "$image" "$image-small"; do
	passes "$tag starts as one container" podman run -d --name one --network none --read-only --tmpfs /tmp \
		--cap-drop all --security-opt no-new-privileges --init -v one:/var/lib/capscore "$tag"
	within 30 "it is healthy" podman exec one capscore status --health
	passes "it stops in order" podman stop -t 15 one
	quiet podman rm -f one
	quiet podman volume rm one
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
