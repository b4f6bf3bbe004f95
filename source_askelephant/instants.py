"""Instants, durations and windows of time, in whole microseconds.

The API writes the same moment with and without a fraction (``…00Z``, ``…00.000Z``), so that two timestamps
can't be compared as text: ``…00.500Z`` sorts before ``…00Z``. Everything that decides compares instants.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from dateutil.parser import isoparser

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z. Comparable, and halfway points are plain arithmetic."""

Duration = int
"""Microseconds between two instants."""

SECOND: Duration = 1_000_000
MILLISECOND: Duration = 1_000
FIRST_INSTANT: Instant = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z, before everything."""
LAST_INSTANT: Instant = 253_402_300_800 * SECOND - 1
"""9999-12-31T23:59:59.999999Z, the last one that can be written."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECOND_DIGITS = 6

_RFC_3339 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<time>(?!24)\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d+))?"
    r"(?:(?P<utc>[Zz])|(?P<hours>[+-]\d{2})(?::?(?P<minutes>[0-5]\d))?)",
    re.ASCII,
)
# dateutil alone takes any character for the T, and whatever int() takes for a number.
_ISO_8601 = re.compile(
    r"(?P<begin>\d{4}[\dW-]+T(?P<time>\d[\d:]+))(?:[.,](?P<fraction>\d+))?(?P<zone>Z|[+-]\d[\d:]*)?", re.ASCII
)
_UNITS_BY_DIGITS = {2: 3_600 * SECOND, 4: 60 * SECOND, 6: SECOND}
_MINUS_SIGN = "\N{MINUS SIGN}"
_PARSER = isoparser(sep="T")


class MissingZoneError(ValueError):
    """A date and time without a zone, which can be any of two dozen instants."""


class Window(NamedTuple):
    """A half-open range of ``updated_at``."""

    begin: Instant
    end: Instant


def parse_instant(text: str) -> Instant:
    """Read a timestamp of ISO 8601 that means one instant: a date, a time of that day, and its zone.

    Digits beyond the microsecond are cut off, so the result is never later than the text. Not read: leap seconds, and
    years of more than four digits.

    Raises:
        MissingZoneError: if it names no zone.
        ValueError: if the text is no such timestamp or names a moment that doesn't exist.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return _parse_other_form(text)
    offset = "+00:00" if match["utc"] else f"{match['hours']}:{match['minutes'] or '00'}"
    moment = datetime.fromisoformat(f"{match['date']}T{match['time']}{offset}")
    fraction = (match["fraction"] or "")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")
    return _since_epoch(moment, text) + int(fraction)


def _parse_other_form(text: str) -> Instant:
    """Read what is rarely written: ``20260301T120000Z``, ``24:00:00Z``, ``12:00,5Z``, a day of the week or year."""
    match = _ISO_8601.fullmatch(text.upper().replace(" ", "T", 1).replace(_MINUS_SIGN, "-"))
    if match is None:
        raise ValueError(f"{text!r} is not a timestamp like 2026-03-01T12:00:00Z")
    try:
        moment: datetime = _PARSER.isoparse(match["begin"] + (match["zone"] or ""))
        fraction = int(match["fraction"] or 0)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the years 1 to 9999") from None
    except ValueError:
        raise ValueError(f"{text!r} is not a timestamp like 2026-03-01T12:00:00Z") from None
    if fraction and match["time"].startswith("24"):
        raise ValueError(f"{text!r} is not a timestamp like 2026-03-01T12:00:00Z: the day ends at 24:00")
    if moment.tzinfo is None:
        raise MissingZoneError(f"{text!r} is not a timestamp like 2026-03-01T12:00:00Z: it names no time zone")
    last_unit = _UNITS_BY_DIGITS[len(match["time"].replace(":", ""))]  # what a fraction is of
    one: int = 10 ** len(match["fraction"] or "")
    return _since_epoch(moment, text) + fraction * last_unit // one


def _since_epoch(moment: datetime, text: str) -> Instant:
    try:
        return (moment.astimezone(timezone.utc) - _EPOCH) // _MICROSECOND
    except OverflowError:
        raise ValueError(f"{text!r} is outside the years 1 to 9999") from None


def parse_http_date(text: str) -> Instant | None:
    """Read a date of HTTP, which is in whole seconds (RFC 9110); None if it can't be read."""
    try:
        return int(parsedate_to_datetime(text).timestamp()) * SECOND
    except (TypeError, ValueError, OverflowError):
        return None


def is_date_time(text: str) -> bool:
    """Whether destinations can be expected to read a text as a date-time.

    That is RFC 3339; of ISO 8601's other forms those whose offset has no colon, or no minutes.
    """
    try:
        return _RFC_3339.fullmatch(text) is not None and parse_instant(text) is not None
    except ValueError:
        return False


def format_instant(instant: Instant) -> str:
    """Write an instant as the API takes it: UTC, with as few fractional digits as it needs (0, 3 or 6).

    What lies before the year 1 or after 9999 can't be written: it becomes the first or the last instant that can.
    """
    instant = min(max(instant, FIRST_INSTANT), LAST_INSTANT)
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
