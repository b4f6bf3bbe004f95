"""Which part of a list to read, and where to cut it: pure decisions on instants."""

from math import isqrt

from source_askelephant.errors import ConfigError
from source_askelephant.instants import FIRST_INSTANT, SECOND, Duration, Instant, format_instant

SETTLED_AFTER = 300 * SECOND
"""A list whose newest change is older than this is taken to be at rest: no clocks differ by more."""
MARGIN = 5 * SECOND
"""How much later than its stamp a change may become visible within a read (a transaction that commits late)."""
MIN_PAGES = 3
"""A part of a window with less left than this many pages isn't worth a worker's requests."""
MAX_PAGES_BELIEVED = 10_000
"""More than this isn't left at one density: the page was read in a burst, which ends somewhere before."""

# Of the bound on requests, 1.10 x pages + 3 x workers + 10 (docs/reading.md), so much is for cuts, at one request each:
# half a page at the end of either part. The rest is for confirming ends, for records that come twice, and for the tail.
REQUESTS_PER_CUT = 1
REQUESTS_FOR_CUTS_PER_WORKER = 2.5
REQUESTS_FOR_CUTS_PER_PAGE = 0.06


def lower_bound(*, watermark: Instant | None, lookback_seconds: int, start_date: Instant | None) -> Instant:
    """Where a read begins (included).

    ::

        ──────┬────────────────┬───────────────┬────────────►  updated_at
          start_date    watermark - lookback  watermark
                               └─ a read with state begins here

    The later of the two wins. Without either, a read begins before everything.
    """
    from_state = FIRST_INSTANT if watermark is None else watermark - lookback_seconds * SECOND
    return max(FIRST_INSTANT, from_state, FIRST_INSTANT if start_date is None else start_date)


def horizon(newest: Instant, server_time: Instant | None) -> Instant:
    """Before which instant everything is in the past, so that windows can be read in any order.

    ::

        ─────────────────────────────┬──────────┬─────────►  updated_at
              windows, in any order  │   tail   newest
                                  horizon

    The newest stamp proves how far the server's clock has come; its ``Date`` matters only if it says that the newest
    stamp is in the future, or that nothing has changed for a while.

    Args:
        newest: the newest ``updated_at`` of the list.
        server_time: the server's ``Date`` with the answer that held the newest, None if it sent none.
    """
    if server_time is not None and newest < server_time - SETTLED_AFTER:
        return _floor(newest) + SECOND
    now = newest if server_time is None else min(newest, server_time)
    return _floor(now - MARGIN)


def pages_left(position: Instant, end: Instant, page_span: Duration) -> float:
    """How many pages are left of a window, 0 if that isn't known. Bounded, since no density lasts for ever.

    Args:
        position: up to where the window has been read.
        end: where it ends (excluded).
        page_span: time that a full page takes at the density read last, 0 if unknown.
    """
    return min((end - position) / page_span, MAX_PAGES_BELIEVED) if page_span else 0


def cut_instants(position: Instant, end: Instant, page_span: Duration, most: int) -> list[Instant]:
    """Where to cut what is left of a window, ``[position, end)``; nowhere if it isn't worth it. In ascending order.

    ::

        position ├──────┼──────┼──────┼──────┤ end        at an even density: into equal parts
        position ├─┼─────────────────────────┤ end        in a burst: in the geometric middle

    Parts of equal length don't work within a burst, such as an import that stamps most of a workspace within an hour:
    the second part would begin months behind its end.

    Args:
        position: up to where the window has been read.
        end: where it ends (excluded).
        page_span: time that a full page takes at the density read last, 0 if unknown: then one cut is made.
        most: how many cuts are wanted, at least 1.
    """
    left = end - position
    if left <= MIN_PAGES * page_span or left < 2:  # noqa: PLR2004 - two instants are needed for two halves
        return []
    if left > MAX_PAGES_BELIEVED * page_span > 0:
        cuts = [position + isqrt(left * page_span)]
    else:
        worth = left // (MIN_PAGES * page_span) if page_span else 2
        parts = max(2, min(most + 1, worth))
        cuts = [position + left * part // parts for part in range(1, parts)]
    return sorted({_floor(cut) if _floor(cut) > position else cut for cut in cuts})


def affordable_cuts(requests: int, pages: float, *, windows: int, workers: int) -> int:
    """How many more cuts the requests allow; 0 or less: none. Their number has a bound (see docs/reading.md).

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


def refuse_future_start(start_date: Instant | None, server_time: Instant | None) -> None:
    """Compare the start date with the server's clock; this machine's own may be wrong.

    Raises:
        ConfigError: if the start date lies in the future, so that nothing would ever be read.
    """
    if start_date is not None and server_time is not None and start_date > server_time:
        raise ConfigError(
            f"Invalid configuration: start_date {format_instant(start_date)} is in the future "
            f"(AskElephant's clock says {format_instant(server_time)}); write a moment in the past."
        )
