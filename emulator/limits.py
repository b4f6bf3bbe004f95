"""How often the API may be asked, and how many requests at once."""

import math
from collections import deque
from typing import Protocol

from emulator import instants
from emulator.problems import ProblemError
from emulator.settings import Settings

WAIT_FOR_A_PLACE = 1.0
"""Seconds that a request is asked to wait which was one too many at once: nobody knows when another one ends."""


class Rule(Protocol):
    """Decides on one request after the other. Instants are seconds of a clock that never goes back."""

    def wait(self, at: float) -> float | None:
        """None when the request may pass, which counts it; else the seconds that it is asked to wait."""


class Limits:
    """The limits of the settings. Not thread-safe.

    `too_early` counts requests that came before a Retry-After that was given, here or by a fault, had passed.
    """

    def __init__(self, settings: Settings) -> None:
        self._rule = _rule(settings)
        self._most_at_once = settings.concurrency_limit
        self._asked = settings.retry_after_seconds
        self._is_exact = settings.retry_after_style in {"fraction", "body"}
        self._under_way = 0
        self._promised = -math.inf
        self.too_early = 0

    def admit(self, at: float) -> float | None:
        """None when the request may pass, which is under way until `leave()`; else the seconds that it has to wait."""
        self.too_early += at < self._promised
        if self._most_at_once is not None and self._under_way >= self._most_at_once:
            wait: float | None = WAIT_FOR_A_PLACE if self._asked is None else self._asked
        else:
            wait = None if self._rule is None else self._rule.wait(at)
        if wait is None:
            self._under_way += 1
            return None
        shown = wait if self._is_exact else math.ceil(wait)
        # What is refused during a pause may come at its end, although whole seconds may say more.
        self.promise(at, wait if isinstance(self._rule, Pause) else shown)
        return shown

    def left(self, at: float) -> tuple[int, float] | None:
        """How many requests may still pass for how many seconds; None where that isn't known."""
        return self._rule.left(at) if isinstance(self._rule, Window | Sliding) else None

    def leave(self) -> None:
        """A request that was let pass is under way no more."""
        self._under_way -= 1

    def promise(self, at: float, seconds: float) -> None:
        """A Retry-After goes out: requests before it has passed count as too early."""
        self._promised = max(self._promised, at + seconds)


def _rule(settings: Settings) -> Rule | None:
    most, seconds, asked = settings.rate_limit, settings.rate_limit_window_seconds, settings.retry_after_seconds
    if most is None:
        return None
    if settings.rate_limit_kind == "pause":
        return Pause(most, seconds, asked)
    burst = most if settings.rate_limit_burst is None else settings.rate_limit_burst
    rules: dict[str, Rule] = {
        "window": Window(most, seconds),
        "sliding": Sliding(most, seconds),
        "bucket": Bucket(most / seconds if seconds else math.inf, burst),
    }
    rule = rules[settings.rate_limit_kind]
    return rule if asked is None else Asking(rule, asked)


class Pause:
    """So many requests per window, which starts with its first one; then a pause in which every one is refused.

    A pause lasts whole seconds, or as long as is asked for, and a fresh window follows it.
    """

    def __init__(self, most: int, seconds: float, asked: float | None) -> None:
        self._most = most
        self._seconds = seconds
        self._asked = asked
        self._start = -math.inf
        self._count = 0
        self._end = -math.inf

    def wait(self, at: float) -> float | None:
        """See Rule."""
        if at < self._end:
            return self._end - at
        if at >= self._start + self._seconds:
            self._start, self._count = at, 0
        self._count += 1
        if self._count <= self._most:
            return None
        wait = math.ceil(self._start + self._seconds - at if self._asked is None else self._asked)
        self._end = at + wait
        self._start = -math.inf
        return wait


class Window:
    """So many requests from one multiple of the window's length to the next; what is refused doesn't count."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._end = -math.inf
        self._count = 0

    def wait(self, at: float) -> float | None:
        """See Rule."""
        if not self._seconds:
            return None
        if at >= self._end:
            self._end, self._count = (at // self._seconds + 1) * self._seconds, 0
        if self._count >= self._most:
            return self._end - at
        self._count += 1
        return None

    def left(self, at: float) -> tuple[int, float]:
        """See Limits."""
        return self._most - self._count, max(0.0, self._end - at)


class Sliding:
    """So many requests in any span of the window's length; what is refused doesn't count."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._passed: deque[float] = deque()

    def wait(self, at: float) -> float | None:
        """See Rule."""
        while self._passed and self._passed[0] <= at - self._seconds:
            self._passed.popleft()
        if len(self._passed) >= self._most:
            return self._passed[0] + self._seconds - at
        self._passed.append(at)
        return None

    def left(self, at: float) -> tuple[int, float]:
        """See Limits."""
        return self._most - len(self._passed), self._seconds - (at - self._passed[0]) if self._passed else 0.0


class Bucket:
    """A bucket of tokens, full at first, that fills up at a rate per second; each request that passes takes one."""

    def __init__(self, rate: float, size: int) -> None:
        self._rate = rate
        self._size = size
        self._tokens = float(size)
        self._seen = -math.inf

    def wait(self, at: float) -> float | None:
        """See Rule."""
        if at > self._seen:
            self._tokens = min(self._size, self._tokens + (at - self._seen) * self._rate)
            self._seen = at
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return (1 - self._tokens) / self._rate


class Asking:
    """Another rule, which asks to wait as long as it is told, be that too long or too short."""

    def __init__(self, rule: Rule, asked: float) -> None:
        self._rule = rule
        self._asked = asked

    def wait(self, at: float) -> float | None:
        """See Rule."""
        return None if self._rule.wait(at) is None else self._asked


def left_headers(left: int, seconds: float, settings: Settings, now: int) -> dict[str, str]:
    """What an answer says of what is left, in the style of the settings; `now` is the clock's."""
    most, window, reset = settings.rate_limit, f"{settings.rate_limit_window_seconds:.0f}", math.ceil(seconds)
    policies = {"draft": f'"default";q={most};w={window}', "fields": f"{most};w={window}"}
    style = settings.rate_limit_headers
    if style == "draft":
        return {"RateLimit": f'"default";r={left};t={reset}', "RateLimit-Policy": policies[style]}
    if style == "old draft":
        return {"RateLimit": f"limit={most}, remaining={left}, reset={reset}"}
    if style == "garbage":
        return {"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "some", "X-RateLimit-Reset": "soon"}
    prefix = "RateLimit-" if style == "fields" else "X-RateLimit-"
    until = -(-now // instants.SECOND) + reset if style == "epoch" else reset
    headers = {f"{prefix}Limit": str(most), f"{prefix}Remaining": str(left), f"{prefix}Reset": str(until)}
    return headers | ({"RateLimit-Policy": policies[style]} if style in policies else {})


def too_many_requests(wait: float, settings: Settings, now: int) -> ProblemError:
    """The refusal that asks to wait so many seconds, in the style of the settings; `now` is the clock's."""
    end = -(-(now + round(wait * instants.SECOND)) // instants.SECOND) * instants.SECOND
    style = settings.retry_after_style
    headers = {
        "seconds": {"Retry-After": f"{wait:.0f}"},
        "fraction": {"Retry-After": f"{wait:.3f}"},
        "date": {"Retry-After": instants.http_date(end)},
        "garbage": {"Retry-After": "soon"},
    }.get(style, {})
    fields = {"retryAfterSeconds": round(wait, 3)} if style == "body" else {}
    detail = "Too many requests; see Retry-After."
    return ProblemError(settings.limit_status, "rate-limited", detail, headers=headers, fields=fields)
