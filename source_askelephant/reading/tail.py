"""Guards of the tail, the last window: it has no end, but the read of it has."""

import time
from typing import NamedTuple

from source_askelephant.instants import SECOND, Instant
from source_askelephant.reading.paginator import WindowPaginator
from source_askelephant.reading.stalled import StalledError
from source_askelephant.reading.windows import MARGIN


class TailLimits(NamedTuple):
    """What bounds the read of a tail.

    Attributes:
        max_growth_pages: pages with changes made after it was begun. Beyond, the list changes faster than it can be
            read.
        max_instant_seconds: the longest instant that is waited for. The server's clock is given in whole seconds, and
            the coarsest timestamps are, too.
    """

    max_growth_pages: int = 1_000
    max_instant_seconds: float = 2.0


class Tail:
    """The guards of one tail. Used by one thread.

    Args:
        paginator: reads the tail.
        limits: what bounds it.
    """

    def __init__(self, paginator: WindowPaginator, limits: TailLimits) -> None:
        self._paginator = paginator
        self._limits = limits
        self._begun_at: Instant | None = None
        self._growth_pages = 0
        self._waited_for: Instant | None = None

    def limit_growth(self, server_time: Instant | None) -> None:
        """Count a page that holds changes made since the tail was begun.

        Args:
            server_time: the server's clock with that page, None if it sent none; then every page counts.

        Raises:
            StalledError: if there were too many.
        """
        if self._paginator.complete:
            return
        begun_at = self._begun_at = self._begun_at or server_time
        self._growth_pages += (
            begun_at is None or server_time is None or begun_at < self._paginator.position <= server_time + MARGIN
        )
        if self._growth_pages > self._limits.max_growth_pages:
            raise StalledError("it changes faster than it can be read")

    def wait_for_flood(self, server_time: Instant | None) -> None:
        """Let the instant of a flood pass, so that nothing is added to it while it is read. Waits once for each."""
        flood_end = self._paginator.flood_end
        if flood_end is None or server_time is None:
            return
        left = (flood_end - server_time) / SECOND
        if flood_end != self._waited_for and 0 < left <= self._limits.max_instant_seconds:
            time.sleep(left)
        self._waited_for = flood_end
