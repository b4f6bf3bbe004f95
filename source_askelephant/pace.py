"""How far apart requests go out at a rate limit, learned from when the API refused them. Pure: it is told the time.

::

    requests │ ╷ no pace: the share of a window is used up in a moment
    a second │ │
             │ │            ╱▔▔▔▔▔▔╷╱▔▔▔  paced; refused again: a little slower, then faster by and by
             │ ▼ pause ▁▁▁▁▁       ▼
                                              ► time

Without a pace, a limit of 40 requests a second and a ``Retry-After`` in whole seconds let ten workers through with
28 a second: they use up a second's share in 0.4 seconds, and then wait for a whole one.
"""

import math

_USUAL_WINDOWS = (1.0, 10.0, 60.0, 3600.0)
"""Seconds that rate limits are given for: "40 a second", "600 a minute"."""
_SLACK = 1.02
"""A pace so much slower than the limit that a late request doesn't meet the next one."""
_STEP_BACK = 0.04
"""Share by which the pace slows down when it is refused; twice as much each time that it is refused again soon."""
_GAIN = 2e-8
"""Share by which the pace quickens with each success, times the successes since the last refusal: 4 % in 2,000."""
_SOON = 4
"""A refusal is soon if the stretch of requests before it was not so many times as long as the pause after it."""


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
        self._step = _STEP_BACK

    def wait(self, now: float) -> float:
        """Seconds until a request may go out; none or less: at once."""
        return self._next - now if self.interval else 0.0

    def start(self, now: float) -> None:
        """Note that a request goes out."""
        if self._refusal:
            # Only a stretch that began with a pause began with a window of the API.
            if self._after_a_pause:
                self._learn(*self._refusal)
            self._after_a_pause, self._refusal, self._began, self._successes = True, None, now, 0
        # A thread that wakes up late doesn't make all later requests late; but they don't come in a bunch.
        self._next = max(self._next, now - self.interval / 2) + self.interval

    def succeed(self) -> None:
        """Note that a request was not refused. What was under way at a refusal still counts for the time before it."""
        self._successes += 1
        if not self._refusal:
            self.interval *= 1 - min(_GAIN * self._successes, 0.5)

    def refuse(self, now: float, pause: float) -> None:
        """Note that a request was refused, and that none goes out for so many seconds."""
        self._refusal = now - self._began, pause

    def _learn(self, stretch: float, pause: float) -> None:
        """Take from so many seconds of requests, and the pause after them, what the API lets through."""
        if self.interval:
            self._step = self._step * 2 if stretch < _SOON * pause else _STEP_BACK
            self.interval *= 1 + self._step
        elif self._successes:
            self.interval = _SLACK * _window(stretch + pause) / self._successes


def _window(seconds: float) -> float:
    """The usual window that is as long, in whole seconds as ``Retry-After`` rounds them up; or those seconds."""
    return next((usual for usual in _USUAL_WINDOWS if usual <= seconds < usual + 1), seconds)
