"""Which windows of a read are open, and how they are shared among its workers.

::

    ├── page ── page ─►                           ┤    one window is left, its reader waits for an answer
    ├── page ── page ─►        ┤   new   ┤   new  ┤    two workers are free: cut at once, and handed over

As soon as a worker is free, the window with the most left is cut, whoever reads it: what an answer that is under way
brings from beyond the cut is left out (see paginator.py). So workers gather where the data is.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import Window
from source_askelephant.reading.paginator import Walk
from source_askelephant.reading.windows import cut_instants, pages_left


class Worklist:
    """The open windows of a read. Shared by threads.

    Args:
        first: the window that is read first, from which all others are cut.
        more: how many more windows, beside so many, may be open and are of use; none or less: no more.

    Attributes:
        stopped: whether the workers are to stop after their page.
    """

    def __init__(self, first: Walk, more: Callable[[int], int]) -> None:
        self._more = more
        self._changed = threading.Condition()
        self._open = {first}
        self._waiting: deque[Walk] = deque()  # those of the open windows that no worker has yet
        self.stopped = False

    def add(self, windows: Iterable[Window], cursor_field: str) -> None:
        """Open windows, for whichever workers are free."""
        walks = [Walk(begin, end, cursor_field) for begin, end in windows]
        with self._changed:
            self._waiting.extend(walks)
            self._open.update(walks)
            self._changed.notify_all()

    def take(self) -> Walk | None:
        """Wait for a window that no worker has; None when all have been read, or the read has stopped."""
        with self._changed:
            while not self._waiting and self._open and not self.stopped:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting and not self.stopped else None

    def receive(self, walk: Walk, page: Page) -> list[Record]:
        """Give a walk the answer to its last ask; return its new records.

        Raises:
            StalledError: if the API leads nowhere.
        """
        with self._changed:  # nobody cuts a window while its position moves
            return walk.receive(page)

    def lose_cursor(self, walk: Walk) -> None:
        """Give a walk an error as the answer to its last ask.

        Raises:
            StalledError: if that happened too often.
        """
        with self._changed:
            walk.lose_cursor()

    def close(self, walk: Walk) -> None:
        """Note that a window has been read, or is not to be."""
        with self._changed:
            self._open.discard(walk)  # the tail is none of them
            self.share()
            self._changed.notify_all()

    def stop(self) -> bool:
        """Let all workers stop after their page; return whether this is the first reason to."""
        with self._changed:
            first, self.stopped = not self.stopped, True
            self._changed.notify_all()
            return first

    def share(self, just_read: Walk | None = None) -> None:
        """Cut the largest windows, while there are workers for their parts.

        If nothing is known of the density, only that which was just read from.
        """
        with self._changed:
            if self._more(len(self._open)) < 1:
                return
            for walk in sorted(self._open, key=_pages_left, reverse=True):
                if walk.end is None or not walk.can_be_cut or not (walk.page_span or walk is just_read):
                    continue
                more = self._more(len(self._open))
                cuts = cut_instants(walk.cuttable_from, walk.end, walk.page_span, more) if more > 0 else []
                if cuts:
                    self.add(map(Window._make, pairwise([*cuts, walk.end])), walk.cursor_field)
                    walk.cut(cuts[0])


def _pages_left(walk: Walk) -> float:
    return 0 if walk.end is None else pages_left(walk.cuttable_from, walk.end, walk.page_span)
