"""What every request to AskElephant has in common, be it for a page or for a token."""

from importlib.metadata import version
from typing import Any

import requests
from airbyte_cdk.sources.streams.http.tcp_keepalive import TcpKeepaliveHTTPAdapter

from source_askelephant.config.models import MOST_WORKERS

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0  # between two bytes, so that a server that falls silent can't hang a sync

HEADERS = {
    "Accept": "application/json",
    "User-Agent": f"source-askelephant/{version('airbyte-source-askelephant')}",
}


def options() -> dict[str, Any]:
    """Timeouts, which neither requests nor the CDK sets; and no redirects, which could carry a secret elsewhere."""
    return {"timeout": (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS), "allow_redirects": False}


def session(api_url: str) -> requests.Session:
    """Make a session for one host, with a connection for each worker; it notices those that a firewall dropped.

    What the environment says of proxies and certificate authorities is read here, once. requests reads it with each
    request, which takes a seventh of the CPU that a request takes (see docs/performance.md).
    """
    made = requests.Session()
    environment = made.merge_environment_settings(api_url, {}, None, None, None)
    made.trust_env, made.proxies, made.verify = False, environment["proxies"], environment["verify"]
    adapter = TcpKeepaliveHTTPAdapter(pool_maxsize=MOST_WORKERS)
    made.mount("https://", adapter)
    made.mount("http://", adapter)  # ignore-https-check: this machine only
    return made
