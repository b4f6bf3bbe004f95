import json
import socket
import time
from typing import Any, get_args

import pytest
import requests

from emulator import FOREVER, Churn, Fault, FaultPlan
from emulator.faults import KINDS, Kind
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve


def raw(api: Client, seconds: float = 0.3) -> tuple[bytes, str]:
    """What comes over a bare connection within the time, and how that ends: closed, reset or silent."""
    host, port = api.emulator.origin.removeprefix("http://").split(":")
    request = f"GET /api/v2/contacts HTTP/1.1\r\nHost: {host}\r\nAuthorization: {api.emulator.settings.api_key}\r\n\r\n"
    received = b""
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(request.encode())
        try:
            while part := connection.recv(65_536):
                received += part
        except TimeoutError:
            return received, "silent"
        except ConnectionResetError:
            return received, "reset"
        return received, "closed"


def sizes(received: bytes) -> tuple[int, int]:
    """Content-Length as promised, and the length of what came of the body."""
    head, _, body = received.partition(b"\r\n\r\n")
    (promised,) = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    return int(promised), len(body)


def test_each_kind_is_described() -> None:
    assert set(KINDS) == set(get_args(Kind))


def test_a_status_comes_as_a_problem(serve: Serve) -> None:
    api = serve()
    api.emulator.fail_next("status")
    api.emulator.fail_next(Fault("status", status=409, headers={"Retry-After": "3", "X-Extra": "1"}))
    first, second, third = (api.get() for _ in range(3))
    assert (first.status_code, first.json()["title"]) == (500, "Internal Server Error")
    assert (second.status_code, second.json()["status"]) == (409, 409)
    assert (second.headers["Retry-After"], second.headers["X-Extra"]) == ("3", "1")
    assert second.headers["Content-Type"] == "application/problem+json"
    assert third.status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Bad gateway", "text/plain; charset=utf-8", "Bad gateway"),
        ({"error": "é"}, "application/json", '{"error": "\\u00e9"}'),
        ([], "application/json", "[]"),
    ],
)
def test_a_status_with_a_body_of_its_own(serve: Serve, body: Any, content_type: str, text: str) -> None:
    api = serve()
    api.emulator.fail_next(Fault("status", status=502, body=body))
    answer = api.get()
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (502, content_type, text)


def test_reset(serve: Serve) -> None:
    api = serve()
    api.emulator.fail_next("reset", times=2)
    assert raw(api) == (b"", "reset")
    with pytest.raises(requests.ConnectionError):
        api.get()
    assert api.get().status_code == 200
    assert [(served.status, served.fault) for served in api.emulator.requests] == [
        (None, "reset"),
        (None, "reset"),
        (200, None),
    ]


def test_truncated_json_is_valid_http(serve: Serve) -> None:
    api = serve()
    api.emulator.fail_next("truncated_json")
    answer = api.get()
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 1_000
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


@pytest.mark.parametrize(("kind", "end"), [("short_body", "closed"), ("silence_mid_body", "silent")])
def test_half_a_body(serve: Serve, kind: Kind, end: str) -> None:
    api = serve()
    api.emulator.fail_next(kind)
    received, how = raw(api)
    promised, came = sizes(received)
    assert (received[:15], how) == (b"HTTP/1.1 200 OK", end)
    assert came == promised // 2 > 1_000
    api.emulator.fail_next(kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.get(timeout=0.2)


def test_silence(serve: Serve) -> None:
    api = serve()
    api.emulator.fail_next("silence", times=2)
    assert raw(api, seconds=0.1) == (b"", "silent")
    with pytest.raises(requests.ReadTimeout):
        api.get(timeout=0.1)
    assert api.get().status_code == 200


def test_html_and_empty_and_redirect(serve: Serve) -> None:
    api = serve()
    for fault in (Fault("html"), Fault("empty"), Fault("redirect"), Fault("redirect", 307, {"Location": "/x"})):
        api.emulator.fail_next(fault)
    html, empty, redirect, elsewhere = (api.get() for _ in range(4))
    assert (html.status_code, html.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert html.text.startswith("<!doctype html>")
    assert (empty.status_code, empty.content) == (200, b"")
    assert (redirect.status_code, redirect.headers["Location"]) == (302, "/login")
    assert (elsewhere.status_code, elsewhere.headers["Location"]) == (307, "/x")


def test_an_array_and_any_body(serve: Serve) -> None:
    api = serve()
    expected = api.page()["data"]
    api.emulator.fail_next("array")
    api.emulator.fail_next(Fault("body", body={"object": "list", "data": None}))
    assert api.get().json() == expected
    assert api.get().json() == {"object": "list", "data": None}


def test_a_repeated_cursor_never_ends(serve: Serve) -> None:
    api = serve(contacts=5)
    query: Params = {**ASCENDING, "limit": 2}
    first = api.page(query)
    api.emulator.fail_next("repeated_cursor")
    for _ in range(4):
        page = api.page({**query, "cursor": first["next_cursor"]})
        assert (page["has_more"], page["next_cursor"]) == (True, first["next_cursor"])
        assert len(page["data"]) == 2
    assert api.page(query)["next_cursor"] == first["next_cursor"]
    api.emulator.clear_faults()
    assert len(api.walk(query)) == 5


def test_a_cursor_repeated_a_few_times_only(serve: Serve) -> None:
    api = serve(contacts=50)
    api.emulator.fail_next("repeated_cursor", times=3, after=1)
    assert len(api.walk({"limit": 10})) == 80


@pytest.mark.parametrize(
    ("plan", "struck"),
    [
        ({"times": 1}, [0]),
        ({"times": 2, "after": 3}, [3, 4]),
        ({"times": FOREVER, "every": 3}, [2, 5, 8]),
        ({"times": 2, "every": 3, "after": 1}, [3, 6]),
        ({}, [0]),
    ],
)
def test_which_requests_are_struck(serve: Serve, plan: dict[str, int], struck: list[int]) -> None:
    api = serve()
    api.emulator.fail_next(Fault("status", status=503), **plan)
    statuses = [api.get({"limit": 1}).status_code for _ in range(10)]
    assert [index for index, status in enumerate(statuses) if status == 503] == struck


def test_faults_queue_up(serve: Serve) -> None:
    api = serve()
    for status in (500, 502, 503):
        api.emulator.fail_next(Fault("status", status=status))
    assert [api.get().status_code for _ in range(4)] == [500, 502, 503, 200]


def test_a_plan_in_the_settings_goes_on_for_ever(serve: Serve) -> None:
    api = serve(faults=(FaultPlan(Fault("status", status=503), every=2),))
    assert [api.get().status_code for _ in range(6)] == [200, 503] * 3
    api.emulator.reset()
    assert [api.get().status_code for _ in range(2)] == [200, 503]


def test_struck_pages_are_not_counted_as_served(serve: Serve) -> None:
    api = serve()
    for kind in ("truncated_json", "array", "html"):
        api.emulator.fail_next(kind)
        api.get()
    api.get()
    assert [served.records for served in api.emulator.requests] == [0, 0, 0, 25]
    assert api.emulator.stats().records == 25


def test_a_request_struck_by_a_status_changes_nothing(serve: Serve) -> None:
    api = serve(churn=Churn(creates=1))
    api.emulator.fail_next("status")
    api.get()
    assert len(api.emulator.snapshot()) == 30
    api.get()
    assert len(api.emulator.snapshot()) == 31


def test_closing_does_not_wait_for_silence(serve: Serve) -> None:
    api = serve(latency_ms=0)
    api.emulator.fail_next("silence", times=2)
    host, port = api.emulator.origin.removeprefix("http://").split(":")
    key = api.emulator.settings.api_key
    connections = [socket.create_connection((host, int(port)), timeout=5) for _ in range(3)]
    for connection in connections[:2]:
        connection.sendall(f"GET /api/v2/contacts HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
    while len(api.emulator.requests) < 2:
        time.sleep(0.001)
    start = time.monotonic()
    api.emulator.close()
    assert time.monotonic() - start < 1
    for connection in connections:
        assert connection.recv(1) == b""
        connection.close()


@pytest.mark.parametrize("wrong", [{"kind": "flood"}, {"kind": "status", "status": 99}])
def test_faults_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="fault"):
        Fault(**wrong)


@pytest.mark.parametrize("wrong", [{"times": -1}, {"after": -1}, {"every": 0}])
def test_plans_that_cannot_be(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="times"):
        FaultPlan(Fault("reset"), **wrong)
