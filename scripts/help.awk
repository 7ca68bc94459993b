# Prints the targets of a Makefile from their "## " comments, under the titles of its "##@ " lines.
BEGIN {
	print "Capscore: partner capability scores and designation alerts from certification, customer and usage events."
	print "Two commands are enough to begin with: `make run` and `make test`."
}
/^##@ / {
	printf "\n%s\n", substr($0, 5)
}
/^[a-z-]+:.*## / {
	text = $0
	sub(/^.*## /, "", text)
	target = $0
	sub(/:.*/, "", target)
	printf "  make %-14s %s\n", target, text
}
END {
	print "\nVariables: MODE=debug|release|asan|tsan, V=1 (show commands), CC, PREFIX, DESTDIR, FUZZ_SECONDS. More in docs/building.md."
}
