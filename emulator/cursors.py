"""Cursors: where the next page begins, as a text that clients pass on unread.

Each kind is base64url of a JSON object with the fields in FIELDS. "position" holds the place itself, "record" the last
record's id alone, as in the vendor's example: its place is looked up when it is used. "after" holds the last record's
instant, which the next page begins after; "offset" how many records come before it, "page" how many pages of the limit
that is asked for; "snapshot" an offset within the list as it was when the first page was asked for. A cursor that
keeps something of the request for its first page has it in "query".
"""

import base64
import binascii
import json
from typing import NamedTuple

from emulator.instants import SECOND
from emulator.kinds import CursorKind
from emulator.settings import Settings

FIELDS: dict[CursorKind, tuple[str, ...]] = {
    "position": ("id", "updated_at"),
    "record": ("id",),
    "after": ("updated_at",),
    "offset": ("offset",),
    "page": ("page",),
    "snapshot": ("snapshot", "offset"),
}
POSSIBLE = range(10**9)


class Held(NamedTuple):
    """What a cursor holds; an empty text or 0 where its kind has no use for it. `updated_at` is in microseconds."""

    id: str = ""
    updated_at: int = 0
    offset: int = 0
    page: int = 0
    snapshot: int = 0
    query: str = ""


TYPES = Held.__annotations__


class UnreadableCursorError(ValueError):
    """The text is no cursor of this server's kind."""


class ExpiredCursorError(ValueError):
    """The cursor was given out too long ago."""


class Cursors:
    """Gives cursors out, reads them, and knows how old they are when the settings limit that.

    A cursor that comes from elsewhere but can be read has no age.
    """

    def __init__(self, settings: Settings) -> None:
        self._fields = FIELDS[settings.cursor] + (("query",) if settings.cursor_keeps != "nothing" else ())
        self._most_requests = settings.cursor_ttl_requests
        self._most_seconds = settings.cursor_ttl_seconds
        self._expires = self._most_requests is not None or self._most_seconds is not None
        self._issued: dict[str, tuple[int, int]] = {}

    def give(self, held: Held, *, request: int, now: int) -> str:
        """The cursor that holds what its kind needs of this; `request` is the count of requests so far."""
        fields = {name: getattr(held, name) for name in self._fields}
        text = base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()
        cursor = text.rstrip("=")
        if self._expires:
            self._issued[cursor] = (request, now)
        return cursor

    def read(self, cursor: str, *, request: int, now: int) -> Held:
        """What the cursor holds.

        Raises:
            UnreadableCursorError: when it is no cursor of this kind.
            ExpiredCursorError: when it is older than the settings allow.
        """
        fields = _decode(cursor)
        held = {name: fields.get(name) for name in self._fields}
        for name, value in held.items():
            if type(value) is not TYPES[name] or (name in {"offset", "page"} and value not in POSSIBLE):
                raise UnreadableCursorError(cursor)
        if self._expires:
            self._check_age(cursor.rstrip("="), request, now)
        return Held(**held)  # type: ignore[arg-type]  # checked above

    def _check_age(self, cursor: str, request: int, now: int) -> None:
        if cursor not in self._issued:
            return
        issued_request, issued_at = self._issued[cursor]
        if self._most_requests is not None and request - issued_request > self._most_requests:
            raise ExpiredCursorError(cursor)
        if self._most_seconds is not None and now - issued_at > self._most_seconds * SECOND:
            raise ExpiredCursorError(cursor)


def _decode(cursor: str) -> dict[str, object]:
    padded = cursor.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        held = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise UnreadableCursorError(cursor) from None
    if not isinstance(held, dict):
        raise UnreadableCursorError(cursor)
    return held
