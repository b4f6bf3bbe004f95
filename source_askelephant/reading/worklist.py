"""Which windows of a read are open, and how they are shared among its workers.

::

    ├── page ── page ─►                           ┤    one window is left, its reader waits for an answer
    ├── page ── page ─►        ┤   new   ┤   new  ┤    two workers are free: cut at once, and handed over

As soon as a worker is free, the window with the most left is cut. So workers gather where the data is.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import Window
from source_askelephant.reading.paginator import WindowPaginator
from source_askelephant.reading.shared import Turns
from source_askelephant.reading.windows import cut_instants, pages_left


class Worklist:
    """The open windows of a read. Shared by threads.

    Args:
        first: the window that is read first, from which all others are cut.
        spare_windows: how many more windows, beside so many, may be open and help; 0 or less: no more.
        turns: lets readers in, also of other lists.
        most_at_once: how many windows are handed out at once; what else is open waits, so that those of another list
            don't stand in line behind it.

    Attributes:
        stopped: whether the workers are to stop after their page.
    """

    def __init__(
        self, first: WindowPaginator, spare_windows: Callable[[int], int], turns: Turns, most_at_once: int
    ) -> None:
        self._most_at_once = most_at_once
        self._turns = turns
        self._spare_windows = spare_windows
        self._changed = threading.Condition()
        self._first = first
        self._open = {first}
        self._waiting: deque[WindowPaginator] = deque()  # those of the open windows that no worker has yet
        self._held = 0  # readers that wait for what another shows
        self.stopped = False

    def add(self, windows: Iterable[Window]) -> None:
        """Open windows, for whichever workers are free."""
        paginators = [replace(self._first, begin=begin, end=end) for begin, end in windows]
        with self._changed:
            self._waiting.extend(paginators)
            self._open.update(paginators)
            self._changed.notify_all()

    def take(self) -> WindowPaginator | None:
        """Wait for a window that no worker has; None when all have been read, or the read has stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or not self._open or self._may_hand_out)
            return self._waiting.popleft() if self._waiting and not self.stopped else None

    @property
    def _may_hand_out(self) -> bool:
        return bool(self._waiting) and len(self._open) - len(self._waiting) < self._most_at_once

    @contextmanager
    def turn(self, paginator: WindowPaginator) -> Iterator[None]:
        """Count as one that reads while the block runs.

        The first flood shows whether cursors can be trusted, before others are read.
        """
        with self._changed:
            self._held += 1
            self._changed.wait_for(lambda: self.stopped or not paginator.waits)
            self._held -= 1
        with self._turns.take(alone=paginator.exclusive):
            yield
        if self._held:
            with self._changed:
                self._changed.notify_all()

    def receive(self, paginator: WindowPaginator, page: Page) -> list[Record]:
        """Give a paginator the answer to its last request; return its new records.

        Raises:
            StalledError: if the API leads nowhere.
        """
        with self._changed:  # nobody cuts a window while its position moves
            return paginator.receive(page)

    def cursor_refused(self, paginator: WindowPaginator) -> None:
        """Give a paginator an error as the answer to its last request."""
        with self._changed:
            paginator.cursor_refused()

    def close(self, paginator: WindowPaginator) -> None:
        """Note that a window has been read, or is not to be."""
        with self._changed:
            self._open.discard(paginator)  # the tail is none of them
            self.split()
            self._changed.notify_all()

    def stop(self) -> bool:
        """Let all workers stop after their page; return whether this is the first reason to."""
        with self._changed:
            first, self.stopped = not self.stopped, True
            self._changed.notify_all()
            return first

    def split(self, just_read: WindowPaginator | None = None) -> None:
        """Cut the largest windows, while there are workers for their parts.

        If nothing is known of the density, only that which was just read from.
        """
        with self._changed:
            if self._spare_windows(len(self._open)) < 1:
                return
            for paginator in sorted(self._open, key=_pages_left, reverse=True):
                spare, end = self._spare_windows(len(self._open)), paginator.end
                density_known = paginator.page_span or paginator is just_read
                if spare < 1 or end is None or not paginator.can_be_cut or not density_known:
                    continue
                cuts = cut_instants(paginator.cuttable_from, end, paginator.page_span, spare)
                if cuts:
                    self.add(map(Window._make, pairwise([*cuts, end])))
                    paginator.cut(cuts[0])


def _pages_left(paginator: WindowPaginator) -> float:
    return 0 if paginator.end is None else pages_left(paginator.cuttable_from, paginator.end, paginator.page_span)
