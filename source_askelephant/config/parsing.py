"""Reading a configuration as a user wrote it: each mistake is answered with one sentence."""

import difflib
import logging
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from source_askelephant.config.models import MAX_LOOKBACK_SECONDS, MAX_WORKERS, Config, Credentials
from source_askelephant.config.validators import API_KEY_PREFIX, PRODUCTION_URL
from source_askelephant.errors import ConfigError

logger = logging.getLogger("airbyte")

MAX_NAME_LENGTH = 100
"""Characters of an unknown field's name that are shown."""

_TAGGED_DEPTH = 3
_AUTH_TYPES = '"api_key", "access_token" or "oauth2.0"'
_WHAT_TO_WRITE = {
    "credentials": 'write {"auth_type": "api_key", "api_key": "sk-apik_…"}',
    "credentials.api_key": f"write the key, which starts with {API_KEY_PREFIX}, as a text",
    "credentials.access_token": "write the token as a text",
    "credentials.client_id": "write the id of the OAuth client as a text",
    "credentials.client_secret": "write the secret of the OAuth client as a text",
    "credentials.refresh_token": "write the token that authorizing the client gave as a text",
    "search": "write a text",
    "crm_contact_ids": 'write a list of texts, like ["123", "456"]',
    "engagement_details": 'write a list of texts, like ["transcript", "tags"]',
    "lookback_window_seconds": f"write a whole number from 0 to {MAX_LOOKBACK_SECONDS} (one year)",
    "num_workers": f"write a whole number from 1 to {MAX_WORKERS}",
    "api_url": f"write a text like {PRODUCTION_URL}",
}

# By pydantic's type of error. "error" is the text of a ValueError of validators.py.
_SENTENCES = {
    "value_error": "{field} {error}",
    "missing": "{field} is missing; {wanted}",
    "union_tag_not_found": "{field}.auth_type is missing; write " + _AUTH_TYPES,
    "union_tag_invalid": "{field}.auth_type is none that is supported; write " + _AUTH_TYPES,
    "greater_than_equal": "{field} is out of range; {wanted}",
    "less_than_equal": "{field} is out of range; {wanted}",
}
_WRONG_TYPE = "{field} is of the wrong type; {wanted}"


def parse_config(raw: Mapping[str, Any]) -> Config:
    """Check a configuration as a user wrote it.

    Names that start with an underscore are the platform's own and are passed over; a null means absent. A field that
    isn't known may be one of another version: it is ignored, and the log warns.

    Raises:
        ConfigError: names each field at fault, what is wrong with it and what to write instead.
            It never shows a secret.
    """
    given = _given(raw)
    unknown = list(_unknown_fields(given))
    try:
        config = Config.model_validate(given)
    except ValidationError as error:
        # What is unknown as well: it may be what is missing, misspelt.
        problems = [*(_sentence(detail) for detail in error.errors(include_url=False)), *unknown]
        raise ConfigError("Invalid configuration: " + "; ".join(problems) + ".") from None
    for sentence in unknown:
        logger.warning(f"Configuration: {sentence}.")
    return config


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _given(value) if isinstance(value, Mapping) else value
        for name, value in fields.items()
        if not name.startswith("_") and value is not None
    }


def _unknown_fields(given: dict[str, Any]) -> Iterator[str]:
    """A sentence for each field that isn't known, with the one that it may be meant for."""
    levels = [("", given, set(Config.model_fields))]
    credentials = given.get("credentials")
    if isinstance(credentials, dict):
        fields = {_auth_type(kind): set(kind.model_fields) for kind in get_args(Credentials)}
        known = fields.get(str(credentials.get("auth_type")), set().union(*fields.values()))
        levels.append(("credentials.", credentials, known))
    for prefix, level, known in levels:
        for name in (name for name in level if name not in known):
            matches = difflib.get_close_matches(name, known - level.keys(), n=1)
            closest = f" (did you mean {matches[0]}?)" if matches else ""
            yield f"{prefix}{_shown(name)} is not a field of this connector{closest}; it is ignored"


def _auth_type(kind: type[BaseModel]) -> str:
    (auth_type,) = get_args(kind.model_fields["auth_type"].annotation)
    return str(auth_type)


def _shown(name: str) -> str:
    """A name that anybody may have made up, in one line of bounded length."""
    if API_KEY_PREFIX in name:  # pasted into the wrong place
        return "a key"
    name = name[:MAX_NAME_LENGTH]
    return name if name.isascii() and name.isidentifier() else ascii(name)


def _sentence(problem: ErrorDetails) -> str:
    """One problem in words: the field, what is wrong with it, and what to write instead."""
    # A tagged union puts the tag into the location: credentials.api_key.api_key.
    path = [str(part) for part in problem["loc"]]
    path = path if len(path) < _TAGGED_DEPTH else [path[0], *path[2:]]
    field = ".".join(path) or "a field's name"
    return _SENTENCES.get(problem["type"], _WRONG_TYPE).format(
        field=field,
        wanted=_WHAT_TO_WRITE.get(field, "see the documentation"),
        **{"error": "", **problem.get("ctx", {})},
    )
