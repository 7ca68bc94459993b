#!/bin/sh
# Writes C source that holds files as text: scripts/embed-texts.sh HEADER NAME FILE... > NAME.c
# HEADER declares `struct NAME { struct str name; const char *file; struct str text; }`, a table of them, and NAME_count;
# the name of a row is that of its file, without the folder and .yaml.
set -eu
LC_ALL=C
export LC_ALL

header=$1
name=$2
shift 2
echo "#include \"$header\""
i=0
for f in "$@"; do
	echo "static const unsigned char text_$i[] = {"
	od -An -v -tu1 "$f" | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $i; print "" }'
	echo "0 };"
	i=$((i + 1))
done
echo "const struct $name $name[] = {"
i=0
for f in "$@"; do
	id=$(basename "$f" .yaml)
	echo "	{ { \"$id\", ${#id} }, \"$f\", { (const char *)text_$i, sizeof text_$i - 1 } },"
	i=$((i + 1))
done
echo "};"
echo "const size_t ${name}_count = $i;"
