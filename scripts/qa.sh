#!/usr/bin/env bash
# Airbyte's own checks of a connector, in an environment of their own, since what they need conflicts with what the tests
# need. Needs uv, and Python 3.11 or 3.12.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=airbyte-internal-ops==0.132.0
if ! [ -e ".qa/$tools" ]; then
    echo "Setting up .qa with $tools; this takes a minute or two." >&2
    rm -rf .qa
    uv venv --quiet --seed --python '>=3.11,<3.13' .qa
    # The tools need a pre-release of PyAirbyte, which is taken only if it is named here.
    scripts/install.sh .qa/bin/python "$tools" 'airbyte>=1.0.0rc6'
    touch ".qa/$tools"
fi
# The checks know a connector by its place in Airbyte's repository.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
connector=$place/airbyte-integrations/connectors/source-askelephant
mkdir -p "$connector" "$place/docs"
git ls-files -z | tar -c --null -T - | tar -x -C "$connector"
cp -r docs/integrations "$place/docs/"
# In Airbyte's repository the documentation has this address, by which the checks find the page.
sed 's#^  documentationUrl: .*#  documentationUrl: https://docs.airbyte.com/integrations/sources/askelephant#' \
    metadata.yaml >"$connector/metadata.yaml"
# The service level from which on the documentation is checked, too.
printf '  ab_internal:\n    sl: 300\n    ql: 300\n' >>"$connector/metadata.yaml"
git -C "$place" init --quiet
checks=$PWD/scripts/qa_checks.py
python=$PWD/.qa/bin/python
cd "$place"
DO_NOT_TRACK=1 "$python" -W ignore "$checks"
