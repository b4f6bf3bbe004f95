import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from emulator import Fault
from unit_tests.emulator.asking import Serve

KEY = "sk-apik_demo.not-a-real-secret"


def status(url: str, authorization: str | None) -> requests.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return requests.get(f"{url}/v2/contacts", headers=headers, timeout=5)


@pytest.mark.parametrize("authorization", [KEY, "Bearer demo-access-token"])
def test_what_is_accepted(serve: Serve, authorization: str) -> None:
    assert status(serve().emulator.url, authorization).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        f"Bearer {KEY}",
        "demo-access-token",
        "Bearer unknown",
        "sk-apik_x.y",
        f"Basic {KEY}",
        f"{KEY}x",
        "Bearer",
    ],
)
def test_what_is_not(serve: Serve, authorization: str | None) -> None:
    answer = status(serve().emulator.url, authorization)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 401
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert problem["request_id"].startswith("req_")


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("contacts:read",), 200),
        (("workspace:admin",), 200),
        (("companies:read", "contacts:read"), 200),
        (("companies:read",), 403),
        ((), 403),
    ],
)
def test_scopes(serve: Serve, scopes: tuple[str, ...], expected: int) -> None:
    assert serve(scopes=scopes).get().status_code == expected


def test_revoking(serve: Serve) -> None:
    api = serve()
    assert api.get().status_code == 200
    api.emulator.revoke()
    assert api.get().status_code == 401
    api.emulator.reset()
    assert api.get().status_code == 200


def test_revoked_after_so_many_requests(serve: Serve) -> None:
    api = serve(revoke_after_requests=2)
    assert [api.get().status_code for _ in range(4)] == [200, 200, 401, 401]


def test_other_paths_and_methods(serve: Serve) -> None:
    api = serve()
    missing = api.send("GET", "/api/v2/people")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    for method in ("POST", "DELETE", "PUT", "PATCH"):
        refused = api.send(method, "/api/v2/contacts")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")
    assert [served.method for served in api.emulator.requests] == ["GET", "POST", "DELETE", "PUT", "PATCH"]


def test_the_rate_limit_opens_again_after_the_pause_it_asked_for(serve: Serve) -> None:
    api = serve(rate_limit=2, rate_limit_window_seconds=0.9)
    answers = [api.get() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].headers["Retry-After"] == "1"
    assert answers[2].json()["title"] == "Too Many Requests"
    time.sleep(1)
    assert api.get().status_code == 200
    stats = api.emulator.stats()
    assert (stats.requests, stats.too_many_requests, stats.too_early) == (5, 2, 1)


@pytest.mark.parametrize(("style", "expected"), [("seconds", "7"), ("none", None), ("garbage", "soon")])
def test_how_a_429_says_when_to_come_back(serve: Serve, style: str, expected: str | None) -> None:
    api = serve(rate_limit=1, retry_after_style=style, retry_after_seconds=7)
    api.get()
    assert api.get().headers.get("Retry-After") == expected


def test_a_date_to_come_back_is_one_of_the_emulators_clock(serve: Serve) -> None:
    api = serve(rate_limit=1, retry_after_style="date", retry_after_seconds=7, clock_skew_seconds=-86_400)
    api.get()
    headers = api.get().headers
    wait = parsedate_to_datetime(headers["Retry-After"]) - parsedate_to_datetime(headers["Date"])
    assert 7 <= wait.total_seconds() <= 8


def test_coming_before_a_scripted_retry_after_is_counted_too(serve: Serve) -> None:
    api = serve()
    api.emulator.fail_next(Fault("status", status=503, headers={"Retry-After": "60"}))
    assert [api.get().status_code for _ in range(3)] == [503, 200, 200]
    assert api.emulator.stats().too_early == 2
