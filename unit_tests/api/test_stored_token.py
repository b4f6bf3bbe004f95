"""A stored access token of oauth2.0: while it is good, nothing is refreshed; a wrong date costs one request."""

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from airbyte_cdk.models import Level

from emulator import Emulator, Fault, Settings
from unit_tests.helpers.support import IMPATIENT, LISTS, Connector, Output, catalog, oauth_credentials, sample_config

TOKEN_PATH = "/api/v1/oauth/token"


@pytest.fixture
def connector(connector: Connector) -> Connector:
    return partial(connector, patience=IMPATIENT)


@pytest.fixture
def config(emulator: Emulator) -> dict[str, Any]:
    return sample_config(emulator, credentials=oauth_credentials(emulator))


def with_fields(config: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {**config, "credentials": {**config["credentials"], **fields}}


def handed_over(output: Output) -> list[dict[str, Any]]:
    return [dict(message.control.connectorConfig.config) for message in output.messages if message.control]


def asked(emulator: Emulator) -> list[tuple[str, int | None]]:
    return [("token" if request.path == TOKEN_PATH else "page", request.status) for request in emulator.requests]


def in_seconds(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


def test_after_a_check_nothing_needs_a_refresh(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    (stored,) = handed_over(connector("check", config=config))
    expires = datetime.fromisoformat(stored["credentials"]["token_expiry_date"].replace("Z", "+00:00"))
    lifetime = expires - datetime.now(timezone.utc)
    assert 0 <= Settings().token_expires_in - lifetime.total_seconds() < 60

    emulator.clear_log()
    checked = connector("check", config=stored)
    assert checked.connection == ("SUCCEEDED", None)
    read = connector("read", config=stored, catalog=catalog())
    assert len(read.records) == 250
    assert connector("read", config=stored, catalog=catalog()).exit_code == 0
    assert handed_over(checked) == handed_over(read) == []
    assert {kind for kind, _ in asked(emulator)} == {"page"}


def test_a_set_up_that_forgets_what_a_check_said(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    """With the token that came along when the client was authorized, the check leaves the refresh token alone."""
    given = with_fields(config, access_token=f" Bearer {emulator.settings.access_token}\n")
    assert connector("check", config=given).connection == ("SUCCEEDED", None)
    assert asked(emulator) == [("page", 200)] * len(LISTS)
    emulator.calm_down()
    assert len(connector("read", config=given, catalog=catalog()).records) == 250


@pytest.mark.parametrize("verb", ["check", "read"])
@pytest.mark.parametrize("seconds", [None, 600, 10**9])
def test_a_token_that_is_refused_is_renewed_once(
    emulator: Emulator, connector: Connector, config: dict[str, Any], verb: str, seconds: float | None
) -> None:
    """The clock here is behind, the token was revoked, or nobody knows when it expires."""
    date = None if seconds is None else in_seconds(seconds)
    stale = with_fields(config, access_token="demo-stale-access-token", token_expiry_date=date)
    output = connector(verb, config={**stale, "num_workers": 20}, **({"catalog": catalog()} if verb == "read" else {}))
    assert output.exit_code == 0
    assert asked(emulator)[:3] == [("page", 401), ("token", 200), ("page", 200)]
    assert asked(emulator).count(("token", 200)) == 1
    (renewed,) = handed_over(output)
    assert renewed["credentials"]["access_token"].startswith("emulated-access-token-")
    assert "stale" not in str(output.logs() + output.logs(Level.WARN))


@pytest.mark.parametrize("seconds", [-(10**9), -1, 0, 30])
def test_a_token_that_has_expired_is_renewed_before_it_is_used(
    emulator: Emulator, connector: Connector, config: dict[str, Any], seconds: float
) -> None:
    """Or the clock here is ahead."""
    given = with_fields(config, access_token="demo-stale-access-token", token_expiry_date=in_seconds(seconds))
    output = connector("check", config=given)
    assert output.connection == ("SUCCEEDED", None)
    assert asked(emulator) == [("token", 200)] + [("page", 200)] * len(LISTS)
    (renewed,) = handed_over(output)
    assert renewed["credentials"]["token_expiry_date"] > in_seconds(0)


@pytest.mark.parametrize("empty", [{}, {"access_token": "", "token_expiry_date": ""}, {"access_token": None}])
def test_absent_and_empty_are_the_same(
    emulator: Emulator, connector: Connector, config: dict[str, Any], empty: dict[str, Any]
) -> None:
    given = (
        with_fields(config, **empty, token_expiry_date=in_seconds(600)) if not empty else with_fields(config, **empty)
    )
    assert connector("check", config=given).connection == ("SUCCEEDED", None)
    assert asked(emulator) == [("token", 200)] + [("page", 200)] * len(LISTS)


@pytest.mark.parametrize("expires_in", [None, "soon", 1e300, -1])
def test_a_token_without_a_known_end_is_stored_without_a_date(
    emulator: Emulator, connector: Connector, config: dict[str, Any], expires_in: object
) -> None:
    token = emulator.settings.access_token
    answer = {"access_token": token, "refresh_token": "made-up-refresh-token", "expires_in": expires_in}
    emulator.fail_next(Fault("body", body=answer))
    given = with_fields(config, access_token="demo-stale-access-token", token_expiry_date=in_seconds(-600))
    (stored,) = handed_over(connector("check", config=given))
    assert stored == with_fields(config, access_token=token, refresh_token="made-up-refresh-token")


def test_a_token_of_no_use_is_not_stored(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.fail_next(Fault("body", body={"access_token": "a b", "refresh_token": "made-up-refresh-token"}))
    given = with_fields(config, access_token="demo-stale-access-token", token_expiry_date=in_seconds(-600))
    output = connector("check", config=given)
    assert handed_over(output) == [with_fields(config, refresh_token="made-up-refresh-token")]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"access_token": 7}, "credentials.access_token is of the wrong type; write the token as a text"),
        ({"access_token": "a b"}, "credentials.access_token has a space, a line break or another character that no"),
        ({"token_expiry_date": "soon"}, "credentials.token_expiry_date 'soon' is not a date; write it like 2024-01"),
        ({"token_expiry_date": 7}, "credentials.token_expiry_date is of the wrong type; write a text like 2024-01-01T"),
        ({"token_expiry_date": [7]}, "credentials.token_expiry_date is of the wrong type; write a text like 2024-01-0"),
        ({"token_expiry_date": "2026-03-01T12:00:00"}, "doesn't say in which time zone; add Z for UTC"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    connector: Connector, config: dict[str, Any], fields: dict[str, Any], sentence: str
) -> None:
    status, message = connector("check", config=with_fields(config, **fields)).connection
    assert status == "FAILED"
    assert sentence in str(message)
