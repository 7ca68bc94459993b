#!/bin/bash
# Makes a bare Debian 12 from nothing, as a tar file, and prints its path. Kept in build/fresh for the next time.
#
#   scripts/bare-debian.sh [PACKAGE...]      packages beyond the minimal system
#
# Needs root. The packages come from the Debian sources of this machine's own apt; nothing of those is printed.
set -u
cd "$(dirname "$0")/.." || exit 1
suite=bookworm
cache=build/fresh
certificates=/etc/ssl/certs/ca-certificates.crt
mkdir -p "$cache"
work=$(mktemp -d "$PWD/$cache/bare.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The sources that offer the suite, and how this machine reaches them. Only the archive itself: what third parties
# offer is no part of a bare Debian.
sources=()
extra=("$@")
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
	if [ -f "$file" ] && grep -qE "^(Suites:|deb ).*[[:space:]]$suite([[:space:]]|$)" "$file"; then
		sources+=("$file")
	fi
done
[ ${#sources[@]} -eq 0 ] || ! grep -qE '^(URIs:|deb ).*https:' "${sources[@]}" || extra+=(ca-certificates)
: >"$work/apt.conf"
! command -v apt-config >/dev/null ||
	apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) ' >"$work/apt.conf"

key=$({ echo "${extra[*]}" && cat "$0" "$work/apt.conf" "${sources[@]}" </dev/null; } | sha256sum | cut -c1-16)
base=$PWD/$cache/base-$key.tar
if [ ! -s "$base" ]; then
	options=(--variant=minbase --format=tar --aptopt="$work/apt.conf")
	for package in "${extra[@]}"; do
		options+=(--include="$package")
		[ "$package" != ca-certificates ] || options+=(--customize-hook="upload $certificates $certificates")
	done
	if ! timeout 300 mmdebstrap "${options[@]}" "$suite" "$work/base.tar" "${sources[@]}" >"$work/log" 2>&1; then
		sed -E 's#(https?://)[^ ]*#\1...#g' "$work/log" | tail -n 20 >&2
		echo "bare-debian: the bare system could not be made" >&2
		exit 1
	fi
	find "$cache" -name "base-*.tar" -mtime +7 -delete
	mv "$work/base.tar" "$base"
fi
echo "$base"
