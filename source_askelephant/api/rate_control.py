"""How many requests go out at once, and how far apart, from what the API refused and let through. Pure.

::

    requests │┐ refused                        refused again: the limit is hereabouts
    a second ││             ┐ refused       ┌─
             ││             │ again     ┌───┘    slowly more, to find a limit that was raised
             ││         ┌───┘           │
             │└─ pause ─┘   └─ pause ───┘
                                               ► time

At first, requests go out as fast as the workers can: where there is no limit, or one of a thousand an hour, that is
best. What a refusal shows is decided when the pause after it is over:

- A limit on how many are **at once**, if what was refused came on top of as many as were let through. It is probed
  with one more at once, now and then.
- Otherwise a limit on the **rate**: what the stretch from one pause to the next let through, and the pace that it had,
  are the two ends between which it lies.

docs/rate-limit.md gives the reasons, and what comes of it at limits of all kinds.
"""

import math
from collections import deque
from contextlib import suppress

from typing_extensions import override

from source_askelephant.api.allowance import Allowance
from source_askelephant.api.limit_headers import Quota
from source_askelephant.api.pace import Pace
from source_askelephant.api.stretch import Stretch, Ticket

MIN_ACCEPTED = 4
"""Requests that a stretch lets through, or it shows nothing but that the pause before it was too short."""
WINDOWS_HELD = 2
"""After which a pace that is refused is nearly right."""
WINDOWS_REMEMBERED = 5
"""For so many of them, it isn't believed that the limit is given for a shorter one."""
MIN_SHARE, MIN_SHARE_OF_RUSH = 0.7, 0.97
"""Of what a window let through, the least that is taken for the limit. It may have been parts of two windows."""
SECONDS_TO_FIRST_PROBE, SECONDS_TO_PROBE = 8.0, 30.0
"""Before one more request goes out at once than the API took; and before the next time, when that was refused."""
SECONDS_PROVING = 1.0
"""In which nothing is refused, and then still more go out at once."""
MIN_PAUSE, MAX_PAUSE = 0.25, 30.0
"""Seconds of a pause of our own. It is half as long as all has been refused, or the API was asked in vain too often."""
LATE = 0.005
"""Seconds that a thread may wake up too late."""
_MAX_REMEMBERED = 10_000


class RateControl:
    """Decides when the next request may go out. Not safe for threads by itself.

    Instants are seconds of any clock that only goes forward.

    Args:
        workers: how many requests may be under way at once.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._at_once = self._proven = workers  # how many may be under way, and how many surely
        self._probe_at = math.inf
        self._probe_step = 1
        self._under_way = 0
        self._latency = 0.0
        self._sent: deque[float] = deque(maxlen=_MAX_REMEMBERED)  # but for what was refused
        self._pace = Pace()
        self._good = self._best = (
            0.0  # a pace that was let through for a while, 0 if none is known; and the best steady one
        )
        self._window = self._window_until = 0.0
        self._stretch, self._last = Stretch(math.inf), Stretch(math.inf)
        self._next = self._paused_until = -math.inf
        self._vain_since: float | None = None  # nothing has been let through
        self._allowance = Allowance()

    def wait(self, now: float) -> float:
        """Seconds until a request may go out; 0 or less: at once; for ever if one that is under way must end first."""
        self._probe(now)
        if self._under_way >= self._at_once:
            return math.inf
        return max(self._paused_until - now, self._next - now, self._allowance.wait(now))

    def pause_left(self, now: float) -> float:
        """Seconds until the pause is over; 0 or less if there is none."""
        return self._paused_until - now

    def start(self, now: float) -> Ticket:
        """Note that a request goes out."""
        if self._stretch.refused_at is not None:
            self._learn(self._stretch, self._stretch.refused_at, now)
        stretch = self._stretch
        stretch.began = min(stretch.began, now)
        stretch.accepted += 1
        self._under_way += 1
        stretch.crowd[self._under_way] += 1
        self._sent.append(now)
        self._allowance.start(now)
        # A thread that wakes up late doesn't make all later requests late; but they don't come in a bunch.
        self._next = max(self._next, now - LATE) + self._gap(now)
        return Ticket(now, stretch, self._under_way)

    def end(self, ticket: Ticket, now: float) -> None:
        """Note that a request was not refused because of a limit."""
        self._under_way -= 1
        self._vain_since = None
        self._latency += (now - ticket.sent - self._latency) / 8

    def note(self, quota: Quota, ticket: Ticket, now: float) -> None:
        """Take from the answer to a request what is left; to be called before ``end``."""
        self._allowance.note(quota, sent=ticket.sent, under_way=self._under_way - 1, now=now)

    def refuse(self, ticket: Ticket, now: float, seconds: float | None) -> bool:
        """Note that a request was refused because of a limit.

        Args:
            ticket: the request's.
            now: the time.
            seconds: for which no request may go out; None or 0 if the API doesn't say.

        Returns:
            Whether a pause begins with it. What was under way then can't be called back.
        """
        self._under_way -= 1
        stretch = ticket.stretch
        stretch.accepted -= 1
        stretch.crowd[ticket.under_way] -= 1
        stretch.spared -= 1
        with suppress(ValueError):  # it may be too long ago
            self._sent.remove(ticket.sent)
        begins = stretch is self._stretch and stretch.refused_at is None
        if begins:
            stretch.first_refused, stretch.refused_at, stretch.spared = ticket.sent, now, self._under_way
            self._vain_since = now if self._vain_since is None else self._vain_since
        stretch.asked = max(stretch.asked, seconds or 0.0)
        self._paused_until = max(self._paused_until, now + (seconds or self._own_pause(now)))
        return begins

    @override
    def __str__(self) -> str:
        """What was found out of the API's limit, empty if nothing."""
        if self._pace.known:
            return f"about {float(f'{self._good or self._pace.per_second:.2g}'):g} requests a second"
        return f"at most {self._proven} requests at once" if self._is_limited_at_once else ""

    def _own_pause(self, now: float) -> float:
        in_vain = 0.0 if self._vain_since is None else now - self._vain_since
        return min(MAX_PAUSE, max(MIN_PAUSE, in_vain / 2))

    def _gap(self, now: float) -> float:
        """Seconds to the next request."""
        if self._pace.known:
            return max(self._allowance.gap, 1 / self._pace.at(now))
        # Those that may be under way at once don't start at once: it may be a small bucket after all.
        return max(self._allowance.gap, self._latency / self._at_once / 2 if self._is_limited_at_once else 0.0)

    def _probe(self, now: float) -> None:
        """Let more requests out at once, now and then."""
        if now > self._probe_at and self._stretch.refused_at is None:
            self._proven = self._at_once
            self._at_once = min(self._workers, self._at_once + self._probe_step)
            self._probe_at = now + SECONDS_PROVING if self._is_limited_at_once else math.inf
            self._probe_step *= 2

    @property
    def _is_limited_at_once(self) -> bool:
        return self._proven < self._workers

    def _learn(self, stretch: Stretch, refused_at: float, now: float) -> None:
        """Decide how to go on after a pause."""
        stretch.paused = now - refused_at
        shows_nothing, is_first = stretch.accepted < MIN_ACCEPTED, self._last.began == math.inf
        is_vain = shows_nothing and not is_first
        if is_vain:
            self._prolong(self._last, stretch)
        else:
            self._last = stretch
        if not is_vain and self._shows_limit_at_once(stretch) and (stretch.spared or not shows_nothing):
            self._limit_at_once(max(1, stretch.spared), now)
        elif self._last.accepted and not (shows_nothing and is_first):  # others may have used up the limit just before
            self._limit_rate(self._last, now, is_vain=is_vain)
        self._stretch, self._next = Stretch(now), now

    def _shows_limit_at_once(self, stretch: Stretch) -> bool:
        """Whether no more were let through at once than were under way when the first was refused, or hardly more."""
        limit = max(1, stretch.spared)
        beyond = sum(times for under_way, times in stretch.crowd.items() if under_way > 1.25 * limit + 1)
        is_new = not self._is_limited_at_once or self._at_once > self._proven
        return not self._pace.known and limit < self._at_once and beyond <= limit and is_new

    def _limit_at_once(self, limit: int, now: float) -> None:
        seconds = SECONDS_TO_PROBE if self._is_limited_at_once else SECONDS_TO_FIRST_PROBE
        self._at_once = self._proven = self._proven if self._is_limited_at_once else limit
        self._probe_at, self._probe_step = now + seconds, 1

    def _prolong(self, stretch: Stretch, vain: Stretch) -> None:
        """Take in the stretch after it, which let next to nothing through: as if the pause had gone on.

        How a long one began is forgotten: the limit has become another one, if the API says when to come back.
        """
        began = stretch.first_refused - WINDOWS_HELD * stretch.window
        if stretch.asked and not stretch.is_prolonged and stretch.began < began:
            stretch.began, stretch.accepted = began, sum(began <= sent < stretch.first_refused for sent in self._sent)
        stretch.is_prolonged = True
        stretch.accepted += vain.accepted
        stretch.first_refused, stretch.asked = vain.first_refused, vain.asked
        stretch.paused += vain.paused

    def _window_of(self, stretch: Stretch, now: float) -> float:
        """Seconds for which the limit seems to be given. Near a window's end, a refusal asks for less than before."""
        if stretch.window >= self._window or now > self._window_until:
            self._window, self._window_until = stretch.window, now + WINDOWS_REMEMBERED * stretch.window
        return self._window

    def _limit_rate(self, stretch: Stretch, now: float, *, is_vain: bool) -> None:
        """Take a pace from a stretch, and what came in vain after it."""
        window = self._window_of(stretch, now)
        seconds = max(now - stretch.began, LATE)
        let_through = max(stretch.accepted, 0.5) / seconds
        in_window = max(let_through, sum(stretch.first_refused - window < sent for sent in self._sent) / window)
        held = stretch.first_refused - stretch.began
        paced = self._pace.known and not is_vain
        settled = False
        if paced:
            asked = self._pace.at(stretch.first_refused)
        else:
            asked = stretch.accepted / max(seconds - stretch.paused, LATE)
        if paced and held >= WINDOWS_HELD * window:
            if self._pace.is_growing(stretch.first_refused):
                self._best = max(self._best, self._pace.per_second)
            pace = self._pace.below(stretch.first_refused, held, window)
            pace = max(min(pace, in_window), MIN_SHARE * in_window)
            settled = asked < 1.5 * pace
            self._good = self._pace.at(stretch.first_refused - WINDOWS_HELD * window)
        elif 0 < self._good < asked and not is_vain:
            pace = math.sqrt(self._good * asked)
            settled = asked < 1.5 * self._good
            self._good = 0.0  # if that is refused as well, it isn't good any more
        else:
            share = stretch.paused / seconds
            pace = let_through**share * max(asked, let_through) ** (1 - share)
            if seconds >= window:
                least = MIN_SHARE if self._pace.known else MIN_SHARE_OF_RUSH
                pace = max(min(pace, in_window), least * in_window)
            self._good = self._good if is_vain else 0.0
        if pace < 0.8 * self._best:
            settled, self._best = False, self._best**0.8 * pace**0.2
        self._pace.set(pace, now, window, settled=settled)
        self._at_once = self._proven = self._workers
        self._probe_at = math.inf
