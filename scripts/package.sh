#!/usr/bin/env bash
# Build the package (sdist and wheel) and the SBOM of what the image holds into dist/.
# Needs uv, and Python 3.11, which is the image's: which packages a lock leads to depends on it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tool=cyclonedx-bom==7.5.0
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf dist
python -m build --outdir dist . >&2
wheel=$(echo dist/*.whl)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# As in the Dockerfile, which takes pip and setuptools away in the end. (pip reads its own configuration; uv doesn't.)
uv venv --quiet --python 3.11 "$place/image"
for what in '--require-hashes --requirement requirements.lock' "--no-deps $wheel"; do
    # shellcheck disable=SC2086
    python -m pip --python "$place/image/bin/python" install --quiet $what
done
python -m pip --python "$place/image/bin/python" uninstall --yes --quiet setuptools
uv venv --quiet --seed --python '>=3.10' "$place/tool"
scripts/install.sh "$place/tool/bin/python" "$tool"
# pyproject.toml says which of the packages the SBOM is about.
"$place/tool/bin/cyclonedx-py" environment "$place/image" --pyproject pyproject.toml --output-reproducible --validate \
    --output-file "${wheel%-py3-none-any.whl}.cdx.json"
ls dist
