"""The token endpoint: what it takes, what it gives, and how long that lives."""

from typing import Any

import pytest
import requests

from emulator import Settings, VirtualClock
from unit_tests.emulator.asking import Client, Serve

CLIENT = {
    "grant_type": "refresh_token",
    "client_id": "demo-client-id",
    "client_secret": "demo-client-not-a-real-secret",
}
FORM = {**CLIENT, "refresh_token": "demo-refresh-token"}


def ask(api: Client, form: Any = None, **how: Any) -> requests.Response:
    given: dict[str, Any] = how or {"data": FORM if form is None else form}
    return requests.post(f"{api.emulator.url}/v1/oauth/token", timeout=5, **given)


def granted(api: Client, refresh_token: str = "demo-refresh-token") -> dict[str, Any]:
    answer = ask(api, {**CLIENT, "refresh_token": refresh_token})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def status(api: Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{api.emulator.url}/v2/contacts", headers=headers, timeout=5).status_code


def test_a_grant(serve: Serve) -> None:
    api = serve(scopes=("contacts:read", "tags:read"))
    grant = granted(api)
    assert grant.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (grant["token_type"], grant["expires_in"], grant["scope"]) == ("Bearer", 3600, "contacts:read tags:read")
    assert status(api, grant["access_token"]) == 200
    assert status(api, grant["refresh_token"]) == 401


def test_a_refresh_token_works_once(serve: Serve) -> None:
    api = serve()
    first = granted(api)
    again = ask(api)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    second = granted(api, first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert [status(api, grant["access_token"]) for grant in (first, second)] == [200, 200]


def test_a_refresh_token_may_be_kept(serve: Serve) -> None:
    api = serve(keep_refresh_token=True)
    for _ in range(2):
        assert "refresh_token" not in granted(api)


def test_an_access_token_lives_for_so_many_requests(serve: Serve) -> None:
    api = serve(token_ttl_requests=2)
    first = granted(api)
    assert [status(api, first["access_token"]) for _ in range(4)] == [200, 200, 401, 401]
    second = granted(api, first["refresh_token"])
    assert status(api, second["access_token"]) == 200


def test_an_access_token_lives_for_so_many_seconds(serve: Serve) -> None:
    api = serve(token_expires_in=3, clock=VirtualClock(tick_ms=1000))
    grant = granted(api)
    assert grant["expires_in"] == 3
    assert [status(api, grant["access_token"]) for _ in range(3)] == [200, 200, 401]


def test_revoking(serve: Serve) -> None:
    api = serve()
    grant = granted(api)
    assert api.send("POST", "/_emulator/revoke_refresh_token").status_code == 200
    assert ask(api, {**CLIENT, "refresh_token": grant["refresh_token"]}).json()["error"] == "invalid_grant"
    assert status(api, grant["access_token"]) == 200
    api.emulator.revoke()
    assert status(api, grant["access_token"]) == 401
    api.emulator.reset()
    assert status(api, grant["access_token"]) == 401
    assert granted(api)


@pytest.mark.parametrize(
    ("given", "expected", "error"),
    [
        ({"json": FORM}, 400, "invalid_request"),
        ({"params": FORM}, 400, "invalid_request"),
        ({"data": {}}, 400, "invalid_request"),
        ({"data": CLIENT}, 400, "invalid_request"),
        ({"data": {**FORM, "client_id": ""}}, 400, "invalid_request"),
        ({"data": [*FORM.items(), ("client_id", "demo-client-id")]}, 400, "invalid_request"),
        ({"data": {**FORM, "grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"data": {**FORM, "client_id": "other"}}, 401, "invalid_client"),
        ({"data": {**FORM, "client_secret": "wrong"}}, 401, "invalid_client"),
        ({"data": {**FORM, "refresh_token": "other"}}, 400, "invalid_grant"),
    ],
)
def test_what_is_refused(serve: Serve, given: dict[str, Any], expected: int, error: str) -> None:
    api = serve()
    answer = ask(api, **given)
    assert (answer.status_code, answer.json()["error"]) == (expected, error)
    assert answer.json()["error_description"]
    assert granted(api), "a refusal uses nothing up"


def test_it_is_counted_and_logged_without_its_secrets(serve: Serve) -> None:
    api = serve()
    granted(api)
    ask(api)
    assert (api.emulator.stats().requests, api.emulator.stats().refreshes) == (2, 1)
    for served in api.emulator.requests:
        assert (served.method, served.path, served.params) == ("POST", "/api/v1/oauth/token", {})
        assert "demo-refresh-token" not in repr(served)
    api.emulator.clear_log()
    assert api.emulator.stats().refreshes == 0


def test_faults_and_the_rate_limit_strike_it_too(serve: Serve) -> None:
    api = serve(rate_limit=2, retry_after_seconds=5)
    api.emulator.fail_next("status")
    assert [ask(api).status_code for _ in range(3)] == [500, 200, 429]
    api.emulator.reset(Settings())
    api.emulator.fail_next("array")
    (grant,) = ask(api).json()
    assert grant["access_token"]


def test_only_post(serve: Serve) -> None:
    answer = serve().send("GET", "/api/v1/oauth/token")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
