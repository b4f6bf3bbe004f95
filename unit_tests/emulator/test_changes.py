import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from emulator import Churn, Emulator, Settings, VirtualClock
from unit_tests.emulator.asking import ASCENDING, Client, Serve, instant


def test_changes_show_in_the_next_answer(serve: Serve) -> None:
    api = serve()
    before = api.emulator.snapshot()
    (created,) = api.emulator.create(1)
    victim, survivor, *_ = before
    api.emulator.delete([victim])
    stamps = api.emulator.update([survivor])
    after = {contact["id"]: contact for contact in api.walk()}
    assert after.keys() == before.keys() - {victim} | {created}
    assert after[survivor]["updated_at"] == stamps[survivor]
    assert after[survivor]["created_at"] == before[survivor]["created_at"]
    assert after[survivor] != before[survivor]
    assert after[created]["created_at"] == after[created]["updated_at"]


@pytest.mark.parametrize("precision", ["s", "ms", "us"])
def test_stamps_of_changes_never_go_back(serve: Serve, precision: str) -> None:
    api = serve(precision=precision, clock=None)
    start = datetime.now(timezone.utc) - timedelta(seconds=1)
    stamps = [stamp for _ in range(5) for stamp in api.emulator.update(20).values()]
    instants = [instant(stamp) for stamp in stamps]
    assert instants == sorted(instants)
    assert start <= instants[0] <= instants[-1] <= datetime.now(timezone.utc)
    places = [(instant(contact["updated_at"]), each) for each, contact in api.emulator.snapshot().items()]
    assert places == sorted(places)
    assert {len(stamp) for stamp in stamps} == {{"s": 20, "ms": 24, "us": 27}[precision]}


def test_a_change_can_be_stamped_at_will(serve: Serve) -> None:
    api = serve()
    (future,) = api.emulator.create(1, at="2099-01-01T00:00:00Z")
    (late,) = api.emulator.update(1, at="2001-01-01T00:00:00.5Z")
    ids = list(api.emulator.snapshot())
    assert (ids[0], ids[-1]) == (late, future)
    (stamp,) = api.emulator.update(1).values()
    assert stamp.startswith("2026-03-01T12:00")


def test_what_does_not_exist_cannot_change(serve: Serve) -> None:
    api = serve()
    gone = api.emulator.delete(1)
    for change in (api.emulator.update, api.emulator.delete):
        with pytest.raises(KeyError):
            change(gone)
    assert len(api.emulator.delete(1_000)) == 29
    assert api.emulator.snapshot() == {}


def test_a_virtual_clock_moves_per_request_and_per_change(serve: Serve) -> None:
    api = serve(clock=VirtualClock("2026-03-01T12:00:00Z", tick_ms=60_000), precision="s")
    assert api.get().headers["Date"] == "Sun, 01 Mar 2026 12:01:00 GMT"
    assert list(api.emulator.update(2).values()) == ["2026-03-01T12:02:00Z", "2026-03-01T12:03:00Z"]
    assert api.get({"limit": 0}).headers["Date"] == "Sun, 01 Mar 2026 12:04:00 GMT"


@pytest.mark.parametrize("skew", [0, 3_600, -86_400])
def test_the_clock_may_be_off(serve: Serve, skew: int) -> None:
    api = serve(clock=None, clock_skew_seconds=skew)
    here = datetime.now(timezone.utc)
    (stamp,) = api.emulator.update(1).values()
    for there in (parsedate_to_datetime(api.get().headers["Date"]), instant(stamp)):
        assert abs((there - here).total_seconds() - skew) < 5


def churned(**settings: Any) -> tuple[list[str], dict[str, Any]]:
    """What a walk finds, and what is there afterwards."""
    churn = Churn(creates=1, updates=3, deletes=2, aim=0.5, until_requests=12)
    base = Settings(contacts=200, churn=churn, clock=VirtualClock(), cursor="position")
    with Client(Emulator(Settings(**{**vars(base), **settings}))) as api:
        return api.ids({**ASCENDING, "limit": 10}), api.emulator.snapshot()


def test_churn_is_the_same_every_time() -> None:
    assert churned() == churned()
    assert churned() != churned(seed=2)


def test_churn_comes_after_each_page_until_it_stops(serve: Serve) -> None:
    api = serve(contacts=50, churn=Churn(creates=3, updates=5, deletes=1, until_requests=2))
    before = api.emulator.snapshot()
    first = api.walk({"limit": 100})
    assert first == list(before.values())[::-1]
    once = api.emulator.snapshot()
    assert len(once) == 52
    assert len(once.keys() - before.keys()) in {2, 3}
    api.get()
    twice = api.emulator.snapshot()
    assert len(twice) == 54
    api.get()
    assert api.emulator.snapshot() == twice


def test_churn_aims_at_the_last_cursors_record(serve: Serve) -> None:
    api = serve(contacts=100, churn=Churn(updates=1, aim=1.0))
    page = api.page({**ASCENDING, "limit": 10})
    assert list(api.emulator.snapshot())[-1] == page["data"][-1]["id"]
    api = serve(contacts=100, cursor="record", churn=Churn(deletes=1, aim=1.0))
    assert len(api.walk({**ASCENDING, "limit": 10})) == 10


def test_requests_wait_side_by_side(serve: Serve) -> None:
    api = serve(latency_ms=200)
    start = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda _: ask_alone(api), range(20)))
    took = time.monotonic() - start
    assert statuses == [200] * 20
    assert 0.2 <= took < 2


def test_who_leaves_gets_no_answer_and_changes_nothing(serve: Serve) -> None:
    api = serve(latency_ms=150, churn=Churn(creates=1))
    with pytest.raises(requests.ReadTimeout):
        api.get(timeout=0.05)
    time.sleep(0.2)
    assert api.emulator.requests[0].status is None
    assert len(api.emulator.snapshot()) == 30


def ask_alone(api: Client) -> int:
    headers = {"Authorization": api.emulator.settings.api_key}
    return requests.get(f"{api.emulator.url}/v2/contacts", headers=headers, timeout=5).status_code


def test_changes_may_come_with_each_so_many_th_page(serve: Serve) -> None:
    for between in (False, True):
        api = serve(churn=Churn(updates=1, aim=1.0, aim_at="last", every=3, until_requests=7, between=between))
        changed = []
        for _ in range(9):
            before = api.emulator.snapshot()
            last = api.page({"limit": 10})["data"][-1]["id"]
            changed.append([each for each, body in api.emulator.snapshot().items() if before[each] != body] == [last])
        assert changed == [False, False, True, False, False, True, False, False, False]
