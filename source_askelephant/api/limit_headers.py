"""What an answer's headers say of the API's limits. Whatever can't be read counts as absent; nothing in here raises.

- ``Retry-After`` (RFC 9110): whole seconds or a date; a fraction is read as well.
- ``RateLimit`` and ``RateLimit-Policy`` of the IETF's draft "RateLimit header fields for HTTP", as its later versions
  write it (``"default";r=50;t=30``, ``"default";q=100;w=60``) and as earlier ones do (``limit=100, remaining=50,
  reset=30``; ``RateLimit-Limit``, ``RateLimit-Remaining`` and ``RateLimit-Reset``).
- The same three with ``X-`` before them, as many APIs send them. ``Reset`` may be an instant: seconds or milliseconds
  since 1970.

AskElephant's documentation has the first only (API-FACTS: a 429 carries ``Retry-After``).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from source_askelephant.instants import MILLISECOND, SECOND, parse_http_date

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_MEMBER = re.compile(r"(?:^|[;,\s])(limit|remaining|reset|[qwrt])=(\d{1,15})(?=$|[;,\s])", re.ASCII)
_LEADING_NUMBER = re.compile(r"(\d{1,15})(?=$|[;,\s])", re.ASCII)
_LONG_NAMES = {"q": "limit", "r": "remaining", "t": "reset"}
_FIRST_EPOCH_SECOND, _FIRST_EPOCH_MILLISECOND = 10**9, 10**12  # no limit lasts for so many seconds


class Quota(NamedTuple):
    """How many requests are left for how long.

    Attributes:
        remaining: requests.
        seconds: until there are more.
        limit: requests in a window, None if that isn't said.
        window: its seconds, None if that isn't said.
    """

    remaining: int
    seconds: float
    limit: int | None = None
    window: float | None = None


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as ``Retry-After`` asks, None if it can't be read.

    A date counts from the answer's own ``Date``, so that this machine's clock doesn't matter.
    """
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until, now = parse_http_date(value), parse_http_date(headers.get("Date", ""))
    return None if until is None or now is None else max(0.0, (until - now) / SECOND)


def parse_quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left of a limit, None if it isn't said. Of several limits, the one of which least is left."""
    members = _members(headers.get("RateLimit", ""))
    policy = _members(headers.get("RateLimit-Policy", ""))
    for prefix in ("RateLimit-", "X-RateLimit-"):
        if not members:
            fields = {name.lower(): headers.get(prefix + name, "").strip() for name in ("Limit", "Remaining", "Reset")}
            members = {name: [int(found[1])] for name, text in fields.items() if (found := _LEADING_NUMBER.match(text))}
    left = [
        (remaining, seconds)
        for remaining, reset in zip(members.get("remaining", []), members.get("reset", []), strict=False)
        if (seconds := _seconds(reset, headers)) is not None
    ]
    if not left:
        return None
    limits, windows = policy.get("limit") or members.get("limit", []), policy.get("w", [])
    is_one = len(left) == len(limits) == 1
    return Quota(*min(left), limits[0] if is_one else None, windows[0] if is_one and len(windows) == 1 else None)


def _members(text: str) -> dict[str, list[int]]:
    """The numbers of a header, by their names; and of ``100;w=60``, as earlier versions of the draft write a policy."""
    members: dict[str, list[int]] = {}
    if first := _LEADING_NUMBER.match(text.strip()):
        members["limit"] = [int(first[1])]
    for name, value in _MEMBER.findall(text):
        members.setdefault(_LONG_NAMES.get(name, name), []).append(int(value))
    return members


def _seconds(reset: int, headers: Mapping[str, str]) -> float | None:
    """Seconds until a limit is reset, None if that was at an instant and nobody knows what time it is there."""
    if reset < _FIRST_EPOCH_SECOND:
        return float(reset)
    now = parse_http_date(headers.get("Date", ""))
    until = reset * (MILLISECOND if reset >= _FIRST_EPOCH_MILLISECOND else SECOND)
    return None if now is None else max(0.0, (until - now) / SECOND)
