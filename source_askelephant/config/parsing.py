"""Reading a configuration as a user wrote it: each mistake is answered with one sentence."""

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from source_askelephant.config.models import MAX_LOOKBACK_SECONDS, MAX_WORKERS, Config, Credentials
from source_askelephant.config.validators import API_KEY_PREFIX, PRODUCTION_URL
from source_askelephant.errors import ConfigError

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
    "lookback_window_seconds": f"write a whole number from 0 to {MAX_LOOKBACK_SECONDS} (one year)",
    "num_workers": f"write a whole number from 1 to {MAX_WORKERS}",
    "api_url": f"write a text like {PRODUCTION_URL}",
}

# By pydantic's type of error. "error" is the text of a ValueError of validators.py.
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
