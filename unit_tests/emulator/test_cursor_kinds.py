"""Cursors that are neither a position nor a record: instants, offsets, snapshots; and what they are made from."""

import base64
import json
from typing import Any

import pytest

from emulator import Churn
from unit_tests.emulator.asking import ASCENDING, Params, Serve
from unit_tests.emulator.test_cursors import decoded

TEN: Params = {**ASCENDING, "limit": 10}
NEW = pytest.mark.parametrize("cursor", ["after", "offset", "page", "snapshot"])


def ids_of(page: dict[str, Any]) -> list[str]:
    return [contact["id"] for contact in page["data"]]


@NEW
@pytest.mark.parametrize("order", ["updated_at:asc", "updated_at:desc"])
def test_quiet_contacts_on_instants_of_their_own_come_once(serve: Serve, cursor: str, order: str) -> None:
    api = serve(contacts=95, cursor=cursor)
    everything = list(api.emulator.snapshot())
    found = api.ids({"order_by": order, "limit": 10})
    assert found == (everything if order == "updated_at:asc" else everything[::-1])


@NEW
def test_what_they_hold(serve: Serve, cursor: str) -> None:
    fields = {"after": {"updated_at"}, "offset": {"offset"}, "page": {"page"}, "snapshot": {"snapshot", "offset"}}
    api = serve(cursor=cursor)
    given = api.page(TEN)["next_cursor"]
    assert set(decoded(given)) == fields[cursor]
    huge = base64.b64encode(json.dumps({"offset": 10**30, "page": 10**30, "snapshot": "1"}).encode()).decode()
    negative = base64.b64encode(json.dumps({"page": -1}).encode()).decode()
    for wrong in (
        negative,
        "e30",
        "eyJvZmZzZXQiOiAiMSJ9",
        "eyJvZmZzZXQiOiB0cnVlfQ",
        "eyJvZmZzZXQiOiAtMX0",
        "no cursor",
        huge,
    ):
        assert api.get({"cursor": wrong}).status_code == 400, wrong


@pytest.mark.parametrize("order", ["updated_at:asc", "updated_at:desc"])
def test_after_an_instant_the_rest_of_its_ties_never_comes(serve: Serve, order: str) -> None:
    api = serve(contacts=100, shape="flood", flood_size=50, cursor="after")
    found = api.walk({"order_by": order, "limit": 10})
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    flood = max(stamps, key=stamps.count)
    assert [contact["updated_at"] for contact in found if contact["updated_at"] != flood] == sorted(
        (stamp for stamp in stamps if stamp != flood), reverse=order != "updated_at:asc"
    )
    assert sum(contact["updated_at"] == flood for contact in found) <= 10


def test_after_an_instant_filters_hold(serve: Serve) -> None:
    api = serve(cursor="after")
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    bounds = {"filter[updated_at][gte]": stamps[3], "filter[updated_at][lt]": stamps[20]}
    assert api.ids({**TEN, **bounds}) == list(api.emulator.snapshot())[3:20]


@pytest.mark.parametrize("cursor", ["offset", "page"])
def test_an_offset_slips_when_contacts_leave(serve: Serve, cursor: str) -> None:
    api = serve(contacts=60, cursor=cursor)
    before = list(api.emulator.snapshot())
    page = api.page(TEN)
    api.emulator.update(before[:3])
    api.emulator.delete(before[3:5])
    assert ids_of(api.page({**TEN, "cursor": page["next_cursor"]})) == before[15:25]
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    window = {**TEN, "filter[updated_at][gte]": stamps[10]}
    assert api.ids(window) == list(api.emulator.snapshot())[10:]


def test_a_page_is_as_long_as_the_limit_beside_its_number(serve: Serve) -> None:
    for cursor, start in (("offset", 10), ("page", 5)):
        api = serve(cursor=cursor)
        given = api.page(TEN)["next_cursor"]
        found = api.page({**TEN, "limit": 5, "cursor": given})
        assert ids_of(found) == list(api.emulator.snapshot())[start : start + 5]


def test_a_snapshot_has_the_ids_of_then_and_the_contacts_of_now(serve: Serve) -> None:
    api = serve(cursor="snapshot")
    before = list(api.emulator.snapshot())
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    window = {**TEN, "filter[updated_at][lte]": stamps[-1]}
    page = api.page(window)
    (created,) = api.emulator.create(1)
    (stamp,) = api.emulator.update([before[12]]).values()
    api.emulator.delete([before[15]])
    second = api.page({**window, "cursor": page["next_cursor"]})
    assert ids_of(second) == [*before[10:15], *before[16:20]]
    assert second["data"][2]["updated_at"] == stamp
    assert second["has_more"]
    third = api.page({**window, "cursor": second["next_cursor"]})
    assert (ids_of(third), third["has_more"]) == (before[20:], False)
    assert ids_of(api.page({**window, "cursor": page["next_cursor"]})) == ids_of(second), "it can be asked again"
    assert created in api.ids(TEN), "a new traversal has a snapshot of its own"


def test_an_old_snapshot_is_dropped(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.paging.SNAPSHOTS", 2)
    api = serve(cursor="snapshot", cursor_expired_status=410)
    cursors = [api.page(TEN)["next_cursor"] for _ in range(3)]
    assert [api.get({**TEN, "cursor": cursor}).status_code for cursor in cursors] == [410, 200, 200]


@pytest.mark.parametrize("cursor", ["position", "after"])
@pytest.mark.parametrize("cursor_from", ["place", "body"])
def test_a_cursor_from_the_body_leads_to_the_present(serve: Serve, cursor: str, cursor_from: str) -> None:
    churn = Churn(updates=1, aim=1.0, aim_at="last", between=True, until_requests=1)
    api = serve(cursor=cursor, cursor_from=cursor_from, churn=churn)
    before = list(api.emulator.snapshot())
    rest = ids_of(api.page({**TEN, "cursor": api.page(TEN)["next_cursor"]}))
    assert rest == ([] if cursor_from == "body" else before[10:20])


def test_a_cursor_from_the_body_names_the_last_contact_that_is_there(serve: Serve) -> None:
    churn = Churn(deletes=1, aim=1.0, aim_at="last", between=True)
    for cursor_from in ("body", "place"):
        api = serve(cursor="record", cursor_from=cursor_from, churn=churn)
        before = list(api.emulator.snapshot())
        cursor = api.page(TEN)["next_cursor"]
        api.emulator.calm_down()
        found = ids_of(api.page({**TEN, "cursor": cursor}))
        assert found == (before[10:20] if cursor_from == "body" else [])


@NEW
def test_other_orders_of_ties_apply(serve: Serve, cursor: str) -> None:
    api = serve(contacts=60, shape="flood", cursor=cursor, ties="request")
    found = api.ids(TEN)
    assert len(found) == (10 if cursor == "after" else 60)
    assert len(set(found)) == 60 if cursor == "snapshot" else len(set(found)) < 60


@NEW
def test_they_expire(serve: Serve, cursor: str) -> None:
    api = serve(cursor=cursor, cursor_ttl_requests=1)
    given = api.page(TEN)["next_cursor"]
    assert [api.get({**TEN, "cursor": given}).status_code for _ in range(2)] == [200, 400]


@NEW
def test_changes_with_each_page_are_the_same_every_time(serve: Serve, cursor: str) -> None:
    churn = Churn(creates=1, updates=3, deletes=1, aim=0.5, aim_at="last", between=True, until_requests=5)
    first, second = (serve(contacts=80, cursor=cursor, churn=churn, ties="plan") for _ in range(2))
    assert first.walk(TEN) == second.walk(TEN)
