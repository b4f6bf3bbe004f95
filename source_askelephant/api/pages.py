"""One page of a list, as the API answers it: ``{"object":"list","data":[…],"has_more":bool,"next_cursor":…}``."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from source_askelephant.instants import Instant, parse_http_date

Record = dict[str, Any]

MAX_PAGE_SIZE = 100  # the API's limit on limit

_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**64 - 1
_MAX_DIGITS = 20  # of these two, with the sign


class MalformedPageError(ValueError):
    """A body that is no page of a list, or not what else was asked for. Its text says what was found instead."""


class UnreadableError(MalformedPageError):
    """A body that is whole, but that can't be read or gone on from: to ask for it again brings the same."""


class Page(NamedTuple):
    """A page as it was received.

    Attributes:
        records: in the order asked for.
        next_cursor: of the page after it, None on the last.
        server_time: the server's clock when it answered (its ``Date``, to the second), None if it sent none.
        size: of the body, in bytes.
        odd: whether the records may hold what JSON hasn't (half a surrogate pair, NaN, an infinity), or NUL, which
            warehouses haven't.
    """

    records: list[Record]
    next_cursor: str | None
    server_time: Instant | None = None
    size: int = 0
    odd: bool = False


def parse_page(body: bytes, date: str = "") -> Page:
    """Read a page from the body of a successful answer.

    Args:
        body: as it was received.
        date: the answer's ``Date`` header, empty if it had none.

    Raises:
        MalformedPageError: if the body is not JSON, or not a page as the API describes it; UnreadableError if it is
            so for good.
    """
    document, odd = _load(body)
    if not isinstance(document, Mapping):
        raise MalformedPageError(f"a JSON {type(document).__name__} where a list object was expected")
    records = document.get("data")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise MalformedPageError('a JSON object whose "data" is not a list of records')
    has_more, next_cursor = document.get("has_more"), document.get("next_cursor")
    if not isinstance(has_more, bool):
        raise MalformedPageError('a page whose "has_more" is neither true nor false')
    if not has_more:
        return Page(records, None, parse_http_date(date), len(body), odd)
    if not isinstance(next_cursor, str) or not next_cursor:
        raise MalformedPageError('a page that says there is more but has no "next_cursor"')
    if not is_unicode(next_cursor):
        raise UnreadableError('a page whose "next_cursor" has half of a character (an unpaired surrogate)')
    return Page(records, next_cursor, parse_http_date(date), len(body), odd)


def parse_json(body: bytes) -> Any:
    """Read the body of a successful answer. Line breaks and other control characters may stand in a text as they are.

    Raises:
        MalformedPageError: if it is not JSON; UnreadableError if that isn't because it was cut off or is of another
            kind.
    """
    return _load(body)[0]


def _load(body: bytes) -> tuple[Any, bool]:
    """Read JSON; return also whether it is odd, see ``Page.odd``."""
    try:
        return orjson.loads(body), b"\\u0000" in body
    except orjson.JSONDecodeError:
        pass
    # The standard parser accepts what orjson rightly refuses but a name may contain: unpaired surrogates, and control
    # characters as they are.
    try:
        return json.loads(body, strict=False, parse_int=_number), True
    except (ValueError, RecursionError) as error:
        raise _described(body, error) from None


def is_unicode(text: str) -> bool:
    """Whether no half of a character (an unpaired surrogate) stands in it: no request could carry it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(digits: str) -> int | float:
    """An integer as orjson reads it: beyond 64 bits, it is the nearest double."""
    short = len(digits) <= _MAX_DIGITS  # Python refuses to read thousands of digits as an integer
    return number if short and _MIN_INTEGER <= (number := int(digits)) <= _MAX_INTEGER else float(digits)


def _described(body: bytes, error: Exception) -> MalformedPageError:
    """Say what a body is that can't be read as JSON."""
    start = body.lstrip()[:1]
    if not start:
        return MalformedPageError("an empty body")
    if start == b"<":
        return MalformedPageError("a page of HTML or XML")
    if start not in b"{[":
        return MalformedPageError("text that is not JSON")
    if isinstance(error, RecursionError):
        return UnreadableError("JSON that is nested too deeply to be read")
    if isinstance(error, UnicodeDecodeError) and error.end < len(body):  # at its end, it is cut off within a character
        return UnreadableError(f"JSON that is not UTF-8 (byte 0x{body[error.start]:02x} at position {error.start})")
    return MalformedPageError("JSON that is cut off or broken")
