"""Each row of docs/errors.md: the failure's type, its sentence and how often it was tried.

Each from a read that met it, and from a check.
"""

import gzip
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from airbyte_cdk.models import Level
from typing_extensions import override

from emulator import FOREVER, Emulator, Fault, Settings
from source_askelephant.api.retries import CHECK, READ
from source_askelephant.api.transport import Timeouts
from unit_tests.helpers.servers import Answer, Deaf, Proxy, Server, closed_port, forget_proxies, page, serve
from unit_tests.helpers.support import IMPATIENT, Connector, Output, catalog, ids, tried_lists

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"
UPDATED_AT = "2026-03-01T12:00:00Z"
CONTACT = {"id": "cnt_1", "updated_at": UPDATED_AT}
CONTROL = "Careful\u001b[31m now\u0000\r\n"


class Row(NamedTuple):
    """A row of the documentation's table of failures."""

    type: str
    tries: int
    sentence: str


def rows() -> dict[str, list[str]]:
    lines = re.findall(r"^\| ([a-z0-9-]+) \|(.*)\|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split(" |")] for name, rest in lines}


ROWS = rows()
FAILURES = {name: Row(cells[1], int(cells[2]), cells[3]) for name, cells in ROWS.items() if len(cells) > 2}


class Bench:
    """What a scenario may use: the emulator, a configuration, the environment, patience, and things to clean up."""

    def __init__(self, emulator: Emulator, config: dict[str, Any], patch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.emulator = emulator
        self.config = config
        self.patch = patch
        self.patience = IMPATIENT
        self._stack = stack
        self._servers: list[Server] = []

    @property
    def requests(self) -> int:
        """How many reached the emulator, or the server instead of it."""
        return len(self.emulator.requests) + sum(len(server.requests) for server in self._servers)

    def use(self, context: AbstractContextManager[Any]) -> Any:
        return self._stack.enter_context(context)

    def always(self, kind: Any, **how: Any) -> None:
        """Strike with a fault from the first request on."""
        self.emulator.fail_next(Fault(kind, **how), times=FOREVER)

    def server(self, status: int = 200, body: bytes = b"", **headers: str) -> Server:
        """Use a server that always answers so."""
        server: Server = self.use(serve())
        self._servers.append(server)
        server.status, server.body = status, body
        server.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.config["api_url"] = f"http://{server.address}/api"
        return server


@pytest.fixture
def bench(emulator: Emulator, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Nothing of this machine's proxies and certificates."""
    forget_proxies(monkeypatch)
    with ExitStack() as stack:
        yield Bench(emulator, config, monkeypatch, stack)
    emulator.clear_faults()
    emulator.reset(Settings(contacts=0))


Scenario = Callable[[Bench], object]


def fault(kind: Any, **how: Any) -> Scenario:
    return lambda bench: bench.always(kind, **how)


def status(code: int, body: Any = None) -> Scenario:
    problem = {"title": "Some Problem", "detail": "Something about it.", "request_id": "req_42"}
    return fault("status", status=code, body=problem if body is None else body)


def body(**document: Any) -> Scenario:
    return fault("body", body=document)


def refused(bench: Bench) -> None:
    bench.config["api_url"] = f"http://127.0.0.1:{closed_port()}/api"


def no_such_host(bench: Bench) -> None:
    bench.config["api_url"] = "https://askelephant.invalid/api"


def unknown_certificate(bench: Bench) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    server = bench.use(serve(tls=tls))
    bench.config["api_url"] = f"https://localhost:{server.server_port}/api"


def no_tls_there(bench: Bench) -> None:
    """A server that hangs up in the middle of the handshake."""

    class HangsUp(Answer):
        @override
        def handle(self) -> None:
            self.connection.recv(1)

    server = bench.use(serve(HangsUp))
    bench.config["api_url"] = f"https://localhost:{server.server_port}/api"


def no_tls_at_all(bench: Bench) -> None:
    server = bench.server(400)
    server.RequestHandlerClass = Deaf
    bench.config["api_url"] = f"https://{server.address}/api"


def proxy_without_tls(bench: Bench) -> None:
    proxy: Server = bench.use(serve(Deaf))
    bench.patch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
    no_such_host(bench)


def no_proxy_there(bench: Bench) -> None:
    refused(bench)
    bench.patch.setenv("HTTPS_PROXY", bench.config["api_url"])
    no_such_host(bench)


def proxy_wants_a_password(bench: Bench) -> None:
    proxy: Server = bench.use(serve(Proxy))
    proxy.status = 407
    bench.patch.setenv("HTTPS_PROXY", f"http://somebody:proxy-pass-fake@{proxy.address}")
    no_such_host(bench)


BEFORE_ANY_STREAM = {"ca-bundle", "proxy-address", "proxy-socks"}
"""Failures that the environment alone tells of."""


def environment(name: str, value: str) -> Scenario:
    """Without a request: the emulator is http, which needs neither certificates nor a proxy."""

    def scenario(bench: Bench) -> None:
        bench.patch.setenv(name, value)
        no_such_host(bench)

    return scenario


def nobody_accepts(bench: Bench) -> None:
    """A queue of connections that is full: the next one gets no answer."""
    listener = bench.use(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _ in range(3):
        waiting = bench.use(socket.socket())
        waiting.settimeout(0)
        waiting.connect_ex(listener.getsockname())
    bench.patience = IMPATIENT._replace(timeouts=Timeouts(connect=0.05))
    bench.config["api_url"] = f"http://127.0.0.1:{listener.getsockname()[1]}/api"


def falls_silent(kind: str) -> Scenario:
    def scenario(bench: Bench) -> None:
        bench.patience = IMPATIENT._replace(timeouts=Timeouts(read=0.1))
        bench.always(kind)

    return scenario


def elsewhere(code: int) -> Scenario:
    def scenario(bench: Bench) -> None:
        other: Server = bench.use(serve())
        bench.server(code, Location=f"http://{other.address}/stolen")
        bench.use(nothing_came_to(other))

    return scenario


class nothing_came_to(AbstractContextManager[None]):  # noqa: N801 - reads like a sentence
    def __init__(self, server: Server) -> None:
        self._server = server

    @override
    def __exit__(self, *_: object) -> None:
        assert self._server.requests == []


def after(requests: int, code: int) -> Scenario:
    def scenario(bench: Bench) -> None:
        bench.emulator.reset(Settings(contacts=1_000))
        bench.emulator.fail_next(Fault("status", status=code), after=requests, times=FOREVER)

    return scenario


SCENARIOS: dict[str, Scenario] = {
    "refused": refused,
    "reset": fault("reset"),
    "dns": no_such_host,
    "tls": unknown_certificate,
    "tls-broken": no_tls_there,
    "tls-missing": no_tls_at_all,
    "tls-wanted": lambda bench: bench.server(400, b"<h1>The plain HTTP request was sent to HTTPS port</h1>"),
    "ca-bundle": environment("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem"),
    "proxy-address": environment("HTTPS_PROXY", "http://somebody:proxy-pass-fake@:3128"),
    "proxy-socks": environment("HTTPS_PROXY", "socks5h://somebody:proxy-pass-fake@localhost:1080"),
    "proxy-plain": proxy_without_tls,
    "proxy-refused": no_proxy_there,
    "proxy-407": proxy_wants_a_password,
    "connect-timeout": nobody_accepts,
    "silence": falls_silent("silence"),
    "silence-mid-body": falls_silent("silence_mid_body"),
    "short-body": fault("short_body"),
    "bad-gzip": lambda bench: bench.server(body=b"no gzip", Content_Encoding="gzip"),
    "html": fault("html"),
    "truncated": fault("truncated_json"),
    "not-utf-8": lambda bench: bench.server(body=page_of({**CONTACT, "last_name": "é"}).replace(rb"\u00e9", b"\xe9")),
    "too-deep": lambda bench: bench.server(body=b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "odd-cursor": lambda bench: bench.server(body=json.dumps(page([CONTACT], "b25l\ud83d")).encode()),
    "empty": fault("empty"),
    "array": fault("array"),
    "no-data": body(has_more=False, next_cursor=None),
    "null-data": body(data=None, has_more=False),
    "odd-data": body(data=[CONTACT, "cnt_2", 3], has_more=False),
    "no-has-more": body(data=[CONTACT]),
    "no-cursor": body(data=[CONTACT], has_more=True, next_cursor=None),
    "204": fault("status", status=204, body=""),
    "302": elsewhere(302),
    "307": elsewhere(307),
    "308": elsewhere(308),
    "odd-location": lambda bench: bench.server(302, Location="http://[::1\xe9"),
    **{str(code): status(code) for code in (400, 401, 403, 404, 409, 410, 418, 422, 500, 502, 503, 504, 520, 599)},
    "422-filter": status(422, {"title": "Invalid", "errors": [{"field": "search", "message": "too short"}]}),
    "429": fault("status", status=429, headers={"Retry-After": "86400"}),
    "odd-problem": status(500, {"title": 7, "detail": ["x"], "request_id": None, "errors": {"a": [1]}}),
    "control-characters": status(500, {"title": CONTROL, "detail": CONTROL, "request_id": CONTROL}),
    "revoked": after(4, 401),
    "scope-lost": after(4, 403),
}


def without_what_differs(text: str) -> str:
    """A sentence without request ids, addresses in memory and numbers, which differ from command to command."""
    return re.sub(r"req_\w+|0x\w+|\d+ (?=bytes|more|times)", "", text)


def read(connector: Connector, bench: Bench) -> Output:
    return connector("read", patience=bench.patience, config={**bench.config, "num_workers": 1}, catalog=catalog())


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_failure_is_as_documented(connector: Connector, bench: Bench, name: str) -> None:
    row = FAILURES[name]
    SCENARIOS[name](bench)
    output = read(connector, bench)
    failure_type, message = output.failure
    assert failure_type is not None
    assert failure_type.value == f"{row.type}_error"
    assert row.sentence in message
    assert "Error(" not in message, "what Python calls it helps nobody"
    assert ("The connector tried 8 times." in message) == (row.tries == READ.attempts)
    assert message == re.sub(r"[\x00-\x1f\x7f]", "", message), "nothing that a terminal would obey"
    assert "proxy-pass-fake" not in str(output.messages)
    assert " object at 0x" not in message
    assert not name.isdigit() or int(name) < 300 or f"with status {name}" in message
    assert "Check api_url" not in message or f"Check api_url, which is {bench.config['api_url']}" in message
    assert output.statuses[-1:] == ([] if name in BEFORE_ANY_STREAM else ["INCOMPLETE"])
    assert not any("Traceback" in text for text in output.logs(Level.ERROR)), "the sentence says it all"
    answered = bench.requests
    if answered and name not in {"revoked", "scope-lost"}:
        assert answered == row.tries
    elif answered:
        assert output.states, "what was read is kept"
        assert len(output.records) > 290

    outcome, said = connector("check", patience=bench.patience, config=bench.config).connection
    assert outcome == "FAILED"
    status = re.search(r"with status (\d+)", message)
    if status and status[1] == "403":
        assert "Scopes are missing for these lists: contacts (needs contacts:read), companies " in str(said)
    else:
        assert without_what_differs(str(said)) == without_what_differs(message)
    assert ("The connector tried 3 times." in str(said)) == (row.tries == READ.attempts)
    if answered:
        lists = tried_lists(int(status[1]) if status else None, str(said))
        assert bench.requests - answered == min(row.tries, CHECK.attempts) * lists


def emits(record: dict[str, Any], *, cursor: str | None = None) -> Scenario:
    return lambda bench: bench.emulator.fail_next(Fault("body", body=page([record], cursor)))


def served(body: bytes, **headers: str) -> Scenario:
    return lambda bench: bench.server(200, body, **headers)


def page_of(*records: dict[str, Any]) -> bytes:
    return json.dumps(page([*records])).encode()


def empty_pages_with_cursors(bench: Bench) -> None:
    bench.emulator.fail_next(Fault("body", body=page([], "b25l")), after=1, times=2)


def expired_cursors(bench: Bench) -> None:
    bench.emulator.reset(Settings(contacts=1_000, cursor_ttl_requests=0))


def passing(bench: Bench) -> None:
    bench.emulator.reset(Settings(contacts=1_000))
    unavailable = Fault("status", status=503, headers={"Retry-After": "0"})
    for fault in ("reset", "truncated_json", "short_body", "html", unavailable):
        bench.emulator.fail_next(fault, after=3, every=4)


ODD_NAMES = {"id": "cnt_1", "updated_at": UPDATED_AT, "first_name": "a\0b", "last_name": "😀\ud83d"}
CONTROLLED = {**CONTACT, "last_name": "a\nb\1c"}
LARGE = {**CONTACT, "description": "x" * 20_000_000}

SUCCESSES: dict[str, tuple[Scenario, list[dict[str, Any]] | None]] = {
    "empty-page": (empty_pages_with_cursors, None),
    "no-id": (emits({"updated_at": UPDATED_AT}), [{"updated_at": UPDATED_AT}]),
    "no-time": (emits({"id": "cnt_1", "updated_at": "soon"}), [{"id": "cnt_1"}]),
    "unknown-shape": (emits({**CONTACT, "emails": {"x": [1]}}), [{**CONTACT, "emails": {"x": [1]}}]),
    "gzip": (served(gzip.compress(page_of(CONTACT)), Content_Encoding="gzip"), [CONTACT]),
    "bare-control": (served(page_of(CONTROLLED).replace(b"\\n", b"\n").replace(b"\\u0001", b"\1")), [CONTROLLED]),
    "large-page": (served(page_of(LARGE)), [LARGE]),
    "odd-texts": (served(page_of(ODD_NAMES)), [{**ODD_NAMES, "first_name": "ab", "last_name": "😀\ufffd"}]),
    "cursor-expired": (expired_cursors, None),
    "passing": (passing, None),
}


@pytest.mark.parametrize("name", SUCCESSES)
def test_what_is_no_failure(connector: Connector, bench: Bench, name: str) -> None:
    scenario, records = SUCCESSES[name]
    scenario(bench)
    output = read(connector, bench)
    assert output.exit_code == 0, output.failure
    if records is None:
        assert set(ids(output.records)) == set(bench.emulator.snapshot())
    else:
        assert output.records == records
    assert any("Trying again in" in text for text in output.logs()) == (name == "passing")


def test_the_documentation_has_a_row_for_each() -> None:
    assert set(FAILURES) == set(SCENARIOS)
    assert set(ROWS) - set(FAILURES) == set(SUCCESSES)


def test_what_fails_at_page_70_does_not_cost_the_pages_before_it(connector: Connector, bench: Bench) -> None:
    bench.emulator.reset(Settings(contacts=8_000))
    bench.emulator.fail_next("reset", after=70, times=FOREVER)
    failed = read(connector, bench)
    assert failed.failure[0] is not None
    assert len(failed.records) >= 6_800
    bench.emulator.clear_faults()
    resumed = connector("read", config=bench.config, catalog=catalog(), state=[failed.states[-1]])
    assert set(ids(failed.records)) | set(ids(resumed.records)) == set(bench.emulator.snapshot())
    assert len(failed.records) + len(resumed.records) <= 8_000 + 100
