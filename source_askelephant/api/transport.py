"""How the API is reached: the one way in which requests are sent, for pages and for tokens."""

import logging
from importlib.metadata import version
from typing import Any, NamedTuple

import requests
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.sources.streams.http.tcp_keepalive import TcpKeepaliveHTTPAdapter
from requests.auth import AuthBase
from typing_extensions import override
from urllib3.exceptions import HTTPError

from source_askelephant.api.environment import read_environment

HEADERS = {
    "Accept": "application/json",
    "User-Agent": f"source-askelephant/{version('airbyte-source-askelephant')}",
}


class _Session(requests.Session):
    """Doesn't look where a redirect leads, which requests does to no use; and it fails if that is no address."""

    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Adapter(TcpKeepaliveHTTPAdapter):
    """Fails with requests' exceptions only: it lets some pass of what stands below it."""

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        try:
            return super().send(request, *args, **options)
        except requests.RequestException:
            raise
        except (OSError, ValueError, HTTPError) as error:
            raise requests.RequestException(error) from error


class Timeouts(NamedTuple):
    """Seconds after which a request fails; neither requests nor the CDK has any.

    Attributes:
        connect: until the connection is made.
        read: between two bytes of an answer, so that a server that falls silent can't hang a sync.
    """

    connect: float = 10.0
    read: float = 60.0


class Transport(NamedTuple):
    """The way to one API.

    Attributes:
        api_url: its address, without a slash at its end.
        connections: how many requests may be under way at once.
        timeouts: after which a request fails.
    """

    api_url: str
    connections: int = 1
    timeouts: Timeouts = Timeouts()

    def client(
        self, name: str, logger: logging.Logger, error_handler: ErrorHandler, authenticator: AuthBase | None = None
    ) -> HttpClient:
        """Return what sends requests: once each, for retrying is the caller's (see ``retries.py``)."""
        return HttpClient(
            name=name,
            logger=logger,
            error_handler=error_handler,
            authenticator=authenticator,
            disable_retries=True,
            session=self._session(),
        )

    @property
    def request_options(self) -> dict[str, Any]:
        """What goes along with each request: the timeouts; and no redirects, which could carry a secret elsewhere."""
        return {"timeout": tuple(self.timeouts), "allow_redirects": False}

    def _session(self) -> requests.Session:
        """Make a session with a connection for each worker; it notices those that a firewall dropped.

        What the environment says of proxies and certificate authorities is read here, once. requests reads it with
        each request, which takes a seventh of the CPU that a request takes (see docs/performance.md); and it would
        add what ``~/.netrc`` holds for the host.

        Raises:
            ConfigError: if what the environment says can't work.
        """
        session = _Session()
        session.trust_env = False
        session.proxies, session.verify = read_environment(self.api_url)
        adapter = _Adapter(pool_maxsize=self.connections)
        session.mount("https://", adapter)
        session.mount("http://", adapter)  # ignore-https-check: for loopback addresses only, see config/validators.py
        return session
