"""What of a list has been emitted: pure arithmetic on windows."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

from source_askelephant.instants import Instant, Window


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
        self._windows = [Window(begin, begin)]
        self.add(*windows)

    def add(self, *windows: Window) -> None:
        """Note that every record of these windows has been emitted. What lies before ``begin`` is cut off."""
        known = self._windows
        for window in sorted(windows):
            begin, end = max(window.begin, known[0].begin), window.end
            if begin >= end:
                continue
            first = bisect_left(known, begin, key=lambda each: each.end)  # those before end before it begins
            last = first
            while last < len(known) and known[last].begin <= end:
                begin, end = min(begin, known[last].begin), max(end, known[last].end)
                last += 1
            known[first:last] = [Window(begin, end)]

    @property
    def watermark(self) -> Instant:
        """Everything before this instant (excluded) has been emitted."""
        return self._windows[0].end

    @property
    def beyond(self) -> list[Window]:
        """Windows that are complete, but not connected with the beginning. In ascending order."""
        return self._windows[1:]

    def done_from(self, instant: Instant) -> Instant:
        """Up to where all is done from an instant on (excluded): the instant itself, if nothing is."""
        return next((window.end for window in self._windows if window.begin <= instant < window.end), instant)

    def gaps(self, end: Instant) -> list[Window]:
        """What is left to read before an instant (excluded). In ascending order."""
        edges = [*self._windows, Window(end, end)]
        return [
            Window(before.end, min(after.begin, end))
            for before, after in pairwise(edges)
            if before.end < min(after.begin, end)
        ]
