"""What a server says is shown to a person in one line, cut, printable, and without what is nobody's business."""

from collections.abc import Iterator
from typing import Any

import pytest
from typing_extensions import override

from source_askelephant.errors import MAX_QUOTE_LENGTH
from unit_tests.helpers.servers import Proxy, Server, forget_proxies, serve
from unit_tests.helpers.support import IMPATIENT, Connector

LONG = "x" * 30_000
MOVES_THE_CURSOR = "\x1b[2J\x07\x9b"
LONGEST = 4 * MAX_QUOTE_LENGTH
"""Of a whole message: three texts may be in it, and advice."""


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


def said(connector: Connector, config: dict[str, Any], **options: Any) -> str:
    outcome, message = connector("check", patience=IMPATIENT, config={**config, **options}).connection
    assert outcome == "FAILED"
    assert message
    return message


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (f"https://elsewhere.example.com/{LONG}", f"https://elsewhere.example.com/{'x' * 40}"),
        ("https://elsewhere.example.com/a?token=fake-secret", "https://elsewhere.example.com/a."),
        ("https://elsewhere.example.com/a#fake-secret", "https://elsewhere.example.com/a."),
        ("https://user:fake-secret@elsewhere.example.com/a", "https://elsewhere.example.com/a."),
        ("//user:fake-secret@elsewhere.example.com/a@b", "//elsewhere.example.com/a@b."),
        (f"/a{MOVES_THE_CURSOR}b", "/a[2Jb."),
        ("/login", "/login."),
        ("?fake-secret", "without an explanation."),
    ],
)
def test_where_a_redirect_leads(
    server: Server, connector: Connector, config: dict[str, Any], location: str, shown: str
) -> None:
    server.status, server.headers = 302, {"Location": location}
    message = said(connector, config, api_url=f"http://{server.address}")
    assert f"with status 302: {shown}" in message
    assert "fake-secret" not in message
    assert message.isprintable()
    assert len(message) < LONGEST


FIELDS = ["title", "detail", "request_id", "error", "error_description"]


@pytest.mark.parametrize("field", FIELDS)
def test_each_text_of_an_error_document(
    server: Server, connector: Connector, config: dict[str, Any], field: str
) -> None:
    server.status, server.body = 400, f'{{"{field}": "a\\u001b[2J\\u0007\\u202eb\\n{LONG}"}}'.encode()
    message = said(connector, config, api_url=f"http://{server.address}")
    assert "a[2Jb xxx" in message
    assert message.isprintable()
    assert len(message) < LONGEST


def test_thousands_of_refused_fields(server: Server, connector: Connector, config: dict[str, Any]) -> None:
    errors = ",".join(f'{{"field": "f{number}", "message": "m"}}' for number in range(5_000))
    server.status, server.body = 422, f'{{"title": "Refused", "errors": [{errors}]}}'.encode()
    message = said(connector, config, api_url=f"http://{server.address}")
    assert "f0: m; f1: m;" in message
    assert len(message) < LONGEST


def test_a_key_in_it_is_found_before_it_is_cut(server: Server, connector: Connector, config: dict[str, Any]) -> None:
    key = config["credentials"]["api_key"]
    padding = "y" * (MAX_QUOTE_LENGTH - 10)
    server.status, server.body = 400, f'{{"title": "{padding}{key}"}}'.encode()
    message = said(connector, config, api_url=f"http://{server.address}")
    assert f"{padding}****" in message
    assert key[:8] not in message


def test_the_reason_of_a_proxy(connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Talking(Proxy):
        @override
        def do_CONNECT(self) -> None:
            self.wfile.write(f"HTTP/1.1 502 {MOVES_THE_CURSOR}{LONG}\r\n\r\n".encode("latin-1"))

    forget_proxies(monkeypatch)
    with serve(Talking) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        message = said(connector, config, api_url="https://api.example.com")
    assert "Tunnel connection failed: 502 [2Jxxx" in message
    assert message.isprintable()
    assert len(message) < LONGEST


def test_a_wait_of_many_digits(server: Server, connector: Connector, config: dict[str, Any]) -> None:
    server.status, server.headers = 429, {"Retry-After": "9" * 300}
    message = said(connector, config, api_url=f"http://{server.address}")
    assert "asks to wait 1e+300 seconds" in message
