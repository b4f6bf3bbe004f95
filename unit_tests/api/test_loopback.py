"""What is sent to this machine goes through no proxy, which would see the key."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator import Emulator
from unit_tests.helpers.servers import Proxy, Server, closed_port, forget_proxies, serve
from unit_tests.helpers.support import IMPATIENT, Connector, catalog, oauth_credentials

PROXIES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]


@pytest.fixture(params=PROXIES)
def proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A proxy that a variable of the environment names."""
    forget_proxies(monkeypatch)
    with serve(Proxy) as server:
        monkeypatch.setenv(request.param, f"http://{server.address}")
        monkeypatch.setenv("NO_PROXY", "example.com")
        yield server


@pytest.fixture
def oauth(emulator: Emulator) -> dict[str, Any]:
    return oauth_credentials(emulator)


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1"])
def test_a_list(emulator: Emulator, connector: Connector, config: dict[str, Any], proxy: Server, host: str) -> None:
    config["api_url"] = f"http://{host}:{urlsplit(emulator.url).port}/api"
    output = connector("read", config=config, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert len(output.records) == 250
    assert not proxy.requests


def test_tokens(connector: Connector, config: dict[str, Any], proxy: Server, oauth: dict[str, Any]) -> None:
    output = connector("check", config={**config, "credentials": oauth})
    assert output.connection == ("SUCCEEDED", None)
    assert not proxy.requests


@pytest.mark.parametrize(
    "address", ["http://127.9.8.7:{}", "http://[::1]:{}", "https://[::1]:{}", "https://localhost:{}"]
)
def test_every_address_of_this_machine(
    connector: Connector, config: dict[str, Any], proxy: Server, address: str
) -> None:
    config["api_url"] = address.format(closed_port())
    _, message = connector("check", patience=IMPATIENT, config=config).connection
    assert "AskElephant gave no answer: " in str(message)
    assert not proxy.requests
