"""Which part of a list to read: pure decisions on instants."""

from source_askelephant.instants import SECOND, Instant


def lower_bound(*, watermark: Instant | None, lookback_seconds: int, start_date: Instant | None) -> Instant | None:
    """Where a read begins (included); None reads from the oldest record on.

    ::

        ──────┬────────────────┬───────────────┬────────────►  updated_at
          start_date    watermark - lookback  watermark
                               └─ a read with state begins here

    The lookback is for changes that were saved late: a transaction may commit after a later one was read.
    The start date wins if it is later.
    """
    candidates = [
        candidate
        for candidate in (start_date, None if watermark is None else watermark - lookback_seconds * SECOND)
        if candidate is not None
    ]
    return max(candidates, default=None)
