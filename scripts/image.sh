#!/usr/bin/env bash
# Build the connector's image with docker or podman, whichever works here, and print its name.
# PLATFORM=linux/amd64 builds for another machine than this; VERSION is that of setup.py, if not given.
#
# Where no registry can be reached, the image is built on a base of Debian's packages that this script makes
# (root, and Debian's mmdebstrap): good for trying the connector in a container, not for publishing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

IMAGE=airbyte/source-askelephant
VERSION=${VERSION:-$(sed -n 's/^ *version="\(.*\)",$/\1/p' setup.py)}
REPOSITORY=$(sed -n 's/^REPOSITORY = "\(.*\)"$/\1/p' setup.py)
PLATFORM=${PLATFORM:-}
BASE_IMAGE=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile)
OWN_BASE=localhost/source-askelephant-base:bookworm
CACHE=.image

say() { echo "$*" >&2; }

engine() {
    # What answers to docker's name may be podman.
    if docker info >/dev/null 2>&1 && ! docker --version | grep -q podman; then
        echo docker
    elif command -v podman >/dev/null; then
        echo podman
    else
        say "Neither a running docker nor podman was found. On Debian: sudo apt-get install podman runc mmdebstrap"
        exit 1
    fi
}

own_base() {
    case $PLATFORM in
        "" | "$(podman info --format '{{.Version.OsArch}}')") ;;
        *) say "Airbyte's base image for $PLATFORM can't be pulled: $problem"; exit 1 ;;
    esac
    podman image exists "$OWN_BASE" && return
    say "No registry is reachable: making a base of Debian's packages. It is not Airbyte's; don't publish what is built on it."
    command -v mmdebstrap >/dev/null || { say "Install mmdebstrap first: sudo apt-get install mmdebstrap"; exit 1; }
    mkdir -p "$CACHE"
    mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,ca-certificates \
        --customize-hook='chroot "$1" useradd --uid 1000 --create-home --home-dir /airbyte airbyte' \
        bookworm "$CACHE/base.tar" >&2
    podman import --quiet "$CACHE/base.tar" "$OWN_BASE" >&2
    rm -r "$CACHE"
}

case $PLATFORM in
    "" | linux/?*) ;;
    *) say "PLATFORM is such as linux/amd64 or linux/arm64, not $PLATFORM"; exit 1 ;;
esac
engine=$(engine)
# Not by the Dockerfile's arguments: podman (4.3) takes labels of its cache that were made of others.
labels=("io.airbyte.version=$VERSION" "org.opencontainers.image.version=$VERSION")
labels+=("org.opencontainers.image.revision=$(git rev-parse --verify HEAD 2>/dev/null || echo unknown)")
[ -z "$REPOSITORY" ] || labels+=("org.opencontainers.image.source=$REPOSITORY" "org.opencontainers.image.url=$REPOSITORY")
options=()
for label in "${labels[@]}"; do
    options+=(--label "$label")
done
[ -z "$PLATFORM" ] || options+=(--platform "$PLATFORM")
[ "$engine" = docker ] || PATH=$PWD/scripts/podman:$PATH
if ! { [ -z "$PLATFORM" ] && docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; } &&
    ! problem=$(docker pull --quiet ${PLATFORM:+--platform "$PLATFORM"} "$BASE_IMAGE" 2>&1 >/dev/null); then
    [ "$engine" = podman ] || { say "Airbyte's base image can't be pulled: $problem"; exit 1; }
    own_base
    options+=(--pull=never --build-arg "BASE_IMAGE=$OWN_BASE")
    # A network that needs settings of its own for pip lends them to the build; nothing of them stays in the image.
    for file in /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
        [ ! -e "$file" ] || options+=(--volume "$file:$file:ro")
    done
fi
say "Building $IMAGE:$VERSION with $engine${PLATFORM:+ for $PLATFORM}"
docker build "${options[@]}" --tag "$IMAGE:$VERSION" --tag "$IMAGE:dev" . >&2
echo "$engine $IMAGE:$VERSION"
