"""What a user may write into the configuration, and the sentence that each mistake is answered with."""

from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from pydantic import ValidationError

from source_askelephant.config.models import (
    AccessTokenCredentials,
    ApiKeyCredentials,
    Config,
    OAuthCredentials,
)
from source_askelephant.config.parsing import parse_config
from source_askelephant.errors import ConfigError
from source_askelephant.instants import format_instant, parse_instant
from source_askelephant.reading.read_plan import refuse_future_start

KEY = "sk-apik_demo.not-a-real-secret"
TOKEN = "demo-access-token"
OAUTH = {
    "auth_type": "oauth2.0",
    "client_id": "demo-client-id",
    "client_secret": "demo-client-not-a-real-secret",
    "refresh_token": "demo-refresh-token",
}


def with_key(key: object) -> dict[str, Any]:
    return {"credentials": {"auth_type": "api_key", "api_key": key}}


VALID = with_key(KEY)


def with_token(token: object) -> dict[str, Any]:
    return {"credentials": {"auth_type": "access_token", "access_token": token}}


def with_oauth(**fields: object) -> dict[str, Any]:
    return {"credentials": {**OAUTH, **fields}}


def api_key_of(config: Config) -> str:
    assert isinstance(config.credentials, ApiKeyCredentials)
    return config.credentials.api_key.get_secret_value()


def test_only_the_credentials_are_required() -> None:
    config = parse_config(VALID)
    assert api_key_of(config) == KEY
    assert config.start_date is None
    assert config.search is None
    assert config.crm_contact_ids == ()
    assert config.engagement_details == ()
    assert config.lookback_window_seconds == 60
    assert config.num_workers == 4
    assert config.api_url == "https://app.askelephant.ai/api"


@pytest.mark.parametrize(
    "pasted", [KEY, f" {KEY}\n", f"\t{KEY}\r\n", f"Bearer {KEY}", f"bearer  {KEY}", f" BEARER {KEY} "]
)
def test_a_pasted_key_is_forgiven_what_came_along(pasted: str) -> None:
    assert api_key_of(parse_config(with_key(pasted))) == KEY


@pytest.mark.parametrize("pasted", [TOKEN, f"Bearer {TOKEN}", f"\n{TOKEN} "])
def test_a_pasted_token_is_forgiven_what_came_along(pasted: str) -> None:
    config = parse_config(with_token(pasted))
    assert isinstance(config.credentials, AccessTokenCredentials)
    assert config.credentials.access_token.get_secret_value() == TOKEN


def test_the_spaces_around_oauth_values_are_forgiven() -> None:
    config = parse_config(with_oauth(client_id=" an id ", client_secret="\tdemo secret\r\n", refresh_token=" token\n"))
    assert isinstance(config.credentials, OAuthCredentials)
    assert config.credentials.client_id.get_secret_value() == "an id"
    assert config.credentials.client_secret.get_secret_value() == "demo secret"
    assert config.credentials.refresh_token.get_secret_value() == "token"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00.250Z", "2024-01-01T00:00:00.250Z"),
        ("2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z"),
        ("2024-01-01", "2024-01-01T00:00:00Z"),
        (" 2024-01-01 \n", "2024-01-01T00:00:00Z"),
    ],
)
def test_start_date_in_every_form(written: str, meant: str) -> None:
    start_date = parse_config({**VALID, "start_date": written}).start_date
    assert start_date is not None
    assert format_instant(start_date) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://app.askelephant.ai/api/", "https://app.askelephant.ai/api"),
        (" https://app-staging.askelephant.ai/api \n", "https://app-staging.askelephant.ai/api"),
        ("http://127.0.0.1:8765/api", "http://127.0.0.1:8765/api"),
        ("http://localhost:8765/api/", "http://localhost:8765/api"),
        ("http://[::1]:8765/api", "http://[::1]:8765/api"),
        ("", "https://app.askelephant.ai/api"),
    ],
)
def test_api_url_in_every_form(written: str, meant: str) -> None:
    assert parse_config({**VALID, "api_url": written}).api_url == meant


def test_other_values_in_canonical_form() -> None:
    config = parse_config(
        {
            **VALID,
            "search": "  example.com ",
            "crm_contact_ids": [" 12 ", 34, "12"],
            "engagement_details": [" Tags", "transcript\n", "tags", ""],
            "num_workers": "20",
            "lookback_window_seconds": 0,
        }
    )
    assert config.search == "example.com"
    assert config.crm_contact_ids == ("12", "34")
    assert config.engagement_details == ("transcript", "tags")
    assert config.num_workers == 20
    assert config.lookback_window_seconds == 0


def test_absent_empty_and_null_are_the_same() -> None:
    empty: dict[str, Any] = {
        "search": "",
        "start_date": " ",
        "crm_contact_ids": [],
        "engagement_details": [""],
        "num_workers": None,
        "api_url": None,
    }
    assert parse_config({**VALID, **empty}) == parse_config(VALID)


def test_fields_of_the_platform_are_passed_over() -> None:
    assert parse_config({**VALID, "_limit": 1, "__injected": {}}) == parse_config(VALID)


def test_configuration_is_immutable_and_hides_its_secret() -> None:
    config = parse_config(VALID)
    with pytest.raises(ValidationError, match="frozen"):
        config.num_workers = 7
    assert KEY not in repr(config)


INVALID = [
    ({}, "credentials is missing; write {"),
    ({"credentials": None}, "credentials is missing"),
    ({"\ud800": 1}, "credentials is missing; write {"),
    ({"credentials": "sk"}, "credentials is of the wrong type; write {"),
    ({"credentials": {}}, 'credentials.auth_type is missing; write "api_key", "access_token" or "oauth2.0"'),
    ({"credentials": {"auth_type": "password"}}, "credentials.auth_type is none that is supported; write"),
    ({"credentials": {"auth_type": "oauth2"}}, "credentials.auth_type is none that is supported; write"),
    (with_oauth(client_id=None), "credentials.client_id is missing; write the id of the OAuth client as a text"),
    (with_oauth(client_secret=7), "credentials.client_secret is of the wrong type; write the secret of the OAuth cl"),
    (with_oauth(refresh_token=["x"]), "credentials.refresh_token is of the wrong type; write the token that authoriz"),
    ({"credentials": {"auth_type": "oauth2.0"}}, "credentials.client_id is missing; write the id of the OAuth client"),
    ({"credentials": {"auth_type": "oauth2.0"}}, "credentials.client_secret is missing; write the secret of the OAuth"),
    ({"credentials": {"auth_type": "oauth2.0"}}, "credentials.refresh_token is missing; write the token that authori"),
    (with_oauth(client_id=" "), "credentials.client_id is empty; paste the value"),
    (with_oauth(client_secret=""), "credentials.client_secret is empty; paste the value"),
    (with_oauth(refresh_token="\n"), "credentials.refresh_token is empty; paste the value"),
    (with_oauth(refresh_token="a\nb"), "credentials.refresh_token has a line break or another character that no"),
    (with_oauth(client_secret="sécret"), "credentials.client_secret has a line break or another character that no"),
    (with_oauth(refresh_token=KEY), 'credentials.refresh_token is an API key; set auth_type to "api_key" and write'),
    ({"credentials": {"auth_type": "api_key"}}, "credentials.api_key is missing; write the key"),
    (with_key(""), "credentials.api_key is empty; paste the value"),
    (with_key("  \n"), "credentials.api_key is empty"),
    (with_key("Bearer "), "credentials.api_key is empty"),
    (with_key(7), "credentials.api_key is of the wrong type; write the key"),
    (with_key("sk-apik_"), "credentials.api_key is not an API key: those start with sk-apik_"),
    (with_key("xyz"), "credentials.api_key is not an API key: those start with sk-apik_; paste the whole key, or, if"),
    (with_key("sk-apik_a b"), "credentials.api_key has a space, a line break or another character"),
    (with_key("sk-apik_a\nb"), "credentials.api_key has a space, a line break or another character"),
    (with_key("sk-apik_é"), "credentials.api_key has a space, a line break or another character"),
    (with_token(KEY), 'credentials.access_token is an API key, not an access token; set auth_type to "api_key"'),
    (with_token(""), "credentials.access_token is empty"),
    ({**VALID, "start_date": "yesterday"}, "start_date 'yesterday' is not a date; write it like 2024-01-01T00"),
    ({**VALID, "start_date": "2024-13-01"}, "start_date '2024-13-01T00:00:00Z' is not a date"),
    ({**VALID, "start_date": "2024-01-01T00:00:00"}, "doesn't say in which time zone; add Z for UTC"),
    ({**VALID, "start_date": "0001-01-01T00:00:00+05:00"}, "start_date '0001-01-01T00:00:00+05:00' is not a date"),
    ({**VALID, "start_date": 20240101}, "start_date is of the wrong type; write a text like 2024"),
    ({**VALID, "start_date": 20240101.5}, "start_date is of the wrong type; write a text like 2024"),
    ({**VALID, "num_workers": 0}, "num_workers is out of range; write a whole number from 1 to 20"),
    ({**VALID, "num_workers": 21}, "num_workers is out of range; write a whole number from 1 to 20"),
    ({**VALID, "num_workers": 1.5}, "num_workers is of the wrong type; write a whole number from 1 to 20"),
    ({**VALID, "num_workers": "many"}, "num_workers is of the wrong type; write a whole number from 1 to 20"),
    ({**VALID, "num_workers": True}, "num_workers is true; write a whole number"),
    ({**VALID, "lookback_window_seconds": -1}, "lookback_window_seconds is out of range; write a whole number from 0"),
    ({**VALID, "lookback_window_seconds": 10**12}, "lookback_window_seconds is out of range"),
    ({**VALID, "crm_contact_ids": [str(n) for n in range(21)]}, "crm_contact_ids has 21 ids; the API takes at most 20"),
    ({**VALID, "crm_contact_ids": "123"}, 'crm_contact_ids is of the wrong type; write a list of texts, like ["123"'),
    ({**VALID, "crm_contact_ids": ["", "1"]}, "crm_contact_ids has an entry that is not an id"),
    ({**VALID, "crm_contact_ids": [True]}, "crm_contact_ids has an entry that is not an id"),
    ({**VALID, "crm_contact_ids": [["1"]]}, "crm_contact_ids has an entry that is not an id"),
    ({**VALID, "engagement_details": ["notes"]}, "engagement_details has an entry that is no part of an engagement"),
    ({**VALID, "engagement_details": ["media_url"]}, "engagement_details has media_url, which expires soon"),
    ({**VALID, "engagement_details": [["tags"]]}, "engagement_details has an entry that is not a text"),
    ({**VALID, "engagement_details": "tags"}, 'of the wrong type; write a list of texts, like ["transcript", "tags"]'),
    ({**VALID, "search": ["a"]}, "search is of the wrong type; write a text"),
    ({**VALID, "api_url": "http://example.com/api"}, "api_url is not encrypted"),
    ({**VALID, "api_url": "http://127.0.0.1.example.com"}, "is not encrypted"),
    ({**VALID, "api_url": "app.askelephant.ai/api"}, "api_url is not a web address"),
    ({**VALID, "api_url": "ftp://example.com"}, "is not a web address"),
    ({**VALID, "api_url": "https://"}, "is not a web address"),
    ({**VALID, "api_url": "https://[::1"}, "is not a web address"),
    ({**VALID, "api_url": "https://a.example:99999"}, "is not a web address"),
    ({**VALID, "api_url": "https://user:pw@example.com"}, "api_url has more than a host and a path"),
    ({**VALID, "api_url": "https://example.com/?a=b"}, "api_url has more than a host and a path"),
    ({**VALID, "api_url": 5}, "api_url is of the wrong type"),
]


@pytest.mark.parametrize(("raw", "sentence"), INVALID)
def test_a_mistake_is_answered_with_a_sentence(raw: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(raw)
    assert caught.value.failure_type == FailureType.config_error
    message = str(caught.value)
    assert message.startswith("Invalid configuration: ")
    assert sentence in message


def test_each_mistake_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({**with_key(""), "num_workers": 0, "start_date": "soon"})
    assert str(caught.value).count(";") == 5
    for field in ("credentials.api_key", "num_workers", "start_date"):
        assert field in str(caught.value)


@pytest.mark.parametrize("secret", ["xyz-secret", "sk-apik_a secret", "sk-apik_sécret"])
def test_a_mistake_in_a_secret_does_not_show_it(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(with_key(secret))
    assert secret not in repr(caught.value)
    assert "secret" not in str(caught.value)


def test_a_start_date_after_the_servers_clock_is_refused() -> None:
    now, later = parse_instant("2026-03-01T12:00:00Z"), parse_instant("2026-03-01T12:00:01Z")
    refuse_future_start(now, now)
    refuse_future_start(later, None)
    refuse_future_start(None, now)
    with pytest.raises(ConfigError, match=r"start_date 2026-03-01T12:00:01Z is in the future .* 2026-03-01T12:00:00Z"):
        refuse_future_start(later, now)
