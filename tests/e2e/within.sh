# For the scripts here: waits for an effect, with a deadline.

# within SECONDS COMMAND...: repeats the command until it succeeds; 1 when it did not in that time.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05 # between two looks
	done
}
