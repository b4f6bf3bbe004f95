"""The stream state as a person reads and writes it."""

from typing import Any

import pytest

from source_askelephant.errors import ConfigError
from source_askelephant.instants import SECOND, parse_instant
from source_askelephant.state import dump_state, parse_state
from source_askelephant.windows import lower_bound

NOON = parse_instant("2026-03-01T12:00:00Z")


def test_what_is_dumped_is_parsed_again() -> None:
    state = dump_state(NOON + 1, "updated_at")
    assert state == {"updated_at": "2026-03-01T12:00:00.000001Z"}
    assert parse_state(state, "updated_at") == NOON + 1


def test_an_empty_state_means_that_nothing_was_read() -> None:
    assert parse_state({}, "updated_at") is None
    assert dump_state(None, "updated_at") == {}


def test_what_a_later_version_added_is_passed_over() -> None:
    assert parse_state({"updated_at": "2026-03-01T12:00:00Z", "later": []}, "updated_at") == NOON


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ({"updated_at": "yesterday"}, "'yesterday' is not a timestamp"),
        ({"updated_at": None}, "None is not a text"),
        ({"updated_at": 5}, "5 is not a text"),
        ({"cursor": "abc"}, "{'cursor': 'abc'}"),
        ({"updated_at": "2026-03-01T12:00:00"}, "'2026-03-01T12:00:00' is not a timestamp"),
    ],
)
def test_an_unreadable_state_is_an_error_and_no_full_read(state: dict[str, Any], found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_state(state, "updated_at")
    assert found in str(caught.value)
    assert "reset the stream" in str(caught.value)


@pytest.mark.parametrize(
    ("watermark", "start_date", "begin"),
    [
        (None, None, None),
        (None, NOON, NOON),
        (NOON, None, NOON - 60 * SECOND),
        (NOON, NOON - 3600 * SECOND, NOON - 60 * SECOND),
        (NOON, NOON - 30 * SECOND, NOON - 30 * SECOND),
        (NOON, NOON + SECOND, NOON + SECOND),
    ],
)
def test_where_a_read_begins(watermark: int | None, start_date: int | None, begin: int | None) -> None:
    assert lower_bound(watermark=watermark, lookback_seconds=60, start_date=start_date) == begin
