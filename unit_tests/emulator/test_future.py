"""Contacts stamped in the future, up to the end of the year 9999."""

import pytest

from emulator import Churn, VirtualClock
from unit_tests.emulator.asking import ASCENDING, Params, Serve

TEN: Params = {**ASCENDING, "limit": 10}
STEADY = VirtualClock(tick_ms=0)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({}, "9999-12-31T23:59:59.999Z"),
        ({"precision": "s"}, "9999-12-31T23:59:59Z"),
        ({"precision": "s", "stored_precision": "us", "shown": "rounded"}, "9999-12-31T23:59:59Z"),
        ({"precision": "us"}, "9999-12-31T23:59:59.999999Z"),
        ({"future_seconds": 7_200.5}, "2026-03-01T14:00:00.500Z"),
        ({"future_seconds": 1e15}, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_how_they_are_stamped(serve: Serve, kind: dict[str, object], expected: str) -> None:
    api = serve(contacts=40, future_contacts=25, clock=STEADY, **kind)
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    assert len(stamps) == 40
    assert stamps[15:] == [expected] * 25
    assert max(stamps[:15])[:16] == "2026-03-01T11:50", "the newest of the others is where it was"


@pytest.mark.parametrize("shape", ["spread", "burst", "flood", "ties"])
@pytest.mark.parametrize("ahead", [0, 1, 30, 31])
def test_they_are_some_of_the_contacts(serve: Serve, shape: str, ahead: int) -> None:
    stamps = [each["updated_at"] for each in serve(shape=shape, future_contacts=ahead).emulator.snapshot().values()]
    assert len(stamps) == 30
    assert sum(stamp.startswith("9999") for stamp in stamps) == min(30, ahead)


def test_none_of_them_changes_nothing_of_the_others(serve: Serve) -> None:
    assert serve(contacts=7).emulator.snapshot() == serve(contacts=7, future_seconds=5).emulator.snapshot()


@pytest.mark.parametrize("cursor", ["position", "record", "offset", "page", "snapshot"])
@pytest.mark.parametrize("order", ["updated_at:asc", "updated_at:desc"])
def test_thousands_at_the_end_of_time_can_be_walked_through(serve: Serve, cursor: str, order: str) -> None:
    api = serve(contacts=2_500, future_contacts=2_000, cursor=cursor, compared="shown", shown="rounded",
                stored_precision="us")  # fmt: skip
    everything = list(api.emulator.snapshot())
    assert api.ids({"order_by": order, "limit": 100}) == (everything if order == "updated_at:asc" else everything[::-1])
    bounds = {"filter[updated_at][gt]": "9999-12-31T23:59:59Z", "filter[updated_at][lte]": "9999-12-31T23:59:59.999Z"}
    assert len(api.ids({**ASCENDING, "limit": 100, **bounds})) == 2_000


def test_changes_are_stamped_by_the_clock_all_the_same(serve: Serve) -> None:
    churn = Churn(updates=1, aim=1.0, aim_at="last", between=True)
    api = serve(contacts=20, future_contacts=20, churn=churn, clock=STEADY, late_commit_seconds=1, ties="request")
    api.page(TEN)
    api.emulator.advance(1)
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    assert stamps == ["2026-03-01T12:00:00.000Z"] + ["9999-12-31T23:59:59.999Z"] * 19
