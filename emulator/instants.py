"""Instants: whole microseconds since 1970 (UTC) inside, ISO 8601 and HTTP dates outside."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from functools import lru_cache
from typing import Literal

Precision = Literal["s", "ms", "us"]

SECOND = 1_000_000
DAY = 86_400 * SECOND
STEPS: dict[Precision, int] = {"s": SECOND, "ms": 1_000, "us": 1}
FIRST = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z, the first instant that a timestamp can show."""
LAST = 253_402_300_800 * SECOND - 1
"""The last one: 9999-12-31T23:59:59.999999Z."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)


def parse_nanoseconds(text: str) -> int:
    """Nanoseconds since 1970 of an ISO 8601 instant.

    Accepts exactly `YYYY-MM-DDThh:mm:ss`, an optional fraction of 1 to 9 digits, then `Z` or `±hh:mm`.

    Raises:
        ValueError: for any other text, and for dates that do not exist.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an instant such as 2026-03-01T12:00:00Z")
    date, time, fraction, sign, hours, minutes = match.groups()
    local = datetime.fromisoformat(f"{date}T{time}+00:00")
    seconds = (local - _EPOCH) // timedelta(seconds=1)
    if sign:
        offset = (int(hours) * 60 + int(minutes)) * 60
        seconds += -offset if sign == "+" else offset
    return seconds * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


def parse(text: str) -> int:
    """Microseconds since 1970, rounded down; accepts and raises what parse_nanoseconds does."""
    return parse_nanoseconds(text) // 1_000


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def render(instant: int, precision: Precision, *, trim_zero_fraction: bool = False) -> str:
    """`2026-03-01T12:00:00Z`, with three or six digits of fraction for "ms" and "us".

    With trim_zero_fraction a fraction of zero is left out.
    """
    day, rest = divmod(instant, DAY)
    seconds, micros = divmod(rest, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    whole = f"{_date(day)}T{hour:02}:{minute:02}:{second:02}"
    if precision == "s" or (trim_zero_fraction and not micros):
        return f"{whole}Z"
    return f"{whole}.{micros // 1_000:03}Z" if precision == "ms" else f"{whole}.{micros:06}Z"


def shown(instant: int, precision: Precision, *, is_rounded: bool = False) -> int:
    """The instant as a timestamp of this precision shows it: cut, or rounded half up as far as the calendar goes."""
    step = STEPS[precision]
    rounded = (instant + step // 2) // step * step if is_rounded else instant
    return (rounded if rounded <= LAST else instant) // step * step


def http_date(instant: int) -> str:
    """`Sun, 01 Mar 2026 12:00:00 GMT` (RFC 9110), rounded down to the second."""
    return formatdate(instant // SECOND, usegmt=True)
