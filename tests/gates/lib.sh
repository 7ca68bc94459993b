# shellcheck shell=bash
# Shared by the gates' tests: each shows that its gate passes on the tree and fails on a planted fault.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck disable=SC2034 # used by those who source this
build=${CAPSCORE_BUILD:-$PWD/build/debug}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_passed=0
n_failed=0

# passes NAME COMMAND...: the command must end with 0.
passes() {
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		n_passed=$((n_passed + 1))
	else
		echo "FAILED: $name"
		sed 's/^/  /' "$work/said"
		n_failed=$((n_failed + 1))
	fi
}

# fails NAME PATTERN COMMAND...: the command must end with 1 and say PATTERN, so that it failed for the right reason.
fails() {
	local name=$1 pattern=$2 rc=0
	shift 2
	"$@" >"$work/said" 2>&1 || rc=$?
	if [ "$rc" -eq 1 ] && grep -q -- "$pattern" "$work/said"; then
		n_passed=$((n_passed + 1))
	else
		echo "FAILED: $name: wanted exit 1 and \"$pattern\", got exit $rc and:"
		sed 's/^/  /' "$work/said"
		n_failed=$((n_failed + 1))
	fi
}

# Closing lines as cmocka's, which tests/run.sh counts.
finish() {
	[ "$n_passed" -eq 0 ] || echo "[  PASSED  ] $n_passed test(s)."
	if [ "$n_failed" -gt 0 ]; then
		echo "[  FAILED  ] $n_failed test(s), listed below:"
		exit 1
	fi
}
