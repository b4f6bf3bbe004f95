"""One page of a list, as the API answers it: ``{"object":"list","data":[…],"has_more":bool,"next_cursor":…}``."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

Record = dict[str, Any]

MAX_PAGE_SIZE = 100  # the API's limit on limit


class MalformedPageError(ValueError):
    """A body that is no page of a list, or not what else was asked for. Its text says what was found instead."""


class Page(NamedTuple):
    """The records of a page, and the cursor of the page after it (None on the last)."""

    records: list[Record]
    next_cursor: str | None


def parse_page(body: bytes) -> Page:
    """Read a page from the body of a successful answer.

    Raises:
        MalformedPageError: if the body is not JSON, or not a page as the API describes it.
    """
    document = parse_json(body)
    if not isinstance(document, Mapping):
        raise MalformedPageError(f"a JSON {type(document).__name__} where a list object was expected")
    records = document.get("data")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise MalformedPageError('a JSON object whose "data" is not a list of records')
    has_more, next_cursor = document.get("has_more"), document.get("next_cursor")
    if not isinstance(has_more, bool):
        raise MalformedPageError('a page whose "has_more" is neither true nor false')
    if not has_more:
        return Page(records, None)
    if not isinstance(next_cursor, str) or not next_cursor:
        raise MalformedPageError('a page that says there is more but has no "next_cursor"')
    return Page(records, next_cursor)


def parse_json(body: bytes) -> Any:
    """Read the body of a successful answer.

    Raises:
        MalformedPageError: if it is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    # The standard parser accepts what orjson rightly refuses but a name may contain: unpaired surrogates.
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedPageError(_describe(body)) from None


def _describe(body: bytes) -> str:
    start = body.lstrip()[:1]
    if not start:
        return "an empty body"
    if start == b"<":
        return "a page of HTML or XML"
    return "JSON that is cut off or broken" if start in b"{[" else "text that is not JSON"
