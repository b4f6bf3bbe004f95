"""Which part of a list to read, and where to cut it: pure decisions on instants."""

from math import isqrt

from source_askelephant.instants import SECOND, Duration, Instant

FUTURE_AFTER = 300 * SECOND
"""What is stamped so much later than the server's clock is stamped in the future: no clocks differ by more."""
AT_REST_AFTER = 86_400 * SECOND
"""A list whose newest change is older than this is at rest, even if ``Date`` is hours ahead."""
MARGIN = 10 * SECOND
"""How much later than its stamp a change may become visible to a read: a late commit, an index or a replica behind."""
MIN_PAGES = 3
"""A part of a window with less left than this many pages isn't worth a worker's requests."""
MAX_PAGES_BELIEVED = 10_000
"""More than this isn't left at one density: the page was read in a burst, which ends somewhere before."""


def horizon(newest: Instant, server_time: Instant | None, lookback_seconds: int, passed: Duration = 0) -> Instant:
    """Before which instant everything is settled, so that windows can be read in any order.

    ::

        ─────────────────────────────┬──────────────────┬─────────►  updated_at
              windows, in any order  │       tail      now
                                  horizon = now - lookback

    What lies before it and could still come has come: a change that is saved late, or seen late. And what changes from
    now on leaves it for good. If nothing has changed for so long, it lies just before the newest, since ``Date`` may be
    hours ahead; and if nothing has for a day, behind it.

    Args:
        newest: the newest ``updated_at`` of the list.
        server_time: the server's ``Date`` with the answer that held the newest, None if it sent none.
        lookback_seconds: the configuration's; MARGIN at least.
        passed: time since the first request, whose page may show what has changed since.
    """
    now = newest if server_time is None else server_time
    settled = now - max(MARGIN, lookback_seconds * SECOND)
    if newest < min(settled, now - AT_REST_AFTER):
        return _floor(newest) + SECOND
    return _floor(min(newest - MARGIN - passed, settled))


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


def _floor(instant: Instant) -> Instant:
    return instant - instant % SECOND
