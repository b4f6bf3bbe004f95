"""What the environment says and can't work is a configuration error that names the variable, before any request."""

from pathlib import Path
from typing import Any

import pytest
import trustme
from airbyte_cdk.models import FailureType

from source_askelephant.api.environment import read_environment
from unit_tests.helpers import leaks
from unit_tests.helpers.servers import forget_proxies
from unit_tests.helpers.support import Connector, catalog

PASSWORD = "proxy-pass-fake"
BEYOND = "https://askelephant.invalid/api"
CUT_OFF = "-----BEGIN CERTIFICATE-----\nMIIB\n"
NO_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_proxies(monkeypatch)
    leaks.watch(PASSWORD)


def config_error(connector: Connector, config: dict[str, Any]) -> str:
    """What check and read say, which must be the same, at once and about the configuration."""
    config = {**config, "api_url": BEYOND}
    failed_as, message = connector("read", config=config, catalog=catalog()).failure
    assert failed_as is FailureType.config_error
    assert connector("check", config=config).connection == ("FAILED", message)
    assert "Something went wrong" not in message
    return message


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "can't be opened (No such file or directory). Point it to the file with the certificates"),
        ("", "holds no certificate that can be read (PEM: -----BEGIN CERTIFICATE-----). Point it to the file"),
        ("hello", "holds no certificate that can be read"),
        (CUT_OFF, "holds no certificate that can be read"),
        (NO_CERTIFICATE, "holds no certificate that can be read"),
    ],
)
def test_a_file_of_authorities_that_holds_none(
    connector: Connector,
    config: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    text: str | None,
    why: str,
) -> None:
    path = tmp_path / "authorities.pem"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv(variable, str(path))
    assert f"The environment variable {variable} names '{path}', which {why}" in config_error(connector, config)


def test_a_folder_of_authorities(
    connector: Connector, config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    assert "is a folder without certificates under hashed names" in config_error(connector, config)
    (tmp_path / "authority.pem").rename(tmp_path / "0123abcd.0")
    assert read_environment(BEYOND).verify == str(tmp_path)


def test_authorities_do_not_matter_without_https(
    connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    assert connector("check", config=config).connection == ("SUCCEEDED", None)


def test_tokens_need_the_authorities_as_well(
    connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    client = {"client_id": "client-fake", "client_secret": "client-secret-fake", "refresh_token": "refresh-token-fake"}
    config["credentials"] = {"auth_type": "oauth2.0", **client}
    assert "REQUESTS_CA_BUNDLE names '/nowhere/authorities.pem'" in config_error(connector, config)


def test_a_path_that_leads_nowhere(
    connector: Connector, config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like a file that may not be read; root, as which tests may run, may read all."""
    path = tmp_path / "authorities.pem"
    path.symlink_to(path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    assert "which can't be opened (Too many levels of symbolic links)" in config_error(connector, config)


PROXIES = [
    "http://",
    "http://.example.com:3128",
    f"http://{'a' * 70}.example.com:3128",
    "http://a..example.com",
    "http://proxy.example.com:99999",
    "http://proxy.example.com:port",
    "http://[::1",
    "://proxy",
    "proxy:3128",
    "a proxy",
    "ftp://proxy.example.com",
    f"http://somebody:{PASSWORD}@:3128",
    f"http://somebody:a@b/{PASSWORD}@proxy.example.com:3128",
    "http://\udcff.example.com:3128",
    f"http://somebody:{PASSWORD}\udcff@proxy.example.com:3128",
    f"http://somebody:{PASSWORD}%E2%82%AC@proxy.example.com:3128",
]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("proxy", PROXIES)
def test_what_is_no_proxy(
    connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str
) -> None:
    monkeypatch.setenv(variable, proxy)
    message = config_error(connector, config)
    assert message.startswith(f"The environment variable {variable} is not the address of a proxy. Write it like http:")
    assert connector("check", config=config).connection == ("SUCCEEDED", None), "this machine needs no proxy"


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h"])
def test_a_socks_proxy(
    connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://somebody:{PASSWORD}@localhost:1080")
    assert "ALL_PROXY names a SOCKS proxy, which needs the Python package PySocks." in config_error(connector, config)


@pytest.mark.parametrize("proxy", ["http://p.example.com", "HTTP://p:1/", "https://u:p%40@[::1]:1", "p.example.com"])
def test_what_is_one(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    assert read_environment(BEYOND).proxies["https"] == proxy
