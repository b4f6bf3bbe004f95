"""The Date header: absent, off, or from a cache."""

import time
from email.utils import parsedate_to_datetime

import pytest

from emulator import Fault, VirtualClock
from unit_tests.emulator.asking import Client, Serve

STEADY = VirtualClock(tick_ms=0)
TOO_MANY = Fault("status", status=429, headers={"Retry-After": "0"})


def date(api: Client) -> str:
    return api.get().headers["Date"]


def test_answers_may_have_none(serve: Serve) -> None:
    api = serve(date_absent=True)
    assert "Date" not in api.get().headers
    assert "Date" not in api.get({"limit": 1000}).headers
    assert api.get().headers["Server"] == "emulator"
    api.emulator.fail_next(TOO_MANY)
    assert "Date" not in api.get().headers
    api.emulator.fail_next("short_body")
    with api.get(stream=True) as broken:
        assert "Date" not in broken.headers


@pytest.mark.parametrize(
    ("skew", "expected"),
    [(10_800, "Sun, 01 Mar 2026 15:00:00 GMT"), (-10_800.5, "Sun, 01 Mar 2026 08:59:59 GMT")],
)
def test_it_may_be_off_while_contacts_are_stamped_in_time(serve: Serve, skew: float, expected: str) -> None:
    api = serve(date_skew_seconds=skew, clock=STEADY)
    assert date(api) == expected
    (stamp,) = api.emulator.update(1).values()
    assert stamp == "2026-03-01T12:00:00.000Z"
    assert api.page({"limit": 1})["data"][0]["updated_at"] == stamp
    api.emulator.advance(60)
    assert (parsedate_to_datetime(date(api)) - parsedate_to_datetime(expected)).total_seconds() == 60


def test_the_clocks_own_skew_moves_both(serve: Serve) -> None:
    api = serve(clock_skew_seconds=3_600, date_skew_seconds=-7_200, clock=STEADY)
    assert date(api) == "Sun, 01 Mar 2026 11:00:00 GMT"
    assert list(api.emulator.update(1).values()) == ["2026-03-01T13:00:00.000Z"]


def test_it_may_come_from_a_cache(serve: Serve) -> None:
    api = serve(date_cached_seconds=20, clock=STEADY)
    seen = []
    for _ in range(50):
        seen.append(parsedate_to_datetime(date(api)).second)
        api.emulator.advance(1)
    assert seen == [0] * 21 + [21] * 21 + [42] * 8


def test_a_cached_one_may_be_off_as_well(serve: Serve) -> None:
    api = serve(date_cached_seconds=20, date_skew_seconds=3_600, clock=STEADY)
    api.get()
    api.emulator.advance(5)
    assert date(api) == "Sun, 01 Mar 2026 13:00:00 GMT"


def test_a_real_clock_will_do(serve: Serve) -> None:
    api = serve(date_cached_seconds=1_000, date_skew_seconds=-3_600, clock=None)
    first = date(api)
    assert abs(parsedate_to_datetime(first).timestamp() - (time.time() - 3_600)) < 5
    api.emulator.advance(900)
    assert date(api) == first
    api.emulator.advance(200)
    assert date(api) != first
