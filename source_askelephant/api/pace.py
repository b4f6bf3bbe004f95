"""So many requests a second, and slowly more, so that a limit that was raised is found. Pure: time is an argument.

::

    requests │                   ┌─
    a second │                ┌──┘
             │┌─── steady ────┘      where there is a limit, it shows as soon as the pace is above it
             └┘
                                  ► time

Instants are seconds of any clock that only goes forward.
"""

import math

CAUTION = 0.02
"""By how much less than the pace goes out at first."""
FIRST, SETTLED = 2.0, 30.0
"""Seconds before a pace grows: one that is a guess, and one that has proved good."""
GROWTH = 0.05
"""By how much it has grown after some seconds, eight times as much after twice as many."""
GROWTH_SECONDS = 3.0
MIN_REQUESTS = 8
"""That go out before it grows, and more than half of them while it does: fewer can't show anything."""
STEP_BACK = 0.02
"""By how much a pace is too fast that was refused within two windows; less, the longer it was held."""


class Pace:
    """The pace of the requests of all workers.

    Attributes:
        per_second: requests, before it grows; infinite if there is no pace.
    """

    def __init__(self) -> None:
        self.per_second = math.inf
        self._since = 0.0
        self._steady = FIRST
        self._growing = GROWTH_SECONDS

    @property
    def known(self) -> bool:
        """Whether there is a pace; without one, requests go out as fast as they can."""
        return self.per_second < math.inf

    def at(self, instant: float) -> float:
        """Requests a second."""
        passed = max(0.0, instant - self._since) - self._steady
        if passed < 0:
            return self.per_second * (1 - CAUTION * (passed / self._steady) ** 2)
        return self.per_second * (1 + GROWTH * (passed / self._growing) ** 3)

    def is_growing(self, instant: float) -> bool:
        """Whether it was let through for as long as it was steady."""
        return instant - self._since > self._steady

    def set(self, per_second: float, now: float, window: float, *, settled: bool) -> None:
        """Go on with another pace.

        Args:
            per_second: requests, more than 0.
            now: the time.
            window: seconds for which the limit seems to be given: it may refuse nobody before they are over.
            settled: whether the pace is known well enough to keep it for long.
        """
        self.per_second, self._since = per_second, now
        shown_after = min(max(window, MIN_REQUESTS / per_second), SETTLED)
        self._steady = max(SETTLED if settled else FIRST, shown_after)
        self._growing = max(min(self._steady, GROWTH_SECONDS), MIN_REQUESTS / 1.6 / per_second, min(window, 30) / 3)

    def below(self, refused: float, held: float, window: float) -> float:
        """The pace that is let through, for all that is known, when this one was held for some windows, and refused.

        Args:
            refused: when the request went out that was refused.
            held: seconds since the pause before it.
            window: seconds for which the limit seems to be given.
        """
        has_grown_little = self.is_growing(refused) and self.at(refused) < 1.2 * self.per_second
        if has_grown_little and held >= 5 * window:
            return self.per_second  # it was let through for long
        return self.at(refused - window) * (1 - STEP_BACK * min(1, 2 * window / held))
