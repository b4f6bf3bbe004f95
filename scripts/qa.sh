#!/usr/bin/env bash
# Airbyte's own checks of a connector, in an environment of their own. Needs Python 3.11 or 3.12, and 1.5 GB in .qa.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=airbyte-internal-ops==0.132.0
if ! [ -e ".qa/$tools" ]; then
    echo "Setting up .qa with $tools; this takes a minute or two." >&2
    rm -rf .qa
    "${PYTHON:-python3}" -m venv .qa
    .qa/bin/python -m pip install --quiet "$tools"
    touch ".qa/$tools"
fi
# The checks know a connector by its place in Airbyte's repository.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
connector=$place/airbyte-integrations/connectors/source-askelephant
mkdir -p "$connector" "$place/docs"
git ls-files -z | tar -c --null -T - | tar -x -C "$connector"
cp -r docs/integrations "$place/docs/"
# The service level from which on the documentation is checked, too.
printf '  ab_internal:\n    sl: 300\n    ql: 300\n' >>"$connector/metadata.yaml"
git -C "$place" init --quiet
checks=$PWD/scripts/qa_checks.py
python=$PWD/.qa/bin/python
cd "$place"
"$python" -W ignore "$checks"
