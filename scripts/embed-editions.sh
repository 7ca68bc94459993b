#!/bin/sh
# Writes C source that holds rule files as text: scripts/embed-editions.sh FILE... > shipped_editions.c
# The table is what rules/compile/shipped.c declares, in order of the days on which the editions begin; the id of an
# edition is the name of its file.
set -eu
LC_ALL=C
export LC_ALL

date_of() { # key file
	sed -n "s/^  $1: *\([0-9-]*\).*/\1/p" "$2" | head -n 1
}

# shellcheck disable=SC2046 # file names of rules/editions have no spaces
set -- $(for f in "$@"; do echo "$(date_of valid-from "$f") $f"; done | sort | cut -d' ' -f2)

echo '#include "rules/compile/shipped.h"'
i=0
for f in "$@"; do
	echo "static const unsigned char text_${i}[] = {"
	od -An -v -tu1 "$f" | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $i; print "" }'
	echo "0 };"
	i=$((i + 1))
done
echo "const struct shipped_edition shipped_table[] = {"
i=0
for f in "$@"; do
	id=$(basename "$f" .yaml)
	echo "	{ { \"$id\", ${#id} }, \"$f\", { (const char *)text_$i, sizeof text_$i - 1 },"
	from=$(date_of valid-from "$f")
	until=$(date_of valid-until "$f")
	echo "	  { \"$from\", ${#from} }, { \"$until\", ${#until} } },"
	i=$((i + 1))
done
echo "};"
echo "const size_t shipped_table_count = $i;"
