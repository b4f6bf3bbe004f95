"""The environment's proxies and certificate authorities are honoured, as every tool of an operator does."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from unit_tests.helpers import leaks
from unit_tests.helpers.servers import Proxy, Server, forget_proxies, page, serve
from unit_tests.helpers.support import Connector, catalog

CONTACT = {"id": "cnt_1", "updated_at": "2026-03-01T12:00:00Z"}
PAGE = json.dumps(page([CONTACT])).encode()
BEYOND = "askelephant.invalid"
"""A host that only a proxy reaches."""
USER = "somebody:proxy-pass-fake"


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_proxies(monkeypatch)
    for secret in (USER, USER.partition(":")[2]):
        leaks.watch(secret)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Server]:
    """A server with a certificate of an authority that nobody knows yet."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", BEYOND).configure_cert(tls)
    with serve(tls=tls) as server:
        server.body = PAGE
        yield server


@pytest.fixture
def proxy() -> Iterator[Server]:
    with serve(Proxy) as server:
        yield server


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))


def read(connector: Connector, config: dict[str, Any], api_url: str) -> list[dict[str, Any]]:
    output = connector("read", "--debug", config={**config, "api_url": api_url}, catalog=catalog())
    assert output.exit_code == 0, output.failure
    return output.records


@pytest.mark.usefixtures("trusted")
def test_an_authority_of_the_environment(connector: Connector, config: dict[str, Any], secure: Server) -> None:
    assert read(connector, config, f"https://localhost:{secure.server_port}/api") == [CONTACT]


@pytest.mark.usefixtures("trusted")
def test_a_proxy_that_tunnels(
    connector: Connector, config: dict[str, Any], secure: Server, proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}@{proxy.address}")
    assert read(connector, config, f"https://{BEYOND}:{secure.server_port}/api") == [CONTACT]
    assert proxy.requests
    assert all("Proxy-Authorization" in headers for headers in proxy.requests)
    assert not any("Authorization" in headers for headers in proxy.requests), "the key is within the tunnel"
    assert all(headers["Authorization"] == config["credentials"]["api_key"] for headers in secure.requests)


def test_a_host_that_needs_no_proxy(
    connector: Connector, config: dict[str, Any], proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    monkeypatch.setenv("NO_PROXY", BEYOND)
    _, message = connector("check", config={**config, "api_url": f"https://{BEYOND}/api"}).connection
    assert f"Failed to resolve '{BEYOND}'" in str(message)
    assert not proxy.requests


def test_a_refused_proxy_does_not_show_its_password(
    connector: Connector, config: dict[str, Any], proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.status = 407
    monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}@{proxy.address}")
    output = connector("check", "--debug", config={**config, "api_url": "https://askelephant.invalid/api"})
    status, message = output.connection
    assert status == "FAILED"
    assert "Check the user and password in HTTPS_PROXY" in str(message)
