"""Changes that are stamped now and can be seen only later, as those of a transaction that commits late."""

import time

import pytest

from emulator import Churn, VirtualClock
from unit_tests.emulator.asking import ASCENDING, Params, Serve, instant

TEN: Params = {**ASCENDING, "limit": 10}
NEWEST: Params = {"limit": 1}


def test_a_change_is_seen_late_and_stamped_early(serve: Serve) -> None:
    api = serve(late_commit_seconds=12)
    before = api.emulator.snapshot()
    oldest = next(iter(before))
    (stamp,) = api.emulator.update([oldest]).values()
    (created,) = api.emulator.create(1)
    assert api.emulator.snapshot() == before
    assert api.walk(TEN) == list(before.values())
    api.emulator.advance(12)
    after = api.walk(TEN)
    assert [contact["id"] for contact in after] == [*list(before)[1:], oldest, created]
    assert after[-2]["updated_at"] == stamp
    assert instant(stamp) < instant(after[-1]["updated_at"])


def test_it_appears_behind_what_was_seen_already(serve: Serve) -> None:
    api = serve(late_commit_seconds=12, late_commit_share=0.5)
    stamps = api.emulator.update(20)
    seen = [stamp for stamp in stamps.values() if stamp in str(api.walk(TEN))]
    assert 3 < len(seen) < 17
    late = set(stamps.values()) - set(seen)
    api.emulator.advance(12)
    assert {each["updated_at"] for each in api.walk(TEN)} >= late
    assert min(late) < max(seen)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 30), (1.0, 0)])
def test_the_share_is_of_creates_and_updates(serve: Serve, share: float, expected: int) -> None:
    api = serve(late_commit_seconds=12, late_commit_share=share)
    stamps = set(api.emulator.update(30).values())
    assert len(stamps & {each["updated_at"] for each in api.walk(TEN)}) == expected


def test_a_deletion_is_seen_at_once_and_stays(serve: Serve) -> None:
    api = serve(late_commit_seconds=12)
    victim = next(iter(api.emulator.snapshot()))
    api.emulator.update([victim])
    api.emulator.delete([victim])
    api.emulator.advance(60)
    assert victim not in api.emulator.snapshot()
    assert len(api.ids(TEN)) == 29


def test_a_later_change_is_never_undone(serve: Serve) -> None:
    api = serve(late_commit_seconds=12, late_commit_share=0.5, clock=VirtualClock(tick_ms=1_000))
    one = next(iter(api.emulator.snapshot()))
    seen = []
    for _ in range(40):
        api.emulator.update([one])
        seen.append(api.emulator.snapshot()[one]["updated_at"])
    assert seen == sorted(seen)
    assert len(set(seen)) > 15


def test_what_counts_is_which_change_came_last_and_not_its_stamp(serve: Serve) -> None:
    api = serve(late_commit_seconds=12, clock=VirtualClock(tick_ms=0))
    one = next(iter(api.emulator.snapshot()))
    for number in range(1, 4):
        api.emulator.update([one], at="2020-01-01T00:00:00Z" if number == 2 else None)
        api.emulator.advance(5)
    seen = []
    for _ in range(3):
        seen.append(api.emulator.snapshot()[one])
        api.emulator.advance(5)
    assert [each["description"] for each in seen] == ["Change 1", "Change 2", "Change 3"]
    assert [each["updated_at"][:4] for each in seen] == ["2026", "2020", "2026"]


def test_a_page_sees_it_with_the_passing_of_a_virtual_clock(serve: Serve) -> None:
    churn = Churn(creates=1, until_requests=1)
    api = serve(late_commit_seconds=2.5, churn=churn, clock=VirtualClock(tick_ms=1_000))
    counts = [len(api.page({"limit": 100})["data"]) for _ in range(6)]
    assert counts == [30, 30, 30, 31, 31, 31]


def test_a_real_clock_will_do(serve: Serve) -> None:
    api = serve(late_commit_seconds=0.05, clock=None)
    (stamp,) = api.emulator.update(1).values()
    time.sleep(0.06)
    assert api.page(NEWEST)["data"][0]["updated_at"] == stamp


def test_it_can_be_had_with_changes_in_between_and_an_index_that_is_behind(serve: Serve) -> None:
    churn = Churn(creates=1, updates=2, deletes=1, aim=0.5, aim_at="last", between=True, until_requests=15)
    kind = {"late_commit_seconds": 1, "late_commit_share": 0.5, "index_behind_seconds": 1, "ties": "request"}
    clock = VirtualClock(tick_ms=50)
    first, second = (serve(contacts=150, churn=churn, clock=clock, **kind) for _ in range(2))
    assert first.walk(TEN) == second.walk(TEN), "the seed decides"
    first.emulator.advance(1)
    first.page()
    first.emulator.advance(1)
    assert first.walk(TEN) == list(first.emulator.snapshot().values())
