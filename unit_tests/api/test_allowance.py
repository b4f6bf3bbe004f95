"""What the API's headers say is left is kept, as far as it can be right."""

import math

import pytest

from source_askelephant.api.allowance import MAX_SECONDS, Allowance
from source_askelephant.api.limit_headers import Quota


def told(quota: Quota, *, now: float = 0.0, sent: float = 0.0, under_way: int = 0) -> Allowance:
    allowance = Allowance()
    allowance.note(quota, sent=sent, under_way=under_way, now=now)
    return allowance


def test_what_is_left_is_used_up_and_then_waited_for() -> None:
    allowance = told(Quota(2, 5.0))
    for _ in range(2):
        assert allowance.wait(1.0) <= 0
        allowance.start(1.0)
    assert allowance.wait(1.0) == 4.0
    assert allowance.wait(5.0) <= 0


def test_what_is_under_way_may_not_have_been_counted() -> None:
    assert told(Quota(3, 5.0), under_way=3).wait(0.0) == 5.0
    assert told(Quota(3, 5.0), under_way=2).wait(0.0) <= 0


def test_after_the_reset_nothing_is_known_until_the_next_answer() -> None:
    allowance = told(Quota(0, 5.0))
    for _ in range(3):
        allowance.start(5.0)
        assert allowance.wait(5.0) <= 0


def test_a_long_wait_ends_with_a_request_that_shows_whether_it_was_right() -> None:
    assert told(Quota(0, 3_600.0)).wait(0.0) == MAX_SECONDS


def test_what_turns_out_to_be_said_of_something_else_is_not_believed_any_more() -> None:
    allowance = told(Quota(0, 5.0, limit=100))
    allowance.start(5.0)
    allowance.note(Quota(0, 5.0, limit=100), sent=5.0, under_way=0, now=5.1)
    assert allowance.wait(5.1) <= 0
    allowance.note(Quota(0, 5.0, limit=100), sent=5.1, under_way=0, now=5.2)
    assert allowance.wait(5.2) <= 0


@pytest.mark.parametrize("limit", [1, None])
def test_one_in_each_second_leaves_none_each_time(limit: int | None) -> None:
    allowance = told(Quota(0, 1.0, limit))
    allowance.start(1.0)
    allowance.note(Quota(0, 1.0, limit), sent=1.0, under_way=0, now=1.1)
    believed = allowance.wait(1.1) > 0
    assert believed == (limit == 1)


def test_an_answer_to_what_went_out_before_the_reset_is_believed() -> None:
    allowance = told(Quota(0, 5.0))
    allowance.note(Quota(0, 0.5), sent=4.9, under_way=0, now=5.1)
    assert allowance.wait(5.1) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("quota", "per_second"),
    [
        (Quota(19, 1.0, 20, 1), 20.0),
        (Quota(19, 1.0, 20), 20.0),
        (Quota(99, 7.0, 100, 10), 10.0),
        (Quota(99, 7.0, 100, 60), math.inf),
        (Quota(99, 3_000.0, 1_000), math.inf),
        (Quota(19, 1.0), math.inf),
    ],
)
def test_requests_are_spread_over_a_short_window(quota: Quota, per_second: float) -> None:
    assert told(quota).gap == pytest.approx(1.02 / per_second)
