"""Airbyte's checks of a connector, without the network: scripts/qa.sh runs this where they are installed.

The checks look things up in three places that can't be reached from everywhere: which connectors are released, which
images are on Docker Hub, and what Airbyte's repository holds now. It runs as for a connector that was never released,
and leaves out the other two. A link in the documentation that can't be reached counts as valid.
"""

import functools
import sys

from airbyte_ops_mcp.connector_ops import utils
from airbyte_ops_mcp.connector_qa.checks import ENABLED_CHECKS, metadata
from airbyte_ops_mcp.connector_qa.models import CheckStatus

CONNECTOR = "source-askelephant"
NOT_RUN = {"CheckVersionIncrement": "it compares with the version in Airbyte's repository"}
FAIL_BY_CHOICE = {
    "CheckConnectorUsesPoetry": "this project is packaged with setup.py",
    "CheckConnectorUsesPythonBaseImage": "this project has a Dockerfile of its own",
}


def main() -> int:
    """Print each check's outcome; return 1 if one fails that should pass, or passes that can't."""
    utils.download_catalog = lambda _: {"sources": [], "destinations": []}
    metadata.ValidatorOptions = functools.partial(metadata.ValidatorOptions, disable_dockerhub_checks=True)
    connector = utils.Connector(CONNECTOR)
    failed = set()
    for check in ENABLED_CHECKS:
        name = type(check).__name__
        if name in NOT_RUN:
            print(f"NOT RUN {name}: {NOT_RUN[name]}")
            continue
        result = check.run(connector)
        reason = f" (by choice: {FAIL_BY_CHOICE[name]})" if name in FAIL_BY_CHOICE else ""
        print(f"{result.status.name:7} {name}: {result.message}{reason}")
        if result.status is CheckStatus.FAILED:
            failed.add(name)
    if failed != set(FAIL_BY_CHOICE):
        print(f"Not as it should be: {', '.join(sorted(failed ^ set(FAIL_BY_CHOICE)))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
