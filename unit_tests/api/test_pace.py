"""The pace that is learned from refusals, against a limit with windows that begin with their first request."""

import math
from random import Random

import pytest

from source_askelephant.api.pace import Pace

MAX_JOURNEY = 0.004
"""Seconds that a request takes to the API: not all take the same, so some arrive closer together than they left."""


class Limit:
    """So many requests per window; then refusals until whole seconds have passed, and a new window."""

    def __init__(self, requests: int, window: float) -> None:
        self.requests, self.window = requests, window
        self.began, self.count = -math.inf, 0

    def refuses(self, now: float) -> float | None:
        """Seconds to wait, None if the request is let through."""
        if now >= self.began + self.window:
            self.began, self.count = now, 0
        self.count += 1
        if self.count <= self.requests:
            return None
        wait = math.ceil(self.began + self.window - now)
        self.began = -math.inf
        return wait


def served(pace: Pace, limit: Limit, fastest: float, seconds: float, now: float = 0.0) -> tuple[int, int, float]:
    """Requests let through and refused in so many seconds, by readers that manage so many a second; and the end."""
    end, passed, refused = now + seconds, 0, 0
    journeys = Random(1)
    while now < end:
        now += max(1 / fastest, pace.wait(now))
        pace.start(now)
        wait = limit.refuses(now + journeys.uniform(0, MAX_JOURNEY))
        if wait is None:
            passed += 1
            pace.succeed()
        else:
            refused += 1
            pace.refuse(now, wait)
            now += wait
    return passed, refused, now


def test_without_a_refusal_there_is_no_pace() -> None:
    pace = Pace()
    passed, refused, now = served(pace, Limit(1_000, 1.0), fastest=50, seconds=10)
    assert (pace.interval, refused) == (0.0, 0)
    assert passed == pytest.approx(500, abs=2)
    assert pace.wait(now) == 0.0


@pytest.mark.parametrize(("requests", "window"), [(5, 1.0), (40, 1.0), (200, 10.0), (600, 60.0), (7_200, 3_600.0)])
@pytest.mark.parametrize("faster", [1.5, 20.0])
def test_nearly_all_that_a_limit_allows_is_used_and_refusals_are_few(
    requests: int, window: float, faster: float
) -> None:
    pace, limit = Pace(), Limit(requests, window)
    fastest = faster * requests / window
    _, _, now = served(pace, limit, fastest, 3 * window)  # to get to know it
    seconds = max(100.0, 10 * window)
    passed, refused, _ = served(pace, limit, fastest, seconds, now)
    assert passed >= 0.95 * requests * seconds / window
    assert refused <= 0.02 * passed


def test_a_limit_that_sinks_is_found_and_one_that_rises_by_and_by() -> None:
    pace = Pace()
    _, _, now = served(pace, Limit(40, 1.0), fastest=100, seconds=20)
    _, _, now = served(pace, Limit(10, 1.0), 100, 40, now)
    passed, _, now = served(pace, Limit(10, 1.0), 100, 100, now)
    assert passed >= 900
    _, _, now = served(pace, Limit(40, 1.0), 100, 1_000, now)
    passed, _, _ = served(pace, Limit(40, 1.0), 100, 100, now)
    assert passed >= 3_600


def test_requests_that_come_late_do_not_come_in_a_bunch_afterwards() -> None:
    pace = Pace()
    _, _, now = served(pace, Limit(10, 1.0), fastest=100, seconds=5)
    now += 60
    pace.start(now)
    assert pace.wait(now) >= 0.9 * pace.interval


def test_a_pace_that_was_just_learned_is_not_refused() -> None:
    pace, limit = Pace(), Limit(40, 1.0)
    _, _, now = served(pace, limit, fastest=100, seconds=3)
    _, refused, _ = served(pace, limit, 100, 20, now)
    assert pace.interval
    assert refused == 0
