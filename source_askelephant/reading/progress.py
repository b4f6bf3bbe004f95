"""What a read has done so far, as an operator wants to see it in the log."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from source_askelephant.api.throttle import Throttle
from source_askelephant.instants import Instant, format_instant
from source_askelephant.reading.schema_drift import SchemaDrift

logger = logging.getLogger("airbyte")

SECONDS_PER_LINE = 10.0
MAX_WARNINGS = 10
"""Repaired positions that are told one by one; all are counted at the end."""


class Progress:
    """Counts, and tells now and then. Shared by threads.

    Args:
        stream_name: what is read.
        throttle: knows of retries and pauses.
        drift: compares the records with their schema.

    Attributes:
        requests: answers that were received, errors answering a cursor included.
        records: records that were emitted.
    """

    def __init__(self, stream_name: str, throttle: Throttle, drift: SchemaDrift) -> None:
        self._stream_name = stream_name
        self._throttle = throttle
        self._drift = drift
        self._lock = threading.Lock()
        self._began = self._told = time.monotonic()
        self.requests = self.records = self._repeated = self._repaired = 0

    def count_answer(
        self, *, records: int = 0, repeated: int = 0, repaired: int = 0, position: Instant | None = None
    ) -> None:
        """Count an answer: records emitted, records left out, positions repaired, and where the paginator is."""
        with self._lock:
            self.requests += 1
            self.records += records
            self._repeated += repeated
            self._repaired += repaired
            warn = repaired > 0 and self._repaired <= MAX_WARNINGS
            tell = time.monotonic() > self._told + SECONDS_PER_LINE
            self._told = time.monotonic() if tell else self._told
        if warn and position is not None:
            logger.warning(
                f"{self._stream_name}: the API lost the position behind a cursor, as when a record changes while the "
                f"list is read. Reading went on from {format_instant(position)}; nothing is missing."
            )
        if tell and position is not None:
            logger.info(f"Reading {self._stream_name}, at {format_instant(position)}: {self}")

    def check(self, records: Sequence[dict[str, Any]]) -> None:
        """Compare a page's records with their schema, and warn of fields that are seen for the first time."""
        self._warn(self._drift.check(records))

    def log_summary(self, what: str) -> None:
        """Tell all of it, as when the read ends; and warn of what the data lacks."""
        self._warn(self._drift.summary())
        logger.info(f"{what} {self._stream_name}: {self}")

    def _warn(self, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            logger.warning(f"{self._stream_name}: {sentence}")

    @override
    def __str__(self) -> str:
        """The counts in one line."""
        return (
            f"{self.records} records with {self.requests} requests in {time.monotonic() - self._began:.1f} seconds; "
            f"{self._throttle.retries} retries, {self._throttle.pauses} pauses for the rate limit, "
            f"{self._repeated} duplicates left out, {self._repaired} positions repaired."
        )
