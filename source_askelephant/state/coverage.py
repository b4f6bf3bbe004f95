"""What of a list has been emitted: pure arithmetic on windows."""

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
        begin = self._windows[0].begin
        merged = [Window(begin, begin)]
        for window in sorted([*self._windows, *(Window(max(each.begin, begin), each.end) for each in windows)]):
            last = merged[-1]
            if window.begin <= last.end:
                merged[-1] = Window(last.begin, max(last.end, window.end))
            elif window.begin < window.end:
                merged.append(window)
        self._windows = merged

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
