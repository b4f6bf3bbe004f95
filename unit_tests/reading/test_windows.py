"""Where a read begins, what of it is past, and where it is cut: tables."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_askelephant.instants import SECOND, Instant, parse_instant
from source_askelephant.reading.windows import (
    MARGIN,
    MAX_PAGES_BELIEVED,
    MIN_PAGES,
    cut_instants,
    horizon,
    pages_left,
)

NOON = parse_instant("2026-03-01T12:00:00Z")
MINUTE = 60 * SECOND
HALF = SECOND // 2
DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    ("newest", "server_time", "lookback", "expected"),
    [
        pytest.param(NOON, None, 60, NOON - MINUTE, id="no clock: the newest tells the time"),
        pytest.param(NOON + HALF, None, 0, NOON - MARGIN, id="floored to a whole second, a margin at least"),
        pytest.param(NOON, NOON, 60, NOON - MINUTE, id="less the lookback"),
        pytest.param(NOON, NOON + MINUTE, 60, NOON - MARGIN, id="at rest: less a margin, as Date may be ahead"),
        pytest.param(NOON + HALF, NOON + DAY, 60, NOON - MARGIN, id="at rest, with a fraction"),
        pytest.param(
            NOON + HALF, NOON + 2 * DAY, 60, NOON + SECOND, id="at rest for a day: nothing is left for the tail"
        ),
        pytest.param(NOON + DAY, NOON, 60, NOON - MINUTE, id="stamped in the future"),
        pytest.param(NOON, NOON + DAY, 2 * 86_400, NOON - DAY, id="a lookback of days"),
    ],
)
def test_horizon(newest: Instant, server_time: Instant | None, lookback: int, expected: Instant) -> None:
    assert horizon(newest, server_time, lookback) == expected


@settings(deadline=None)
@given(newest=st.integers(NOON, NOON + DAY), server_time=st.none() | st.integers(NOON - DAY, NOON + DAY))
def test_a_change_to_come_never_stands_before_the_horizon(newest: Instant, server_time: Instant | None) -> None:
    edge = horizon(newest, server_time, 0)
    assert edge % SECOND == 0
    settled = (newest if server_time is None else server_time) - MARGIN
    assert min(newest - MARGIN, settled) - SECOND < edge <= min(newest - MARGIN, settled)


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


def test_what_has_changed_since_the_first_request_is_the_presents() -> None:
    assert horizon(NOON, NOON + MINUTE, 60, 5 * SECOND) == NOON - MARGIN - 5 * SECOND
    assert horizon(NOON, NOON + 2 * DAY, 60, 5 * SECOND) == NOON + SECOND, "but not at rest"
