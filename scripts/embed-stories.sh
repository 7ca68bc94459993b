#!/bin/sh
# Writes C source that holds story files as text: scripts/embed-stories.sh FILE... > shipped_stories.c
# The table is what services/cli/generate_shipped.h declares; the name of a story is the name of its file.
set -eu
LC_ALL=C
export LC_ALL

echo '#include "services/cli/generate_shipped.h"'
i=0
for f in "$@"; do
	echo "static const unsigned char text_${i}[] = {"
	od -An -v -tu1 "$f" | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $i; print "" }'
	echo "0 };"
	i=$((i + 1))
done
echo "const struct shipped_story shipped_stories[] = {"
i=0
for f in "$@"; do
	id=$(basename "$f" .yaml)
	echo "	{ { \"$id\", ${#id} }, \"$f\", { (const char *)text_$i, sizeof text_$i - 1 } },"
	i=$((i + 1))
done
echo "};"
echo "const size_t shipped_stories_count = $i;"
