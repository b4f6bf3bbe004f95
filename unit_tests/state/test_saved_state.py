"""The stream state as a person reads and writes it."""

from typing import Any

import pytest

from source_askelephant.errors import ConfigError
from source_askelephant.instants import FIRST_INSTANT, LAST_INSTANT, SECOND, Window, format_instant, parse_instant
from source_askelephant.state.saved_state import MAX_WINDOWS, SavedState, dump_state, parse_state

NOON = parse_instant("2026-03-01T12:00:00Z")
MINUTE = 60 * SECOND


def test_what_is_dumped_is_parsed_again() -> None:
    saved = SavedState(
        NOON + 1, (Window(NOON + SECOND, NOON + 2 * SECOND), Window(NOON + 5 * SECOND, NOON + 6 * SECOND))
    )
    state = dump_state(saved, "updated_at")
    assert state == {
        "updated_at": "2026-03-01T12:00:00.000001Z",
        "windows": [["2026-03-01T12:00:01Z", "2026-03-01T12:00:02Z"], ["2026-03-01T12:00:05Z", "2026-03-01T12:00:06Z"]],
    }
    assert parse_state(state, "updated_at", "contacts") == saved


def test_once_a_read_has_ended_its_state_says_what_it_is_true_of() -> None:
    finished = SavedState(NOON, as_of=NOON + SECOND, start_date=FIRST_INSTANT, filters={})
    state = dump_state(finished, "updated_at")
    assert state == {"updated_at": "2026-03-01T12:00:00Z", "as_of": "2026-03-01T12:00:01Z"}
    assert parse_state(state, "updated_at", "contacts") == finished
    narrow = finished._replace(start_date=NOON - SECOND, filters={"search": "ada"})
    state = dump_state(narrow, "updated_at")
    assert state == {
        "updated_at": "2026-03-01T12:00:00Z",
        "as_of": "2026-03-01T12:00:01Z",
        "start_date": "2026-03-01T11:59:59Z",
        "filters": {"search": "ada"},
    }
    assert parse_state(state, "updated_at", "contacts") == narrow


def test_a_state_without_windows_is_a_timestamp_that_a_person_can_write() -> None:
    assert dump_state(SavedState(NOON), "updated_at") == {"updated_at": "2026-03-01T12:00:00Z"}


def test_an_empty_state_means_that_nothing_was_read() -> None:
    assert parse_state({}, "updated_at", "contacts") == SavedState()
    assert dump_state(SavedState(), "updated_at") == {}


def test_what_another_version_added_is_passed_over() -> None:
    assert parse_state({"updated_at": "2026-03-01T12:00:00Z", "later": []}, "updated_at", "contacts") == SavedState(
        NOON
    )


def test_the_lookback_is_taken_off_the_end_of_the_last_window() -> None:
    saved = SavedState(NOON, (Window(NOON + MINUTE, NOON + 3 * MINUTE), Window(NOON + 4 * MINUTE, NOON + 5 * MINUTE)))

    def windows_less(lookback: int) -> tuple[Window, ...]:
        begin, left = saved.go_on(None, lookback)
        assert begin == NOON - lookback * SECOND
        return left.windows

    assert windows_less(0) == saved.windows
    assert windows_less(30)[-1] == Window(NOON + 4 * MINUTE, NOON + 5 * MINUTE - 30 * SECOND)
    assert windows_less(150) == (Window(NOON + MINUTE, NOON + 5 * MINUTE - 150 * SECOND),)
    assert windows_less(3_600) == ()


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
        ({"updated_at": "2026-03-01T12:00:00Z", "as_of": 5}, "5 is not a text"),
        ({"updated_at": "2026-03-01T12:00:00Z", "start_date": ""}, "'' is not a timestamp"),
        ({"updated_at": "2026-03-01T12:00:00Z", "filters": 5}, "'int' object is not iterable"),
    ],
)
def test_an_unreadable_state_is_an_error_and_no_full_read(state: dict[str, Any], found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_state(state, "updated_at", "contacts")
    assert str(caught.value).startswith("The state of contacts can't be read: ")
    assert found in str(caught.value)
    assert "reset the stream" in str(caught.value)


@pytest.mark.parametrize("state", [{"updated_at": "x" * 30_000}, {"updated_at": "\x1b[2J"}, {"x" * 30_000: 1}])
def test_what_is_shown_of_a_state_is_cut_and_clean(state: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_state(state, "updated_at", "contacts")
    assert len(str(caught.value)) < 1_500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("saved", "begin"),
    [
        (SavedState(), FIRST_INSTANT),
        (SavedState(NOON), NOON - MINUTE),
        (SavedState(NOON, as_of=NOON), NOON - MINUTE),
        (SavedState(NOON, as_of=NOON + MINUTE + SECOND // 2), NOON + SECOND // 2),
        (SavedState(NOON, as_of=NOON + 10 * MINUTE), NOON + SECOND),
        (SavedState(NOON + 5_000, as_of=NOON + 10 * MINUTE), NOON + 6_000),
        (SavedState(NOON + 5, as_of=NOON + 10 * MINUTE), NOON + 6),
        (SavedState(LAST_INSTANT, as_of=LAST_INSTANT), LAST_INSTANT - MINUTE),
        (SavedState(LAST_INSTANT, as_of=LAST_INSTANT + 10 * MINUTE), LAST_INSTANT),
        (SavedState(FIRST_INSTANT), FIRST_INSTANT),
        (SavedState(NOON, as_of=FIRST_INSTANT), FIRST_INSTANT),
    ],
)
def test_where_the_next_read_goes_on(saved: SavedState, begin: int) -> None:
    assert saved.go_on(None, lookback_seconds=60)[0] == begin


LATER, MUCH_LATER = NOON + MINUTE, NOON + 10 * MINUTE
ENDED = SavedState(LATER, as_of=MUCH_LATER, start_date=NOON)
"""Of a read that began with noon."""


@pytest.mark.parametrize(
    ("saved", "start_date", "begin", "left"),
    [
        pytest.param(SavedState(), NOON, NOON, SavedState(start_date=NOON), id="nothing was read"),
        pytest.param(ENDED, NOON, LATER + SECOND, SavedState(LATER, start_date=NOON), id="the same"),
        pytest.param(
            ENDED,
            NOON - MINUTE,
            NOON - MINUTE,
            SavedState(None, (Window(NOON, LATER + SECOND),), start_date=NOON - MINUTE),
            id="moved back: the gap is read",
        ),
        pytest.param(
            ENDED,
            None,
            FIRST_INSTANT,
            SavedState(None, (Window(NOON, LATER + SECOND),), start_date=FIRST_INSTANT),
            id="removed: all before is read",
        ),
        pytest.param(
            ENDED, NOON + SECOND, LATER + SECOND, SavedState(LATER, start_date=NOON), id="moved forth, to what was read"
        ),
        pytest.param(
            ENDED, MUCH_LATER, MUCH_LATER, SavedState(LATER, start_date=MUCH_LATER), id="moved beyond what was read"
        ),
        pytest.param(
            SavedState(LATER), NOON - MINUTE, NOON, SavedState(LATER, start_date=NOON - MINUTE), id="a person's state"
        ),
        pytest.param(
            SavedState(LATER, (Window(MUCH_LATER, MUCH_LATER + MINUTE),), start_date=NOON),
            NOON - MINUTE,
            NOON - MINUTE,
            SavedState(None, (Window(MUCH_LATER, MUCH_LATER),), start_date=NOON - MINUTE)._replace(windows=()),
            id="moved back while a read is under way",
        ),
    ],
)
def test_a_start_date_that_was_moved(saved: SavedState, start_date: int | None, begin: int, left: SavedState) -> None:
    assert saved.go_on(start_date, lookback_seconds=60) == (begin, left)


def test_only_the_longest_of_very_many_windows_are_kept() -> None:
    windows = [Window(NOON + 10 * number, NOON + 10 * number + 1 + number % 2) for number in range(20_000)]
    saved = SavedState(NOON, tuple(windows))
    kept = parse_state(dump_state(saved, "updated_at"), "updated_at", "contacts").windows
    assert len(kept) == MAX_WINDOWS
    assert list(kept) == sorted(kept)
    assert {end - begin for begin, end in kept} == {2}
    state = dump_state(saved._replace(windows=()), "updated_at")
    state["windows"] = [[format_instant(begin), format_instant(end)] for begin, end in windows]
    assert parse_state(state, "updated_at", "contacts").windows == kept
