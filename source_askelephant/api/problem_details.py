"""What the API says of a failure: RFC 9457 problem details or an OAuth error (RFC 6749), read tolerantly.

An error may come from the API, or from a proxy that answers with a page of HTML, half a JSON object or nothing.
Whatever can be used is used; nothing in here raises.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from typing_extensions import override

from source_askelephant.errors import quoted

_MAX_FIELDS = 10  # that are told of


class FieldError(NamedTuple):
    """One entry of ``errors``: which request field the API refused, and why."""

    field: str
    message: str


class Problem(NamedTuple):
    """The parts of a problem document that help a person, and how long to wait. An absent text is empty.

    Attributes:
        retry_after: seconds to wait, None if that isn't said. Not documented; a client of an older API of the vendor
            reads it where there is no ``Retry-After``.
    """

    type: str = ""
    title: str = ""
    detail: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()
    retry_after: float | None = None

    @override
    def __str__(self) -> str:
        """The problem in one line: title, detail, fields at fault and the id that support asks for."""
        said = [self.title, self.detail, *(f"{error.field}: {error.message}" for error in self.errors)]
        text = "; ".join(dict.fromkeys(part.strip(": ").rstrip(".") for part in said if part.strip(": ")))
        return f"{text} (request_id {self.request_id})".strip() if self.request_id else text


def parse_problem(body: bytes | str) -> Problem:
    """Read problem details from an error's body; an empty problem if it holds none."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Problem()
    if not isinstance(document, Mapping):
        return Problem()
    errors = document.get("errors")
    return Problem(
        type=_text(document, "type"),
        title=_text(document, "title") or _text(document, "error"),
        detail=_text(document, "detail") or _text(document, "error_description"),
        request_id=_text(document, "request_id"),
        errors=tuple(
            FieldError(_text(error, "field"), _text(error, "message") or _text(error, "code"))
            for error in (errors[:_MAX_FIELDS] if isinstance(errors, list) else [])
            if isinstance(error, Mapping)
        ),
        retry_after=_seconds(document.get("retryAfterSeconds")),
    )


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value >= 0 else None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return quoted(value) if isinstance(value, str) else ""
