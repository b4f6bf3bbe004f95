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
