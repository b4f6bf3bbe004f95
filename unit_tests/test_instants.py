"""Timestamps in every form that the API and people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_askelephant.instants import FIRST_INSTANT, LAST_INSTANT, SECOND, format_instant, parse_instant

NOON = 1_772_366_400 * SECOND  # 2026-03-01T12:00:00Z


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T12:00:00.000Z", NOON),
        ("2026-03-01t12:00:00z", NOON),
        ("2026-03-01 12:00:00Z", NOON),
        ("2026-03-01T12:00:00.5Z", NOON + 500_000),
        ("2026-03-01T12:00:00.000001Z", NOON + 1),
        ("2026-03-01T12:00:00.0000019Z", NOON + 1),
        ("2026-03-01T14:00:00+02:00", NOON),
        ("2026-03-01T06:30:00-05:30", NOON),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1_000),
    ],
)
def test_parses(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-03-01T24:00:01Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00+25:00",
        "0001-01-01T00:00:00+02:00",
        "٢٠٢٦-03-01T12:00:00Z",
        " 2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00Z\n",
    ],
)
def test_refuses_what_names_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a timestamp|is outside|must be|out of range|Invalid"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (NOON, "2026-03-01T12:00:00Z"),
        (NOON + 120_000, "2026-03-01T12:00:00.120Z"),
        (NOON + 7, "2026-03-01T12:00:00.000007Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_formats_with_as_few_digits_as_needed(instant: int, text: str) -> None:
    assert format_instant(instant) == text


@given(st.integers(min_value=-62_135_596_800 * SECOND, max_value=253_402_300_799 * SECOND))
def test_what_is_written_is_read_back(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


def test_order_of_instants_is_not_the_order_of_texts() -> None:
    half_past, whole = "2026-03-01T12:00:00.500Z", "2026-03-01T12:00:00Z"
    assert half_past < whole
    assert parse_instant(half_past) > parse_instant(whole)


def test_what_lies_beyond_the_ends_of_time_is_written_as_the_ends() -> None:
    assert format_instant(FIRST_INSTANT - 1) == format_instant(FIRST_INSTANT) == "0001-01-01T00:00:00Z"
    assert format_instant(LAST_INSTANT + SECOND) == format_instant(LAST_INSTANT) == "9999-12-31T23:59:59.999999Z"
