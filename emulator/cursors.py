"""Cursors: where the next page begins, as a text that clients pass on unread.

Both kinds are base64url of JSON. "position" holds the place itself: `{"id": …, "updated_at": <microseconds>}`.
"record" holds the last record's id alone, as in the vendor's example: its place is looked up when it is used.
"""

import base64
import binascii
import json

from emulator.instants import SECOND
from emulator.settings import Settings
from emulator.store import Key


class UnreadableCursorError(ValueError):
    """The text is no cursor of this server's kind."""


class ExpiredCursorError(ValueError):
    """The cursor was given out too long ago."""


class Cursors:
    """Gives cursors out, reads them, and knows how old they are when the settings limit that.

    A cursor that comes from elsewhere but can be read has no age.
    """

    def __init__(self, settings: Settings) -> None:
        self._kind = settings.cursor
        self._most_requests = settings.cursor_ttl_requests
        self._most_seconds = settings.cursor_ttl_seconds
        self._expires = self._most_requests is not None or self._most_seconds is not None
        self._issued: dict[str, tuple[int, int]] = {}

    def give(self, key: Key, *, request: int, now: int) -> str:
        """The cursor of the page that ends with this key; `request` is the count of requests so far."""
        updated_at, contact_id = key
        held: dict[str, object] = {"id": contact_id}
        if self._kind == "position":
            held["updated_at"] = updated_at
        text = base64.urlsafe_b64encode(json.dumps(held, separators=(",", ":")).encode()).decode()
        cursor = text.rstrip("=")
        if self._expires:
            self._issued[cursor] = (request, now)
        return cursor

    def read(self, cursor: str, *, request: int, now: int) -> tuple[str, int | None]:
        """The id in the cursor, and its updated_at when that is in it too ("position").

        Raises:
            UnreadableCursorError: when it is no cursor of this kind.
            ExpiredCursorError: when it is older than the settings allow.
        """
        held = _decode(cursor)
        contact_id, updated_at = held.get("id"), held.get("updated_at")
        if not isinstance(contact_id, str):
            raise UnreadableCursorError(cursor)
        if self._kind == "record":
            updated_at = None
        elif not isinstance(updated_at, int):
            raise UnreadableCursorError(cursor)
        self._check_age(cursor.rstrip("="), request, now)
        return contact_id, updated_at

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
