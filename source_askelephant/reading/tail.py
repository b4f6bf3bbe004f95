"""The last window: it has no end, and changes while it is read.

::

    horizon                        now less a margin          now
    ├──────────── settled ─────────────────┤─ the present ─────┤
                  position goes up to here    is handed out, and read again when it is settled

A record that is stamped in the present may have changed since it was looked up: its page says nothing of what stands
before it. If a page holds nothing else, the present has to pass.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from typing_extensions import override

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import FIRST_INSTANT, LAST_INSTANT, SECOND, Instant, instant_of
from source_askelephant.reading.paginator import WindowPaginator
from source_askelephant.reading.placed_page import Bounds, PlacedPage
from source_askelephant.reading.stalled import StalledError
from source_askelephant.reading.windows import AT_REST_AFTER, FUTURE_AFTER, MARGIN

MIN_SECONDS_TO_PASS = 0.5
"""Seconds: the server's ``Date`` has no fraction."""


class TailLimits(NamedTuple):
    """What bounds the read of a tail.

    Attributes:
        max_present_pages: pages in a row with nothing that is settled. Beyond, the list changes faster than it can be
            read.
        max_growth_pages: pages with changes made after it was begun.
        seconds_to_pass: the longest wait for the present to pass, before the page is asked for again.
        replica_seconds: how far servers may be behind one another. A full refresh looks again after so long.
    """

    max_present_pages: int = 20
    max_growth_pages: int = 1_000
    seconds_to_pass: float = 5.0
    replica_seconds: float = 10.0


@dataclass(eq=False)
class TailPaginator(WindowPaginator):
    """Reads from ``begin`` to the end of the list. Pure, but for the time that it is told.

    Attributes:
        limits: what bounds it.
        seconds_to_wait: before the next request, for the present to pass.
    """

    limits: TailLimits = field(default_factory=TailLimits)
    seconds_to_wait: float = field(init=False, default=0.0)

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self._server_time: Instant | None = None
        self._begun_at: Instant | None = None
        self.was_in_future = self._has_new = False
        self._present_pages = 0
        self._growth_pages = 0
        self._latest = FIRST_INSTANT
        self._latest_seen_at: Instant | None = None
        self._latest_seen = self._seconds = 0.0

    def tell_newest(self, newest: Instant | None, server_time: Instant | None, seconds: float) -> None:
        """Tell the newest instant of the list, which tells the time as well; the others as below."""
        self._server_time, self._seconds = server_time, seconds
        self._see_latest(newest)

    def tell_time(self, server_time: Instant | None, seconds: float) -> None:
        """Tell the time before a request.

        Args:
            server_time: the server's clock, None if it doesn't tell. The newest record told it as well, when it was
                seen: of the two the earlier counts, as ``Date`` may be ahead.
            seconds: of any clock that only goes forward.
        """
        self._server_time, self._seconds = server_time, seconds
        self._begun_at = self._begun_at or self._now

    @property
    def _future(self) -> Instant | None:
        return None if self._server_time is None else self._server_time + FUTURE_AFTER

    @property
    def _now(self) -> Instant | None:
        known = [] if self._server_time is None else [self._server_time]
        if self._latest > FIRST_INSTANT and (self._server_time or 0) - self._latest < AT_REST_AFTER:
            passed = int((self._seconds - self._latest_seen) * SECOND)
            if self._server_time is not None and self._latest_seen_at is not None:
                passed = max(passed, self._server_time - self._latest_seen_at)
            known.append(self._latest + passed)
        return min(known, default=None)

    def look_again(self) -> None:
        """Begin once more, for what was changed where it had been read, and was not seen here yet."""
        self.complete = self.was_in_future = self._has_new = False
        self._move(self.begin)

    @property
    def may_have_passed_by(self) -> bool:
        """Whether something may stand behind now: a change takes what is stamped in the future to the present."""
        return self.was_in_future and self._has_new

    @property
    @override
    def bounds(self) -> Bounds:
        settled = None if self._now is None else self._now - MARGIN
        return Bounds(self.begin, self.end, settled, self._future)

    @override
    def receive(self, page: Page) -> list[Record]:
        before, self.seconds_to_wait = self.position, 0.0
        for record in page.records:
            self._see_latest(instant_of(record, self.cursor_field))
        fresh = super().receive(page)
        future = self.bounds.future
        self._has_new = self._has_new or bool(fresh)
        self.was_in_future = self.was_in_future or (future is not None and self.position > future)
        if self.position > before and self._begun_at is not None:
            self._growth_pages += self._begun_at < self.position <= (self._now or 0) + MARGIN
            if self._growth_pages > self.limits.max_growth_pages:
                raise StalledError("it changes faster than it can be read")
        return fresh

    @override
    def _go_on(self, placed: PlacedPage, *, fresh: bool) -> None:
        bounds = self.bounds
        instants = [each.instant for each in placed.own if each.instant is not None]
        stays = not placed.in_place or (placed.in_place[-1].instant or 0) <= self.position
        is_present = len(placed.in_place) < len(instants)
        is_at_present = not placed.own and bounds.settled is not None and self.position >= bounds.settled
        if placed.has_more and stays and (is_present or is_at_present):
            self._let_pass([each for each in instants if bounds.future is None or each <= bounds.future])
            return
        self._present_pages = 0
        super()._go_on(placed, fresh=fresh)
        if self.complete:
            self.newest = self._latest if self._latest > FIRST_INSTANT else self.newest

    @property
    @override
    def _situation(self) -> tuple[object, ...]:
        return *super()._situation, self._present_pages  # waiting has a limit of its own

    def _see_latest(self, instant: Instant | None) -> None:
        is_future = self._future is not None and instant is not None and instant > self._future
        if instant is not None and instant > self._latest and not is_future:
            self._latest, self._latest_seen, self._latest_seen_at = instant, self._seconds, self._server_time

    def _let_pass(self, instants: list[Instant]) -> None:
        """Wait until all of a page is settled, as far as its timestamps can be believed."""
        self._present_pages += 1
        seconds = (max(instants, default=LAST_INSTANT) - (self._now or 0) + MARGIN) / SECOND
        self.seconds_to_wait = min(self.limits.seconds_to_pass, max(MIN_SECONDS_TO_PASS, seconds))
        if self._present_pages > self.limits.max_present_pages:
            raise StalledError("it changes faster than it can be read")

    @override
    def _forget(self) -> None:
        """Forget nothing: the tail may be read again, and is short."""
