#!/usr/bin/env bash
# Install into the environment of an interpreter that has pip: install.sh PYTHON ARGUMENT...
# With uv, which takes a tenth of pip's time. It doesn't read pip's configuration, where a company names its mirror: then pip.
set -euo pipefail
python=$1
shift
"$python" -m pip install --quiet uv
if ! "$python" -m uv pip install --quiet --python "$python" "$@"; then
    echo "uv could not install this; it doesn't read pip's configuration. Trying with pip, which takes longer." >&2
    # PyAirbyte's candidate for Python 3.13 and later names an sqlalchemy-bigquery that says it runs below 3.13 only. It
    # runs, and uv passes over such bounds.
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then
        export PIP_IGNORE_REQUIRES_PYTHON=1
    fi
    "$python" -m pip install --quiet "$@"
fi
