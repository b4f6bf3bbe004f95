"""What every request to AskElephant has in common, be it for a page or for a token."""

from importlib.metadata import version
from typing import Any

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0  # between two bytes, so that a server that falls silent can't hang a sync

HEADERS = {
    "Accept": "application/json",
    "User-Agent": f"source-askelephant/{version('airbyte-source-askelephant')}",
}


def options() -> dict[str, Any]:
    """Timeouts, which neither requests nor the CDK sets; and no redirects, which could carry a secret elsewhere."""
    return {"timeout": (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS), "allow_redirects": False}
