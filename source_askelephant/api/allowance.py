"""How many requests are left, as the API's headers say: with them, nothing need be refused at all. Pure.

Instants are seconds of any clock that only goes forward.
"""

import math

from source_askelephant.api.limit_headers import Quota

MAX_SECONDS = 60.0
"""For which it is believed that none is left: then a request goes out, and if it is refused, that says more."""
MAX_PACED_WINDOW = 10.0
"""Seconds. What is left in a longer window is asked for at once: the read may be over before the window is."""
CAUTION = 0.02
"""By how much less than the limit goes out: a request that comes a little early isn't refused."""


class Allowance:
    """What is left of the API's limit, as far as its headers are right.

    Attributes:
        gap: seconds from one request to the next, 0 if they don't matter.
    """

    def __init__(self) -> None:
        self.gap = 0.0
        self._left = self._until = math.inf
        self._window = 0.0
        self._is_believed = True

    def wait(self, now: float) -> float:
        """Seconds until there is one left; 0 or less: now."""
        return self._until - now if self._left <= 0 else 0.0

    def start(self, now: float) -> None:
        """Note that a request goes out."""
        self._left = math.inf if now >= self._until else self._left - 1

    def note(self, quota: Quota, *, sent: float, under_way: int, now: float) -> None:
        """Take what the answer to a request says.

        Args:
            quota: what is left.
            sent: when the request went out.
            under_way: how many others are, which may not have been counted.
            now: the time.
        """
        if not self._is_believed:
            return
        if quota.remaining <= 0 and quota.limit != 1 and self._until <= sent:
            # Its window was over, and this request was let through: what is said must be said of something else.
            self._is_believed, self.gap, self._left = False, 0.0, math.inf
            return
        self._left = quota.remaining - under_way
        self._until = now + min(quota.seconds, MAX_SECONDS)
        self._window = quota.window or max(self._window, quota.seconds)
        is_short = bool(quota.limit) and self._window <= MAX_PACED_WINDOW
        self.gap = (1 + CAUTION) * self._window / (quota.limit or 1) if is_short else 0.0
