"""How far apart requests go out at a rate limit, learned from when the API refused them. Pure: time is an argument.

::

    requests │ ┐ no pace: the share of a window is used up in a moment
    a second │ │
             │ │            ┌──────┐ ┌──────   at a pace; refused again: a little slower, then gradually faster
             │ └─ pause ────┘      └─┘
                                               ► time

Without a pace, a limit of 40 requests a second and a ``Retry-After`` in whole seconds let ten workers through with
28 a second: they use up a second's share in 0.4 seconds, and then wait for a whole one.
"""

import math

_USUAL_WINDOWS = (1.0, 10.0, 60.0, 3600.0)
"""Seconds that rate limits are given for: "40 a second", "600 a minute"."""
_ROUNDING = 1.0
"""Seconds by which ``Retry-After`` may be more than the rest of the window: it is in whole ones."""
_SLACK = 1.01
"""A pace so much slower than the limit that a request which comes a little early isn't refused; more if one was."""
_LATE = 0.005
"""Seconds that a thread may wake up too late."""
_STEP_BACK = 1.04
"""How much a pace slows down when it is refused and the API's window isn't one of the usual ones."""
_GAIN = 4e-12
"""Share by which the pace quickens with each success, times the square of the successes since the last refusal: as
much as the slack in 2,000, four times in 10,000. A refusal costs more than a limit that rises is worth at first."""


class Pace:
    """The pace of the requests of all workers. Not safe for threads by itself.

    Instants are seconds of a monotonic clock.

    Attributes:
        interval: seconds from one request to the next; 0 while nothing has been refused.
    """

    def __init__(self) -> None:
        self.interval = 0.0
        self._next = self._began = -math.inf
        self._successes = 0
        self._refusal: tuple[float, float] | None = None
        self._after_a_pause = False

    def wait(self, now: float) -> float:
        """Seconds until a request may go out; 0 or less: at once."""
        return self._next - now if self.interval else 0.0

    def start(self, now: float) -> None:
        """Note that a request goes out."""
        if self._refusal:
            # Only a stretch that began with a pause began with a window of the API.
            if self._after_a_pause:
                self._learn(*self._refusal)
            self._after_a_pause, self._refusal, self._began, self._successes = True, None, now, 0
            self._next = now
        # A thread that wakes up late doesn't make all later requests late; but they don't come in a bunch.
        self._next = max(self._next, now - _LATE) + self.interval

    def succeed(self) -> None:
        """Note that a request was not refused. What was under way at a refusal still counts for the time before it."""
        self._successes += 1
        if not self._refusal:
            self.interval *= 1 - min(_GAIN * self._successes**2, 0.5)

    def refuse(self, now: float, pause: float) -> None:
        """Note that a request was refused, and that none goes out for so many seconds."""
        self._refusal = now - self._began, pause

    def _learn(self, stretch: float, pause: float) -> None:
        """Take from so many seconds of requests, and the pause after them, what the API lets through."""
        seconds = stretch + pause
        window = next((usual for usual in _USUAL_WINDOWS if usual <= seconds < usual + _ROUNDING), None)
        if not self._successes:
            self.interval *= 2
        elif window:
            self.interval = _SLACK * max(window / self._successes, self.interval)
        elif self.interval:
            self.interval *= _STEP_BACK
        else:
            self.interval = _SLACK * seconds / self._successes
