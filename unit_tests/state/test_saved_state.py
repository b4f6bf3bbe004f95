"""The stream state as a person reads and writes it."""

from typing import Any

import pytest

from source_askelephant.errors import ConfigError
from source_askelephant.instants import FIRST_INSTANT, SECOND, Window, parse_instant
from source_askelephant.reading.windows import lower_bound
from source_askelephant.state.saved_state import SavedState, dump_state, parse_state

NOON = parse_instant("2026-03-01T12:00:00Z")


def test_what_is_dumped_is_parsed_again() -> None:
    saved = SavedState(
        NOON + 1, (Window(NOON + SECOND, NOON + 2 * SECOND), Window(NOON + 5 * SECOND, NOON + 6 * SECOND))
    )
    state = dump_state(saved, "updated_at")
    assert state == {
        "updated_at": "2026-03-01T12:00:00.000001Z",
        "windows": [["2026-03-01T12:00:01Z", "2026-03-01T12:00:02Z"], ["2026-03-01T12:00:05Z", "2026-03-01T12:00:06Z"]],
    }
    assert parse_state(state, "updated_at") == saved


def test_a_state_without_windows_is_a_timestamp_that_a_person_can_write() -> None:
    assert dump_state(SavedState(NOON), "updated_at") == {"updated_at": "2026-03-01T12:00:00Z"}


def test_an_empty_state_means_that_nothing_was_read() -> None:
    assert parse_state({}, "updated_at") == SavedState()
    assert dump_state(SavedState(), "updated_at") == {}


def test_what_another_version_added_is_passed_over() -> None:
    assert parse_state({"updated_at": "2026-03-01T12:00:00Z", "later": []}, "updated_at") == SavedState(NOON)


def test_the_lookback_is_taken_off_the_end_of_the_last_window() -> None:
    minute = 60 * SECOND
    saved = SavedState(NOON, (Window(NOON + minute, NOON + 3 * minute), Window(NOON + 4 * minute, NOON + 5 * minute)))
    assert saved.less_lookback(0) == saved
    assert saved.less_lookback(30).windows[-1] == Window(NOON + 4 * minute, NOON + 5 * minute - 30 * SECOND)
    assert saved.less_lookback(150).windows == (Window(NOON + minute, NOON + 5 * minute - 150 * SECOND),)
    assert saved.less_lookback(3_600) == SavedState(NOON)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ({"updated_at": "yesterday"}, "'yesterday' is not a timestamp"),
        ({"updated_at": None}, "None is not a text"),
        ({"updated_at": 5}, "5 is not a text"),
        ({"cursor": "abc"}, "{'cursor': 'abc'}"),
        ({"updated_at": "2026-03-01T12:00:00Z", "windows": 5}, "'int' object is not iterable"),
        ({"updated_at": "2026-03-01T12:00:00Z", "windows": [["2026-03-01T12:00:00Z"]]}, "not enough values"),
        ({"updated_at": "2026-03-01T12:00:00Z", "windows": [["a", "b"]]}, "'a' is not a timestamp"),
        ({"updated_at": "2026-03-01T12:00:00"}, "'2026-03-01T12:00:00' is not a timestamp"),
    ],
)
def test_an_unreadable_state_is_an_error_and_no_full_read(state: dict[str, Any], found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_state(state, "updated_at")
    assert found in str(caught.value)
    assert "reset the stream" in str(caught.value)


@pytest.mark.parametrize("state", [{"updated_at": "x" * 30_000}, {"updated_at": "\x1b[2J"}, {"x" * 30_000: 1}])
def test_what_is_shown_of_a_state_is_cut_and_clean(state: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_state(state, "updated_at")
    assert len(str(caught.value)) < 1_500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("watermark", "start_date", "begin"),
    [
        (None, None, FIRST_INSTANT),
        (FIRST_INSTANT, None, FIRST_INSTANT),
        (None, NOON, NOON),
        (NOON, None, NOON - 60 * SECOND),
        (NOON, NOON - 3600 * SECOND, NOON - 60 * SECOND),
        (NOON, NOON - 30 * SECOND, NOON - 30 * SECOND),
        (NOON, NOON + SECOND, NOON + SECOND),
    ],
)
def test_where_a_read_begins(watermark: int | None, start_date: int | None, begin: int) -> None:
    assert lower_bound(watermark=watermark, lookback_seconds=60, start_date=start_date) == begin
