"""Instants, durations and windows of time, in whole microseconds.

The API writes the same moment with and without a fraction (``…00Z``, ``…00.000Z``), so that two timestamps
can't be compared as text: ``…00.500Z`` sorts before ``…00Z``. Everything that decides compares instants.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z. Comparable, and halfway points are plain arithmetic."""

Duration = int
"""Microseconds between two instants."""

SECOND: Duration = 1_000_000
MILLISECOND: Duration = 1_000
FIRST_INSTANT: Instant = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z, before everything."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECOND_DIGITS = 6

_RFC_3339 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<time>\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d+))?"
    r"(?:(?P<utc>[Zz])|(?P<offset>[+-]\d{2}:\d{2}))",
    re.ASCII,
)


class Window(NamedTuple):
    """A half-open range of ``updated_at``."""

    begin: Instant
    end: Instant


def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 timestamp, which always names its zone (``Z`` or ``+hh:mm``).

    Digits beyond the microsecond are cut off, so the result is never later than the text.

    Raises:
        ValueError: if the text is no such timestamp or names a moment that doesn't exist.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a timestamp like 2026-03-01T12:00:00Z")
    offset = "+00:00" if match["utc"] else match["offset"]
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}{offset}").astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the years 1 to 9999") from None
    fraction = (match["fraction"] or "")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")
    return (moment - _EPOCH) // _MICROSECOND + int(fraction)


def format_instant(instant: Instant) -> str:
    """Write an instant as the API takes it: UTC, with as few fractional digits as it needs (0, 3 or 6)."""
    moment = _EPOCH + instant * _MICROSECOND
    if instant % SECOND == 0:
        timespec = "seconds"
    elif instant % MILLISECOND == 0:
        timespec = "milliseconds"
    else:
        timespec = "microseconds"
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def precision_of(instant: Instant) -> Duration:
    """One step of the precision that an instant shows (1, 1,000 or 1,000,000 microseconds): the rest isn't shown."""
    return next(step for step in (SECOND, MILLISECOND, 1) if instant % step == 0)


def instant_of(record: Mapping[str, Any], cursor_field: str) -> Instant | None:
    """When a record last changed; None if that can't be read, so that it can't be placed in time."""
    try:
        return parse_instant(record[cursor_field])
    except (KeyError, TypeError, ValueError):
        return None
