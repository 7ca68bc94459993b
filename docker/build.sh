#!/bin/bash
# Builds the image with docker, podman or buildah, whichever is there: docker/build.sh VERSION [--target small]
set -eu
cd "$(dirname "$0")/.."
version=${1:-$(sed -n 's/^VERSION := //p' Makefile)}
[ $# -eq 0 ] || shift
tag=localhost/capscore:$version
case " $* " in *" small "*) tag=$tag-small ;; esac
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
	docker build -t "$tag" -f docker/Dockerfile "$@" .
elif command -v podman >/dev/null; then
	# The docker format keeps the health check.
	podman build --format docker -t "$tag" -f docker/Dockerfile "$@" .
elif command -v buildah >/dev/null; then
	buildah bud --format docker -t "$tag" -f docker/Dockerfile "$@" .
else
	echo "building an image needs docker, podman or buildah; scripts/install-deps.sh containers installs the last two" >&2
	exit 2
fi
echo "built $tag"
