"""Answers that Python's libraries fail at in ways of their own: each ends in a sentence, for pages and for tokens."""

import re
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from airbyte_cdk.models import FailureType
from typing_extensions import override

from emulator import Emulator, Fault
from source_askelephant.api.retries import CHECK, READ
from unit_tests.helpers.servers import Answer, Deaf, Server, forget_proxies, serve
from unit_tests.helpers.support import IMPATIENT, Connector, catalog, tried_lists

CONFIG, TRANSIENT, SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error
OAUTH = {
    "auth_type": "oauth2.0",
    "client_id": "client-fake",
    "client_secret": "client-secret-fake",
    "refresh_token": "refresh-token-fake",
}


class Expected(NamedTuple):
    type: FailureType
    tries: int
    sentence: str


class Bytes(Answer):
    """Answers every request, also one for a token, with the body's bytes and nothing else."""

    @override
    def handle(self) -> None:
        self.server.requests.append({})
        asked = b""
        while not (whole := re.fullmatch(rb"(.*?\r\n\r\n)(.*)", asked, re.DOTALL)) or len(whole[2]) < length(whole[1]):
            asked += (more := self.connection.recv(65_536))
            if not more:
                return
        self.connection.sendall(self.server.body)
        self.connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while self.connection.recv(65_536):
                pass


def length(head: bytes) -> int:
    found = re.search(rb"(?i)content-length: (\d+)", head)
    return int(found[1]) if found else 0


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Bytes) as server:
        yield server


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_proxies(monkeypatch)


def answer(body: bytes = b"", status: str = "200 OK", **headers: bytes) -> bytes:
    lines = b"".join(name.replace("_", "-").encode() + b": " + value + b"\r\n" for name, value in headers.items())
    return (
        f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n".encode() + lines + b"\r\n" + body
    )


def redirect(location: bytes, status: str = "302 Found") -> bytes:
    return answer(status=status, Location=location)


def page_with(value: bytes) -> bytes:
    record = b'{"id":"cnt_1","updated_at":"2026-03-01T12:00:00Z","first_name":%s}' % value
    return answer(b'{"object":"list","data":[%s],"has_more":false,"next_cursor":null}' % record)


def check_and_read(
    connector: Connector, config: dict[str, Any], expected: Expected, server: Server | None = None
) -> None:
    """Both fail as expected, with as many requests as expected."""
    asked: list[Any] = server.requests if server else []
    output = connector("read", patience=IMPATIENT, config={**config, "num_workers": 1}, catalog=catalog())
    failed_as, message = output.failure
    assert failed_as is expected.type
    assert expected.sentence in message
    assert ("The connector tried" in message) == (expected.tries > 1)
    assert server is None or len(asked) == expected.tries
    asked.clear()
    outcome, said = connector("check", patience=IMPATIENT, config=config).connection
    assert outcome == "FAILED"
    assert expected.sentence in str(said)
    if server:
        status = re.search(r"with status (\d+)", str(said))
        renews = config["credentials"]["auth_type"] == "oauth2.0"  # and that fails, whatever list it is for
        lists = 1 if renews else tried_lists(int(status[1]) if status else None, str(said))
        assert len(asked) == min(expected.tries, CHECK.attempts) * lists
    asked.clear()


REDIRECTED = Expected(CONFIG, 1, "The key is not carried to another address. Check api_url")
BROKEN_UTF8 = Expected(SYSTEM, 1, "answered 200 with JSON that is not UTF-8 (byte 0xe9 at position ")
TOO_DEEP = Expected(SYSTEM, 1, "answered 200 with JSON that is nested too deeply to be read")
CUT_OFF = Expected(TRANSIENT, READ.attempts, "answered 200 with JSON that is cut off or broken")
HTTPS_THERE = Expected(CONFIG, 1, "What answers there speaks https: write https:// in api_url")
SERVER_FAILS = Expected(TRANSIENT, READ.attempts, "with status 503: without an explanation. This usually passes")
FAR = b"Sun, 01 Mar 2026 12:00:30 +99999999999999999"
ODD = {
    "location-bytes": (redirect(b"http://example.com/\xff\xe4"), REDIRECTED),
    "location-bracket": (redirect(b"http://[::1"), REDIRECTED),
    "location-bracket-307": (redirect(b"//[", "307 x"), REDIRECTED),
    "location-port": (redirect(b"http://example.com:99999"), REDIRECTED),
    "location-label": (redirect(b"http://" + b"a" * 70 + b"..com"), REDIRECTED),
    "location-none": (redirect(b""), REDIRECTED),
    "latin-1": (page_with(b'"Jos\xe9"'), BROKEN_UTF8),
    "latin-1-name": (page_with(b'{"pr\xe9nom":1}'), BROKEN_UTF8),
    "deep-list": (page_with(b"[" * 100_000 + b"]" * 100_000), TOO_DEEP),
    "deep-object": (page_with(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), TOO_DEEP),
    "cut-in-a-character": (answer('{"data":[{"first_name":"José'.encode()[:-1]), CUT_OFF),
    "cut": (answer(b'{"data":[{"first_name":"Jo'), CUT_OFF),
    "page-in-latin-1": (
        answer(b"<html>Caf\xe9</html>"),
        Expected(TRANSIENT, READ.attempts, "answered 200 with a page of HTML or XML"),
    ),
    "tls-alert": (b"\x15\x03\x01\x00\x02\x02\x46", HTTPS_THERE),
    "tls-nginx": (answer(b"<h1>The plain HTTP request was sent to HTTPS port</h1>", "400 Bad"), HTTPS_THERE),
    "tls-go": (answer(b"Client sent an HTTP request to an HTTPS server.\n", "400 Bad Request"), HTTPS_THERE),
    "tls-apache": (answer(b"<p>You're speaking plain HTTP to an SSL-enabled server port.", "400 x"), HTTPS_THERE),
    "retry-after-far": (answer(status="503 x", Date=FAR, Retry_After=b"Sun, 01 Mar 2026 12:00:30 GMT"), SERVER_FAILS),
    "date-far": (answer(status="503 x", Date=b"Sun, 01 Mar 2026 12:00:30 GMT", Retry_After=FAR), SERVER_FAILS),
    "no-status": (b"\x1b[31mhello\r\n\r\n", Expected(TRANSIENT, READ.attempts, "AskElephant gave no answer: ")),
}


@pytest.mark.parametrize("credentials", ["key", "tokens"])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer(
    connector: Connector, config: dict[str, Any], server: Server, name: str, credentials: str
) -> None:
    server.body, expected = ODD[name]
    config["api_url"] = f"http://{server.address}/api"
    if credentials == "tokens":
        config["credentials"] = OAUTH
    check_and_read(connector, config, expected, server)


@pytest.mark.parametrize("value", [b'"a\x01b"', b'"a\nb"', b'"a\tb\x7f"'])
def test_a_control_character_as_it_is(
    connector: Connector, config: dict[str, Any], server: Server, value: bytes
) -> None:
    server.body = page_with(value)
    output = connector("read", config={**config, "api_url": f"http://{server.address}/api"}, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert [record["first_name"] for record in output.records] == [value.decode().strip('"')]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="since Python 3.12, what can be read can be written, too")
def test_as_deep_as_can_be_read_but_not_written(connector: Connector, config: dict[str, Any], server: Server) -> None:
    server.body = page_with(b"[" * 1_000 + b"]" * 1_000)
    output = connector("read", config={**config, "api_url": f"http://{server.address}/api"}, catalog=catalog())
    failed_as, message = output.failure
    assert failed_as is SYSTEM
    assert message.startswith("A record is nested too deeply to be written as JSON. This is a defect")
    assert len(server.requests) == 1
    assert not output.states


def test_deep_enough_to_be_written_by_hand(connector: Connector, config: dict[str, Any], server: Server) -> None:
    server.body = page_with(b"[" * 300 + b"]" * 300)
    output = connector("read", config={**config, "api_url": f"http://{server.address}/api"}, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert len(output.records) == 1


def test_a_clock_that_cannot_be_read(connector: Connector, config: dict[str, Any], server: Server) -> None:
    server.body = page_with(b"1").replace(b"Content-Length", b"Date: " + FAR + b"\r\nContent-Length")
    output = connector("read", config={**config, "api_url": f"http://{server.address}/api"}, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert len(output.records) == 1


def test_half_a_character_in_a_cursor(connector: Connector, config: dict[str, Any], server: Server) -> None:
    server.body = answer(
        rb'{"data":[{"id":"cnt_1","updated_at":"2026-03-01T12:00:00Z"}],"has_more":true,"next_cursor":"a\ud83d"}'
    )
    config["api_url"] = f"http://{server.address}/api"
    check_and_read(connector, config, Expected(SYSTEM, 1, 'a page whose "next_cursor" has half of a character'), server)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (
            {"access_token": "token-fake-\ud83d"},
            Expected(TRANSIENT, 8, 'an "access_token" with characters that no header can carry'),
        ),
        (
            {"access_token": "token-fake", "refresh_token": "another-fake-\ud83d"},
            Expected(SYSTEM, 1, 'a "refresh_token" with half of a character'),
        ),
    ],
)
def test_half_a_character_in_a_token(
    emulator: Emulator, connector: Connector, config: dict[str, Any], token: dict[str, str], expected: Expected
) -> None:
    emulator.fail_next(Fault("body", body=token), times=100)
    config["credentials"] = OAUTH
    check_and_read(connector, config, expected)


@pytest.mark.parametrize(
    "field", [{"search": "a\ud800"}, {"crm_contact_ids": ["1", "\udfff"]}, {"api_url": "https://example.com/\ud800"}]
)
def test_half_a_character_in_the_configuration(
    emulator: Emulator, connector: Connector, config: dict[str, Any], field: dict[str, Any]
) -> None:
    sentence = f"Invalid configuration: {next(iter(field))} has half of a character (an unpaired surrogate); write"
    check_and_read(connector, {**config, **field}, Expected(CONFIG, 1, sentence))
    assert not emulator.requests


@pytest.mark.parametrize(
    "field", [{"client_secret": "client-secret-\ud800"}, {"client_id": "\ud800"}, {"refresh_token": "a\ud800"}]
)
def test_half_a_character_in_a_credential(
    connector: Connector, config: dict[str, Any], field: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unit_tests.helpers.leaks.watch_config", lambda _: None)  # it can't be encoded there either
    config["credentials"] = {**OAUTH, **field}
    check_and_read(connector, config, Expected(CONFIG, 1, f"Invalid configuration: credentials.{next(iter(field))} "))


@pytest.mark.parametrize(
    "address",
    [
        "https://a..example.com/api",
        "https://.example.com",
        "https://example..",
        f"https://{'a' * 64}.example.com/api",
        f"https://{'ä' * 60}.example.com",
        "https://*.example.com/api",
        "https://a%zz.example.com",
        "https://{workspace}.example.com/api",
        "https://<host>/api",
        "https://[::1]x/api",
        "https://x\x01.example.com",
        "https://example.com:99999/api",
    ],
)
def test_an_address_that_is_none(connector: Connector, config: dict[str, Any], address: str) -> None:
    sentence = "Invalid configuration: api_url is not a web address; write one like https://app.askelephant.ai/api."
    check_and_read(connector, {**config, "api_url": address}, Expected(CONFIG, 1, sentence))


@pytest.mark.parametrize("credentials", ["key", "tokens"])
def test_https_to_a_port_without_it(
    connector: Connector, config: dict[str, Any], server: Server, credentials: str
) -> None:
    config["api_url"] = f"https://{server.address}/api"
    if credentials == "tokens":
        config["credentials"] = OAUTH
    sentence = f"What answers there doesn't speak https. Check api_url, which is {config['api_url']}: "
    server.RequestHandlerClass = Deaf
    check_and_read(connector, config, Expected(CONFIG, 1, sentence), server)


def test_https_to_a_proxy_without_it(
    connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
        sentence = "The proxy doesn't speak https: write the scheme http before its host in HTTPS_PROXY."
        check_and_read(
            connector, {**config, "api_url": "https://askelephant.invalid/api"}, Expected(CONFIG, 1, sentence)
        )


def test_a_proxy_with_an_unknown_certificate(
    connector: Connector, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    with serve(tls=tls) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{proxy.server_port}")
        sentence = "point REQUESTS_CA_BUNDLE to the file with its certificate authority"
        check_and_read(
            connector, {**config, "api_url": "https://askelephant.invalid/api"}, Expected(CONFIG, 1, sentence)
        )


def test_what_requests_lets_pass(
    connector: Connector, config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificates vanish after the first request."""
    authority, bundle = trustme.CA(), tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))

    class Removes(Answer):
        @override
        def do_GET(self) -> None:
            bundle.unlink(missing_ok=True)
            super().do_GET()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    with serve(Removes, tls) as server:
        server.status = 503
        config["api_url"] = f"https://localhost:{server.server_port}/api"
        failed_as, message = connector("read", patience=IMPATIENT, config=config, catalog=catalog()).failure
    assert failed_as is TRANSIENT
    assert f"invalid path: {bundle}. Check api_url" in message
