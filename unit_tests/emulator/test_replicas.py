"""Each request sees the workspace as it was some time ago."""

from emulator import Churn, VirtualClock
from unit_tests.emulator.asking import ASCENDING, Params, Serve, instant

ALL: Params = {**ASCENDING, "limit": 100}
STEADY = VirtualClock(tick_ms=0)


def test_what_a_request_sees_goes_back_and_forth(serve: Serve) -> None:
    api = serve(replica_lag_seconds=10, clock=STEADY)
    one = next(iter(api.emulator.snapshot()))
    for _ in range(10):
        api.emulator.update([one])
        api.emulator.advance(1)
    seen = []
    for _ in range(60):
        (contact,) = (each for each in api.page(ALL)["data"] if each["id"] == one)
        seen.append(contact["updated_at"])
    assert len(set(seen)) >= 8, "every age up to the lag"
    assert seen != sorted(seen)
    api.emulator.advance(10)
    assert {str(api.walk(ALL)) for _ in range(20)} == {str(list(api.emulator.snapshot().values()))}


def test_a_page_is_the_workspace_of_one_moment(serve: Serve) -> None:
    clock = VirtualClock(tick_ms=500)
    api = serve(contacts=60, replica_lag_seconds=10, clock=clock, churn=Churn(creates=1, updates=2, deletes=1))
    for _ in range(40):
        stamps = [instant(contact["updated_at"]) for contact in api.page(ALL)["data"]]
        assert stamps == sorted(stamps)


def test_creations_and_deletions_are_seen_late(serve: Serve) -> None:
    api = serve(replica_lag_seconds=10, clock=STEADY)
    before = set(api.emulator.snapshot())
    created = set(api.emulator.create(5))
    deleted = set(api.emulator.delete(list(before)[:5]))
    api.emulator.advance(5)
    seen = [frozenset(api.ids(ALL)) for _ in range(40)]
    assert set(seen) == {frozenset(before), frozenset((before | created) - deleted)}


def test_ids_and_contacts_that_are_looked_up_apart_may_come_from_two_replicas(serve: Serve) -> None:
    churn = Churn(between=True)
    api = serve(replica_lag_seconds=10, clock=STEADY, churn=churn)
    one = next(iter(api.emulator.snapshot()))
    (stamp,) = api.emulator.update([one]).values()
    api.emulator.advance(5)
    found = {
        (place, contact["updated_at"] == stamp)
        for _ in range(40)
        for place, contact in enumerate(api.page(ALL)["data"])
        if contact["id"] == one
    }
    assert found == {(0, False), (0, True), (29, False), (29, True)}


def test_it_is_the_same_every_time_and_can_be_had_with_all_else(serve: Serve) -> None:
    churn = Churn(creates=1, updates=2, deletes=1, aim=0.5, aim_at="page", between=True, until_requests=15)
    kind = {
        "late_commit_seconds": 1,
        "late_commit_share": 0.5,
        "index_behind_seconds": 1,
        "ties": "request",
        "hidden_share": 0.2,
        "cursor": "record",
        "replica_lag_seconds": 3,
        "stored_precision": "us",
    }
    clock = VirtualClock(tick_ms=50)
    first, second = (serve(contacts=150, churn=churn, clock=clock, **kind) for _ in range(2))
    params: Params = {**ASCENDING, "limit": 10}
    for _ in range(30):
        assert first.page(params) == second.page(params)
    first.emulator.advance(10)
    first.page()
    first.emulator.advance(10)
    assert first.ids(params) == list(first.emulator.snapshot())


def test_a_real_clock_will_do(serve: Serve) -> None:
    api = serve(replica_lag_seconds=1_000, clock=None)
    before = list(api.emulator.snapshot())
    api.emulator.update(before[:1])
    seen = {tuple(api.ids(ALL)) for _ in range(20)}
    assert tuple(before) in seen
    api.emulator.advance(1_000)
    assert api.ids(ALL) == before[1:] + before[:1]
