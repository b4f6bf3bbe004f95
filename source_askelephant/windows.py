"""Which part of a list to read, where to cut it, and what of it is done: pure decisions on instants.

A window is a half-open range of ``updated_at``: ``[begin, end)``, from ``begin`` (included) to ``end`` (excluded).
"""

from collections.abc import Iterable
from itertools import pairwise
from math import isqrt
from typing import NamedTuple

from source_askelephant.instants import FIRST_INSTANT, SECOND, Instant

SETTLED_AFTER = 300 * SECOND
"""A list whose newest change is older than this is taken to be at rest: no clocks differ by more."""
MARGIN = 5 * SECOND
"""How much later than its stamp a change may become visible within a read (a transaction that commits late)."""
LEAST_PAGES = 3
"""A part of a window with less left than this many pages isn't worth a worker's requests."""
MOST_PAGES_BELIEVED = 10_000
"""More than this isn't left at one density: the page was read in a burst, which ends somewhere before."""

# A cut costs one request: half a page at the end of each part.
REQUESTS_PER_CUT = 1
REQUESTS_FOR_CUTS_PER_WORKER = 2.5
REQUESTS_FOR_CUTS_PER_PAGE = 0.06


class Window(NamedTuple):
    """A half-open range of ``updated_at``."""

    begin: Instant
    end: Instant


def lower_bound(*, watermark: Instant | None, lookback_seconds: int, start_date: Instant | None) -> Instant:
    """Where a read begins (included).

    ::

        ──────┬────────────────┬───────────────┬────────────►  updated_at
          start_date    watermark - lookback  watermark
                               └─ a read with state begins here

    The lookback is for changes that were saved late: a transaction may commit after a later one was read.
    The start date wins if it is later. Without either, a read begins before everything.
    """
    from_state = FIRST_INSTANT if watermark is None else watermark - lookback_seconds * SECOND
    return max(FIRST_INSTANT, from_state, FIRST_INSTANT if start_date is None else start_date)


def horizon(newest: Instant, served_at: Instant | None) -> Instant:
    """Before which instant everything is in the past, so that windows can be read in any order.

    ::

        ─────────────────────────────┬──────────┬─────────►  updated_at
              windows, in any order  │   tail   newest
                                  horizon

    A record that changes from now on is stamped at or after the horizon: it leaves its window for good and comes
    to stand in the tail, which is read last. The newest stamp proves how far the server's clock has come; its
    ``Date`` (``served_at``) matters only if it says that the newest stamp is in the future, or that nothing has
    changed for a while.

    Args:
        newest: the newest ``updated_at`` of the list.
        served_at: the server's ``Date`` with the answer that told the newest, None if it sent none.
    """
    if served_at is not None and newest < served_at - SETTLED_AFTER:
        return _floor(newest) + SECOND
    now = newest if served_at is None else min(newest, served_at)
    return _floor(now - MARGIN)


def pages_left(position: Instant, end: Instant, page_span: Instant) -> float:
    """How many pages are left of a window, 0 if that isn't known. Bounded, since no density lasts for ever.

    Args:
        position: up to where the window has been read.
        end: where it ends (excluded).
        page_span: time that a full page takes at the density read last, 0 if unknown.
    """
    return min((end - position) / page_span, MOST_PAGES_BELIEVED) if page_span else 0


def cut_instants(position: Instant, end: Instant, page_span: Instant, most: int) -> list[Instant]:
    """Where to cut what is left of a window, ``[position, end)``; nowhere if it isn't worth it. In ascending order.

    ::

        position ├──────┼──────┼──────┼──────┤ end        at an even density: into equal parts
        position ├─┼─────────────────────────┤ end        in a burst: in the geometric middle

    The parts are equal in time, on whole seconds if there are any; fixed steps don't work, since an import stamps most
    of a workspace within an hour. Within such a burst an equal part would begin months behind its end, again and
    again; there, one cut is made in the geometric middle, between minutes and years.

    Args:
        position: up to where the window has been read.
        end: where it ends (excluded).
        page_span: time that a full page takes at the density read last, 0 if unknown: then one cut is made.
        most: how many cuts are wanted, at least 1.
    """
    left = end - position
    if left <= LEAST_PAGES * page_span or left < 2:  # noqa: PLR2004 - two instants are needed for two halves
        return []
    if left > MOST_PAGES_BELIEVED * page_span > 0:
        cuts = [position + isqrt(left * page_span)]
    else:
        worth = left // (LEAST_PAGES * page_span) if page_span else 2
        parts = max(2, min(most + 1, worth))
        cuts = [position + left * part // parts for part in range(1, parts)]
    return sorted({_floor(cut) if _floor(cut) > position else cut for cut in cuts})


def affordable_cuts(requests: int, pages: float, *, windows: int, workers: int) -> int:
    """How many more cuts the requests allow, none or less: their number has a bound (see docs/reading.md).

    Args:
        requests: how many have been made.
        pages: how many full pages the records read so far would fill.
        windows: how many are open; each has a page at its end that is not full.
        workers: how many windows may be open.
    """
    budget = workers * REQUESTS_FOR_CUTS_PER_WORKER + pages * (1 + REQUESTS_FOR_CUTS_PER_PAGE)
    return int((budget - requests) // REQUESTS_PER_CUT) - windows


def _floor(instant: Instant) -> Instant:
    return instant - instant % SECOND


class Coverage:
    """The windows that have been emitted, merged where they touch.

    ::

        begin ████████████████░░░░░░████████░░░░░████████░░░░  updated_at
                       watermark    └ windows completed beyond it ┘

    Args:
        begin: where the read begins. What lies before counts as done.
        windows: windows that an earlier read completed.
    """

    def __init__(self, begin: Instant, windows: Iterable[Window] = ()) -> None:
        self.begin = begin
        self._windows: list[Window] = [Window(begin, begin)]
        for window in sorted(windows):  # in order, so that each is compared with the one before it only
            begin, end = max(window.begin, self.begin), window.end
            last = self._windows[-1]
            if end <= begin:
                continue
            if begin <= last.end:
                self._windows[-1] = Window(last.begin, max(last.end, end))
            else:
                self._windows.append(Window(begin, end))

    def add(self, window: Window) -> None:
        """Note that every record of a window has been emitted. What lies before ``begin`` is cut off."""
        begin, end = max(window.begin, self.begin), window.end
        if end <= begin:
            return
        merged = []
        for other in self._windows:
            if other.end < begin or end < other.begin:
                merged.append(other)
            else:
                begin, end = min(begin, other.begin), max(end, other.end)
        self._windows = sorted([*merged, Window(begin, end)])

    @property
    def watermark(self) -> Instant:
        """Everything before this instant (excluded) has been emitted."""
        return self._windows[0].end

    @property
    def beyond(self) -> list[Window]:
        """Windows that are complete, but not connected with the beginning. In ascending order."""
        return self._windows[1:]

    def gaps(self, end: Instant) -> list[Window]:
        """What is left to read before an instant (excluded). In ascending order."""
        edges = [*self._windows, Window(end, end)]
        return [
            Window(before.end, min(after.begin, end))
            for before, after in pairwise(edges)
            if before.end < min(after.begin, end)
        ]
