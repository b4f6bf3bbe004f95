"""The configuration: what a user may write, what is forgiven, and what each mistake is answered with.

The connector specification (the form in Airbyte's UI) is derived from these models, see ``spec.py``.
"""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from source_askelephant import values
from source_askelephant.errors import ConfigError
from source_askelephant.instants import Instant, format_instant
from source_askelephant.values import API_KEY_PREFIX, MOST_CRM_IDS, PRODUCTION_URL

DEFAULT_LOOKBACK_SECONDS = 60
LONGEST_LOOKBACK_SECONDS = 365 * 24 * 60 * 60
DEFAULT_WORKERS = 4
MOST_WORKERS = 20

_TAGGED_DEPTH = 3
_AUTH_TYPES = '"api_key", "access_token" or "oauth2.0"'
_WHAT_TO_WRITE = {
    "credentials": 'write {"auth_type": "api_key", "api_key": "sk-apik_…"}',
    "credentials.api_key": f"write the key, which starts with {API_KEY_PREFIX}, as a text",
    "credentials.access_token": "write the token as a text",
    "credentials.client_id": "write the id of the OAuth client as a text",
    "credentials.client_secret": "write the secret of the OAuth client as a text",
    "credentials.refresh_token": "write the token that authorizing the client gave as a text",
    "start_date": "write a text like 2024-01-01T00:00:00Z",
    "search": "write a text",
    "crm_contact_ids": 'write a list of texts, like ["123", "456"]',
    "lookback_window_seconds": f"write a whole number from 0 to {LONGEST_LOOKBACK_SECONDS} (one year)",
    "num_workers": f"write a whole number from 1 to {MOST_WORKERS}",
    "api_url": f"write a text like {PRODUCTION_URL}",
}

# By pydantic's type of error. "error" is the text of a ValueError of values.py.
_SENTENCES = {
    "value_error": "{field} {error}",
    "missing": "{field} is missing; {wanted}",
    "extra_forbidden": "{field} is not a field of this connector{closest}; remove or rename it",
    "union_tag_not_found": "{field}.auth_type is missing; write " + _AUTH_TYPES,
    "union_tag_invalid": "{field}.auth_type is none that is supported; write " + _AUTH_TYPES,
    "greater_than_equal": "{field} is out of range; {wanted}",
    "less_than_equal": "{field} is out of range; {wanted}",
}
_WRONG_TYPE = "{field} is of the wrong type; {wanted}"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ApiKeyCredentials(_Model):
    """A key of the workspace. It is sent as it is, without a scheme in front."""

    model_config = ConfigDict(title="API key")

    auth_type: Literal["api_key"] = Field(json_schema_extra={"order": 0})
    api_key: Annotated[SecretStr, BeforeValidator(values.api_key)] = Field(
        title="API key",
        description=(
            "A key of your AskElephant workspace with the scope contacts:read. It is shown once, when it is made."
        ),
        json_schema_extra={
            "order": 1,
            "airbyte_secret": True,
            "always_show": True,
            "pattern": rf"^\s*([Bb][Ee][Aa][Rr][Ee][Rr]\s+)?{API_KEY_PREFIX}\S+\s*$",
            "pattern_descriptor": f"{API_KEY_PREFIX}<id>.<secret>",
        },
    )


class AccessTokenCredentials(_Model):
    """A token obtained through OAuth elsewhere. It is sent as a Bearer token, and not refreshed."""

    model_config = ConfigDict(title="OAuth access token")

    auth_type: Literal["access_token"] = Field(json_schema_extra={"order": 0})
    access_token: Annotated[SecretStr, BeforeValidator(values.access_token)] = Field(
        title="Access token",
        description=(
            "An OAuth access token with the scope contacts:read. "
            "The connector can't renew it: syncs fail once it has expired."
        ),
        json_schema_extra={"order": 1, "airbyte_secret": True, "always_show": True},
    )


class OAuthCredentials(_Model):
    """An OAuth client with the consent of a user. The connector obtains access tokens itself, and renews them."""

    model_config = ConfigDict(title="OAuth client")

    auth_type: Literal["oauth2.0"] = Field(json_schema_extra={"order": 0})
    client_id: Annotated[SecretStr, BeforeValidator(values.oauth_text)] = Field(
        title="Client id",
        description="The id of the OAuth client, as AskElephant showed it.",
        json_schema_extra={"order": 1, "airbyte_secret": True, "always_show": True},
    )
    client_secret: Annotated[SecretStr, BeforeValidator(values.oauth_text)] = Field(
        title="Client secret",
        description="The secret of the OAuth client.",
        json_schema_extra={"order": 2, "airbyte_secret": True, "always_show": True},
    )
    refresh_token: Annotated[SecretStr, BeforeValidator(values.oauth_text)] = Field(
        title="Refresh token",
        description=(
            "The token that authorizing the client with the scope contacts:read gave. It may work only once: "
            "the connector hands each new one to the platform."
        ),
        json_schema_extra={"order": 3, "airbyte_secret": True, "always_show": True},
    )


Credentials = ApiKeyCredentials | AccessTokenCredentials | OAuthCredentials


class Config(_Model):
    """All that a user may set. Immutable; every value is checked and in one canonical form."""

    model_config = ConfigDict(title="AskElephant")

    credentials: Credentials = Field(
        title="Authentication",
        description="How the connector proves to AskElephant who it is.",
        discriminator="auth_type",
        json_schema_extra={"order": 0, "group": "auth", "display_type": "radio"},
    )
    start_date: Annotated[Instant | None, BeforeValidator(values.start_date)] = Field(
        default=None,
        title="Start date",
        description=(
            "Contacts that last changed before this moment are left out. "
            "Without a start date, all contacts of the workspace are read."
        ),
        json_schema_extra={
            "order": 1,
            "group": "what",
            "type": "string",
            "format": "date-time",
            "pattern": values.START_DATE_PATTERN,
            "pattern_descriptor": "YYYY-MM-DDTHH:mm:ssZ",
            "examples": ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z", "2024-01-01"],
        },
    )
    search: Annotated[str | None, BeforeValidator(values.text_or_none)] = Field(
        default=None,
        title="Search",
        description="Read only contacts whose full name or an email address contains this text.",
        json_schema_extra={"order": 2, "group": "what", "examples": ["example.com"]},
    )
    crm_contact_ids: Annotated[tuple[str, ...], BeforeValidator(values.crm_contact_ids)] = Field(
        default=(),
        title="CRM contact ids",
        description=(f"Read only the contacts that belong to these contacts of your CRM. At most {MOST_CRM_IDS} ids."),
        json_schema_extra={
            "order": 3,
            "group": "what",
            "examples": [["123", "456"]],
            "maxItems": MOST_CRM_IDS,
        },
    )
    lookback_window_seconds: Annotated[int, BeforeValidator(values.no_bool)] = Field(
        default=DEFAULT_LOOKBACK_SECONDS,
        ge=0,
        le=LONGEST_LOOKBACK_SECONDS,
        title="Lookback window in seconds",
        description=(
            "An incremental sync starts this many seconds before the newest contact of the sync before, "
            "in case a change was saved late. Contacts within it are read again, which deduplication absorbs."
        ),
        json_schema_extra={"order": 4, "group": "how"},
    )
    num_workers: Annotated[int, BeforeValidator(values.no_bool)] = Field(
        default=DEFAULT_WORKERS,
        ge=1,
        le=MOST_WORKERS,
        title="Number of workers",
        description=(
            "How many requests may be under way at once. More is faster, until the API's rate limit is reached."
        ),
        json_schema_extra={"order": 5, "group": "how"},
    )
    api_url: Annotated[str, BeforeValidator(values.api_url)] = Field(
        default=PRODUCTION_URL,
        title="API address",
        description="Where the API is reached. Change it only for a staging workspace or a test server.",
        json_schema_extra={
            "order": 6,
            "group": "how",
            "pattern": r"^\s*https?://\S+\s*$",
            "pattern_descriptor": "https://host/path",
            "examples": [PRODUCTION_URL, "https://app-staging.askelephant.ai/api"],
        },
    )


def parse_config(raw: Mapping[str, Any]) -> Config:
    """Check a configuration as a user wrote it.

    Names that start with an underscore are the platform's own and are passed over; a null means absent.

    Raises:
        ConfigError: names each field at fault, what is wrong with it and what to write instead.
            It never shows a secret.
    """
    given = {name: value for name, value in raw.items() if not name.startswith("_") and value is not None}
    try:
        return Config.model_validate(given)
    except ValidationError as error:
        problems = [_sentence(detail) for detail in error.errors(include_url=False)]
        raise ConfigError("Invalid configuration: " + "; ".join(problems) + ".") from None


def _sentence(problem: ErrorDetails) -> str:
    """One problem in words: the field, what is wrong with it, and what to write instead."""
    # A tagged union puts the tag into the location: credentials.api_key.api_key.
    path = [str(part) for part in problem["loc"]]
    path = path if len(path) < _TAGGED_DEPTH else [path[0], *path[2:]]
    field = ".".join(path) or "a field's name"
    return _SENTENCES.get(problem["type"], _WRONG_TYPE).format(
        field=field,
        wanted=_WHAT_TO_WRITE.get(field, "see the documentation"),
        closest=_closest(path),
        **{"error": "", **problem.get("ctx", {})},
    )


def _closest(path: list[str]) -> str:
    if not path:
        return ""
    known = list(Config.model_fields)
    if len(path) > 1:
        known = [name for kind in get_args(Credentials) for name in kind.model_fields]
    matches = difflib.get_close_matches(path[-1], known, n=1)
    return f" (did you mean {matches[0]}?)" if matches else ""


def refuse_future_start(start_date: Instant | None, served_at: Instant | None) -> None:
    """Compare the start date with the server's clock; this machine's own may be wrong.

    Raises:
        ConfigError: if the start date lies in the future, so that nothing would ever be read.
    """
    if start_date is not None and served_at is not None and start_date > served_at:
        raise ConfigError(
            f"Invalid configuration: start_date {format_instant(start_date)} is in the future "
            f"(AskElephant's clock says {format_instant(served_at)}); write a moment in the past."
        )
