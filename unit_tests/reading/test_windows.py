"""Where a read begins, what of it is past, and where it is cut: tables."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_askelephant.instants import FIRST_INSTANT, SECOND, Instant, parse_instant
from source_askelephant.reading.windows import (
    MARGIN,
    MAX_PAGES_BELIEVED,
    MIN_PAGES,
    SETTLED_AFTER,
    affordable_cuts,
    cut_instants,
    horizon,
    lower_bound,
    pages_left,
)

NOON = parse_instant("2026-03-01T12:00:00Z")
MINUTE = 60 * SECOND
HALF = SECOND // 2
DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    ("watermark", "lookback", "start_date", "begin"),
    [
        (None, 0, None, FIRST_INSTANT),
        (None, 60, None, FIRST_INSTANT),
        (None, 60, NOON, NOON),
        (NOON, 0, None, NOON),
        (NOON, 60, None, NOON - MINUTE),
        (NOON, 60, NOON - 2 * MINUTE, NOON - MINUTE),
        (NOON, 60, NOON - HALF, NOON - HALF),
        (NOON, 60, NOON + MINUTE, NOON + MINUTE),
        (FIRST_INSTANT + SECOND, 60, None, FIRST_INSTANT),
    ],
)
def test_lower_bound(watermark: Instant | None, lookback: int, start_date: Instant | None, begin: Instant) -> None:
    assert lower_bound(watermark=watermark, lookback_seconds=lookback, start_date=start_date) == begin


@pytest.mark.parametrize(
    ("newest", "server_time", "expected"),
    [
        pytest.param(NOON, None, NOON - MARGIN, id="no clock: the newest tells the time"),
        pytest.param(NOON + HALF, None, NOON - MARGIN, id="floored to a whole second"),
        pytest.param(NOON + HALF, NOON + MINUTE, NOON - MARGIN, id="changed a minute ago"),
        pytest.param(NOON, NOON + SETTLED_AFTER, NOON - MARGIN, id="not yet at rest"),
        pytest.param(NOON, NOON + SETTLED_AFTER + SECOND, NOON + SECOND, id="at rest: nothing is left for the tail"),
        pytest.param(NOON + HALF, NOON + DAY, NOON + SECOND, id="at rest, with a fraction"),
        pytest.param(NOON + DAY, NOON, NOON - MARGIN, id="stamped in the future"),
        pytest.param(NOON + HALF, NOON, NOON - MARGIN, id="stamped within the second that the server tells"),
    ],
)
def test_horizon(newest: Instant, server_time: Instant | None, expected: Instant) -> None:
    assert horizon(newest, server_time) == expected


@settings(deadline=None)
@given(newest=st.integers(NOON - DAY, NOON + DAY), server_time=st.none() | st.integers(NOON - DAY, NOON + DAY))
def test_a_change_to_come_never_stands_before_the_horizon(newest: Instant, server_time: Instant | None) -> None:
    edge = horizon(newest, server_time)
    assert edge % SECOND == 0
    if server_time is None or newest >= server_time - SETTLED_AFTER:
        clock = newest if server_time is None else min(newest, server_time)
        assert clock - MARGIN - SECOND < edge <= clock - MARGIN
    else:
        assert newest < edge <= newest + SECOND < server_time


@pytest.mark.parametrize(
    ("position", "end", "page_span", "most", "expected"),
    [
        pytest.param(NOON, NOON + DAY, MINUTE, 1, [NOON + DAY // 2], id="in the middle of the time that is left"),
        pytest.param(NOON, NOON + DAY, MINUTE, 2, [NOON + DAY // 3, NOON + 2 * DAY // 3], id="into equal parts"),
        pytest.param(NOON, NOON + DAY, DAY // 7, 9, [NOON + DAY // 2], id="into two if only two are worth it"),
        pytest.param(NOON, NOON + 9 * SECOND, SECOND, 1, [NOON + 4 * SECOND], id="on a whole second"),
        pytest.param(NOON, NOON + SECOND, SECOND // 1_000, 1, [NOON + HALF], id="within a second"),
        pytest.param(NOON, NOON + DAY, DAY // 3, 1, [], id="three pages are left"),
        pytest.param(NOON, NOON + DAY, DAY // 3 - 1, 1, [NOON + DAY // 2], id="a little more"),
        pytest.param(NOON, NOON + DAY, 0, 5, [NOON + DAY // 2], id="nothing is known of the density: one cut"),
        pytest.param(NOON, NOON + 1, 0, 1, [], id="one instant has no halves"),
        pytest.param(NOON, NOON + 2, 0, 1, [NOON + 1], id="two have"),
        pytest.param(NOON, NOON, 0, 1, [], id="nothing is left"),
        pytest.param(NOON + 1, NOON, 0, 1, [], id="less than nothing"),
        pytest.param(NOON, NOON + DAY, SECOND, 1, [NOON + 293 * SECOND], id="in a burst, in the geometric middle"),
    ],
)
def test_cut_instants(position: Instant, end: Instant, page_span: Instant, most: int, expected: list[Instant]) -> None:
    assert cut_instants(position, end, page_span, most) == expected


@settings(deadline=None)
@given(
    position=st.integers(NOON, NOON + DAY),
    left=st.integers(-1, 10) | st.integers(0, DAY),
    page_span=st.integers(0, 10) | st.integers(0, DAY),
    most=st.integers(1, 19),
)
def test_all_parts_of_a_cut_hold_an_instant(position: Instant, left: Instant, page_span: Instant, most: int) -> None:
    cuts = cut_instants(position, position + left, page_span, most)
    if not cuts:
        assert left < 2 or left <= MIN_PAGES * page_span
        return
    assert len(cuts) <= most
    assert left > MIN_PAGES * page_span
    edges = [position, *cuts, position + left]
    assert edges == sorted(set(edges))
    if page_span == 0 or left <= MAX_PAGES_BELIEVED * page_span:
        longest = max(after - before for before, after in pairwise(edges))
        assert longest <= left / (len(cuts) + 1) + 2 * SECOND
        assert len(cuts) == 1 or left / (len(cuts) + 1) >= MIN_PAGES * page_span
    else:
        assert len(cuts) == 1
        assert cuts[0] <= position + left // 2, "in a burst, before the middle of the time that is left"


@pytest.mark.parametrize(
    ("end", "page_span", "expected"),
    [(NOON + DAY, DAY // 4, 4), (NOON + DAY, DAY * 2, 0.5), (NOON + DAY, 0, 0), (NOON + DAY, 1, MAX_PAGES_BELIEVED)],
)
def test_pages_left(end: Instant, page_span: Instant, expected: float) -> None:
    assert pages_left(NOON, end, page_span) == expected


@pytest.mark.parametrize(
    ("requests", "pages", "windows", "expected"),
    [
        pytest.param(2, 1, 1, 8, id="at the beginning: two and a half for each worker"),
        pytest.param(2, 1, 9, 0, id="what is open will cost one request each"),
        pytest.param(1_020, 1_000, 1, 49, id="six for each hundred pages"),
        pytest.param(1_070, 1_000, 1, -1, id="more than that has been used up"),
    ],
)
def test_affordable_cuts(requests: int, pages: float, windows: int, expected: int) -> None:
    assert affordable_cuts(requests, pages, windows=windows, workers=4) == expected
