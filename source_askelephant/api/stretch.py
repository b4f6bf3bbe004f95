"""What the API let through from one pause to the next. Instants are seconds of any clock that only goes forward."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

WINDOWS = (1.0, 10.0, 60.0, 3_600.0)
"""Seconds for which limits are usually given: "20 a second", "600 a minute"."""
ROUNDING = 1.0
"""Seconds by which ``Retry-After`` may be longer than need be: it is in whole ones."""


@dataclass(eq=False)
class Stretch:
    """What went out from one pause to the next, and that pause.

    Attributes:
        began: when the first request went out.
        accepted: how many went out and were not refused.
        crowd: how many of them went out when so many were under way.
        first_refused: when the first request that was refused went out.
        refused_at: when that was known, None if nothing has been refused.
        spared: how many were under way then, and were not refused.
        asked: seconds that the API asked to wait, at most; 0 if it didn't say.
        paused: seconds without a request.
        is_prolonged: whether later ones were taken in.
    """

    began: float
    accepted: int = 0
    crowd: Counter[int] = field(default_factory=Counter)
    first_refused: float = 0.0
    refused_at: float | None = None
    spared: int = 0
    asked: float = 0.0
    paused: float = 0.0
    is_prolonged: bool = False

    @property
    def window(self) -> float:
        """Seconds for which the limit seems to be given. A pause of our own may be half as long again as need be."""
        least = self.asked - ROUNDING if self.asked else self.paused / 1.5
        return next((each for each in WINDOWS if least <= each), WINDOWS[-1])


class Ticket(NamedTuple):
    """A request that went out: when, in which stretch, and how many were under way with it."""

    sent: float
    stretch: Stretch
    under_way: int
