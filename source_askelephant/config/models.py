"""The configuration: its fields, their bounds and texts. ``parsing.py`` reads one.

The connector specification (the form in Airbyte's UI) is derived from these models, see ``spec.py``.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from source_askelephant.config import validators
from source_askelephant.config.validators import API_KEY_PREFIX, ENGAGEMENT_DETAILS, MAX_CRM_IDS, PRODUCTION_URL
from source_askelephant.instants import Instant

DEFAULT_LOOKBACK_SECONDS = 60
MAX_LOOKBACK_SECONDS = 365 * 24 * 60 * 60
DEFAULT_WORKERS = 4
MAX_WORKERS = 20


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)  # unknown fields: parsing.py


class ApiKeyCredentials(_Model):
    """An API key."""

    model_config = ConfigDict(
        title="API key",
        json_schema_extra={"description": "A key of the workspace. It is sent as it is, without a scheme in front."},
    )

    auth_type: Literal["api_key"] = Field(json_schema_extra={"order": 0})
    api_key: Annotated[SecretStr, BeforeValidator(validators.api_key)] = Field(
        title="API key",
        description=(
            "A key of your AskElephant workspace with a scope for each list that you want to read: contacts:read, "
            "companies:read, users:read, tags:read, engagements:read. It is shown once, when it is made."
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
    """An OAuth access token."""

    model_config = ConfigDict(
        title="OAuth access token",
        json_schema_extra={
            "description": "A token obtained through OAuth elsewhere. It is sent as a Bearer token, and not refreshed."
        },
    )

    auth_type: Literal["access_token"] = Field(json_schema_extra={"order": 0})
    access_token: Annotated[SecretStr, BeforeValidator(validators.access_token)] = Field(
        title="Access token",
        description=(
            "An OAuth access token with a scope for each list that you want to read, such as contacts:read. "
            "The connector can't renew it: syncs fail once it has expired."
        ),
        json_schema_extra={"order": 1, "airbyte_secret": True, "always_show": True},
    )


class OAuthCredentials(_Model):
    """An OAuth client, with the tokens that the consent of a user gave."""

    model_config = ConfigDict(
        title="OAuth client",
        json_schema_extra={
            "description": "An OAuth client with the consent of a user. The connector obtains access tokens itself, "
            "and renews them."
        },
    )

    auth_type: Literal["oauth2.0"] = Field(json_schema_extra={"order": 0})
    client_id: Annotated[SecretStr, BeforeValidator(validators.oauth_text)] = Field(
        title="Client id",
        description="The id of the OAuth client, as AskElephant showed it.",
        json_schema_extra={"order": 1, "airbyte_secret": True, "always_show": True},
    )
    client_secret: Annotated[SecretStr, BeforeValidator(validators.oauth_text)] = Field(
        title="Client secret",
        description="The secret of the OAuth client.",
        json_schema_extra={"order": 2, "airbyte_secret": True, "always_show": True},
    )
    refresh_token: Annotated[SecretStr, BeforeValidator(validators.oauth_text)] = Field(
        title="Refresh token",
        description=(
            "The token that authorizing the client gave, with a scope for each list that you want to read, such as "
            "contacts:read. It may work only once: the connector hands each new one to the platform."
        ),
        json_schema_extra={"order": 3, "airbyte_secret": True, "always_show": True},
    )
    access_token: Annotated[SecretStr | None, BeforeValidator(validators.stored_token)] = Field(
        default=None,
        title="Access token",
        description=(
            "The access token that came with the refresh token, if it is still good: until it expires, nothing is "
            "refreshed. The connector writes it here itself, with each new refresh token."
        ),
        json_schema_extra={"order": 4, "airbyte_secret": True},
    )
    token_expiry_date: Annotated[Instant | None, BeforeValidator(validators.instant)] = Field(
        default=None,
        title="Token expiry date",
        description="When the access token expires. Without a date it is used until it is refused.",
        json_schema_extra={
            "order": 5,
            "type": "string",
            "format": "date-time",
            "examples": ["2026-03-01T12:00:00Z"],
        },
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
    start_date: Annotated[Instant | None, BeforeValidator(validators.instant)] = Field(
        default=None,
        title="Start date",
        description=(
            "What last changed before this moment is left out, in every list. Without a start date, everything is read."
        ),
        json_schema_extra={
            "order": 1,
            "group": "what",
            "type": "string",
            "format": "date-time",
            "pattern": validators.START_DATE_PATTERN,
            "pattern_descriptor": "YYYY-MM-DDTHH:mm:ssZ",
            "examples": ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z", "2024-01-01"],
        },
    )
    search: Annotated[str | None, BeforeValidator(validators.text_or_none)] = Field(
        default=None,
        title="Search contacts",
        description="Of contacts, read only those whose full name or an email address contains this text.",
        json_schema_extra={"order": 2, "group": "what", "examples": ["example.com"]},
    )
    crm_contact_ids: Annotated[tuple[str, ...], BeforeValidator(validators.crm_contact_ids)] = Field(
        default=(),
        title="CRM contact ids",
        description=(
            f"Of contacts, read only those that belong to these contacts of your CRM. At most {MAX_CRM_IDS} ids."
        ),
        json_schema_extra={
            "order": 3,
            "group": "what",
            "examples": [["123", "456"]],
            "maxItems": MAX_CRM_IDS,
        },
    )
    engagement_details: Annotated[tuple[str, ...], BeforeValidator(validators.engagement_details)] = Field(
        default=(),
        title="Engagement details",
        description=(
            "Parts of engagements to read as well. companies, contacts and owner need the scopes companies:read, "
            "contacts:read and users:read. Transcripts make a sync much larger."
        ),
        json_schema_extra={
            "order": 4,
            "group": "what",
            "items": {"type": "string", "enum": list(ENGAGEMENT_DETAILS)},
            "uniqueItems": True,
            "examples": [["transcript", "tags"]],
        },
    )
    lookback_window_seconds: Annotated[int, BeforeValidator(validators.no_bool)] = Field(
        default=DEFAULT_LOOKBACK_SECONDS,
        ge=0,
        le=MAX_LOOKBACK_SECONDS,
        title="Lookback window in seconds",
        description=(
            "How many seconds a change may take until it can be read. What changed so shortly before the end of a sync "
            "is read again by the next one, which deduplication absorbs."
        ),
        json_schema_extra={"order": 5, "group": "how"},
    )
    num_workers: Annotated[int, BeforeValidator(validators.no_bool)] = Field(
        default=DEFAULT_WORKERS,
        ge=1,
        le=MAX_WORKERS,
        title="Number of workers",
        description=(
            "How many requests may be under way at once. More is faster, until the API's rate limit is reached."
        ),
        json_schema_extra={"order": 6, "group": "how"},
    )
    api_url: Annotated[str, BeforeValidator(validators.api_url)] = Field(
        default=PRODUCTION_URL,
        title="API address",
        description="Where the API is reached. Change it only for a staging workspace or a test server.",
        json_schema_extra={
            "order": 7,
            "group": "how",
            "pattern": r"^\s*https?://\S+\s*$",
            "pattern_descriptor": "https://host/path",
            "examples": [PRODUCTION_URL, "https://app-staging.askelephant.ai/api"],
        },
    )
