#!/bin/bash
# Proves both commands on a bare Debian 12 made from nothing: a minimal system with make added and nothing else, the
# committed tree copied in, then `make run` as a user who may not install, `make test`, and `make run` to the end of
# its story. Ends with "N passed, N failed", and with 1 when any failed.
#
# Needs root and some minutes. The bare system comes from the Debian sources of this machine's own apt, and is kept
# in build/fresh for the next time. It runs in a container where podman can run one, otherwise in a chroot with
# mount and process namespaces of its own (or where FRESH_IN=chroot asks for that). FRESH_TIMEOUT (900) bounds each
# of the three steps, in seconds.
set -u
cd "$(dirname "$0")/.." || exit 1

limit_s=${FRESH_TIMEOUT:-900}
cache=build/fresh
name=capscore-fresh-$$
passed=0
failed=0

if [ "$(id -u)" -ne 0 ]; then
	echo "fresh-check: making a system from nothing needs root; try: sudo make fresh-check" >&2
	exit 2
fi
scripts/install-deps.sh fresh || exit $?
mkdir -p "$cache"
work=$(mktemp -d "$PWD/$cache/work.XXXXXX")
root=$work/root

podman=(podman --root "$work/storage" --runroot "$work/run" --runtime runc --cgroup-manager cgroupfs
	--events-backend file)
tidy() {
	"${podman[@]}" rm -f -t 5 "$name" >/dev/null 2>&1
	umount -R "$root" 2>/dev/null
	rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM

# ---- a bare system --------------------------------------------------------------------------------------------

echo "fresh-check: making a bare Debian, or taking the one made before"
base=$(scripts/bare-debian.sh make) || exit 1
mkdir -p "$root"
tar -x -f "$base" -C "$root" || exit 1
mkdir -p "$root/src"
if git rev-parse HEAD >/dev/null 2>&1; then
	[ -z "$(git status --porcelain --untracked-files=no)" ] ||
		echo "fresh-check: changes that are not committed are not part of this check"
	git archive HEAD | tar -x -C "$root/src"
else
	tar -c --exclude=./build --exclude=./capscore-data* . | tar -x -C "$root/src"
fi

# ---- how to run something in it -------------------------------------------------------------------------------

in_podman=("${podman[@]}" run --rm --name "$name" --network host --init --ulimit nofile=20000:20000
	--ulimit nproc=32768:32768 --env HOME=/root --env DEMO_ONCE --workdir /src --rootfs "$root")
# Without a container: namespaces of its own, so that whatever is started dies with the command.
in_chroot=(unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" -- sh -c '
	mount --rbind /dev "$0/dev" && mount -t tmpfs tmpfs "$0/tmp" &&
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${DEMO_ONCE:+DEMO_ONCE=$DEMO_ONCE} \
		chroot "$0" sh -c "cd /src && exec \"\$@\"" sh "$@"' "$root")
if [ "${FRESH_IN:-podman}" = podman ] && "${in_podman[@]}" true >"$work/podman.log" 2>&1; then
	inside=("${in_podman[@]}")
else
	echo "fresh-check: in a chroot"
	inside=("${in_chroot[@]}")
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
fi

# ---- the proofs -----------------------------------------------------------------------------------------------

# prove NAME WANTED_EXIT PATTERN COMMAND...: the command ends as wanted and says PATTERN; the last lines are shown.
prove() {
	local what=$1 wanted=$2 pattern=$3 log=$work/step.log rc start=$SECONDS
	shift 3
	echo "fresh-check: $what"
	# In the background, so that Ctrl-C reaches this script at once.
	timeout -k 20 "$limit_s" "${inside[@]}" "$@" >"$log" 2>&1 </dev/null &
	wait "$!"
	rc=$?
	[ "$rc" -ne 124 ] || echo "stopped after $limit_s s" >>"$log"
	if [ "$rc" -eq "$wanted" ] && grep -qE -- "$pattern" "$log"; then
		passed=$((passed + 1))
		grep -vE '^(  (CC|AR|LINK|PROTOC|EMBED) |$)' "$log" | tail -n 4 | cut -c1-160 | sed 's/^/  | /'
		echo "fresh-check: ok, $((SECONDS - start)) s"
	else
		failed=$((failed + 1))
		sed -E 's#(https?://)[^ ]*#\1...#g' "$log" | grep -vE '^  (CC|AR|LINK|PROTOC|EMBED) ' | tail -n 60 | sed 's/^/  | /'
		echo "fresh-check: FAILED with exit $rc (wanted $wanted and \"$pattern\"), $((SECONDS - start)) s"
	fi
}

echo "fresh-check: a bare Debian with $("${inside[@]}" dpkg-query -W 2>/dev/null | wc -l) packages, make among them"
prove "make run, as a user who may not install, says what to do" 2 'apt-get update && apt-get install' \
	setpriv --reuid=65534 --regid=65534 --clear-groups make run
prove "make test" 0 '^[0-9]+ passed, 0 failed$' make test
export DEMO_ONCE=1
prove "make run, to the end of its story" 0 '^The story is told' make run
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
