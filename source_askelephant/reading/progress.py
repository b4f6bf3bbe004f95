"""What a read has done so far, as an operator wants to see it in the log."""

import logging
import threading
import time

from typing_extensions import override

from source_askelephant.api.throttle import Throttle
from source_askelephant.instants import Instant, format_instant

logger = logging.getLogger("airbyte")

SECONDS_PER_LINE = 10.0


class Progress:
    """Counts, and logs now and then. Shared by threads.

    Args:
        stream_name: what is read.
        throttle: knows of retries and pauses.
    """

    def __init__(self, stream_name: str, throttle: Throttle) -> None:
        self._stream_name = stream_name
        self._throttle = throttle
        self._lock = threading.Lock()
        self._began = self._logged = time.monotonic()
        self._requests = self._records = self._duplicates = self._positions_repaired = 0

    def count_answer(
        self, *, records: int = 0, duplicates: int = 0, positions_repaired: int = 0, position: Instant | None = None
    ) -> None:
        """Count an answer, or an error that a cursor got.

        Args:
            records: how many were emitted.
            duplicates: how many were left out.
            positions_repaired: how many turned out to have moved.
            position: how far its window is read.
        """
        with self._lock:
            self._requests += 1
            self._records += records
            self._duplicates += duplicates
            self._positions_repaired += positions_repaired
            log = time.monotonic() > self._logged + SECONDS_PER_LINE
            self._logged = time.monotonic() if log else self._logged
        if log and position is not None:
            logger.info(f"Reading {self._stream_name}, at {format_instant(position)}: {self}")

    def log_summary(self, what: str) -> None:
        """Log all counts, as when the read ends."""
        logger.info(f"{what} {self._stream_name}: {self}")

    @override
    def __str__(self) -> str:
        """The counts in one line, and what was found out of the API's limit."""
        limit = self._throttle.limit
        found = f" The API seems to allow {limit}." if limit else ""
        return (
            f"{self._records} records with {self._requests} requests in {time.monotonic() - self._began:.1f} seconds; "
            f"{self._throttle.retries[self._stream_name]} retries, {self._throttle.pauses} pauses for the rate limit, "
            f"{self._duplicates} duplicates left out, {self._positions_repaired} positions repaired.{found}"
        )
