"""Bodies newer than the place: contacts are looked up, then others change them, then they are fetched."""

from typing import Any

import pytest

from emulator import Churn, VirtualClock
from unit_tests.emulator.asking import ASCENDING, Contact, Params, Serve, instant

TEN: Params = {**ASCENDING, "limit": 10}
DESCENDING: Params = {"order_by": "updated_at:desc", "limit": 10}


def ids_of(page: dict[str, Any]) -> list[str]:
    return [contact["id"] for contact in page["data"]]


def stamps(contacts: list[Contact]) -> list[Any]:
    return [instant(contact["updated_at"]) for contact in contacts]


@pytest.mark.parametrize("cursor", ["position", "record"])
def test_a_page_shows_its_last_contact_as_it_is_after_a_change(serve: Serve, cursor: str) -> None:
    api = serve(cursor=cursor, churn=Churn(updates=1, aim=1.0, between=True))
    before = api.emulator.snapshot()
    page = api.page(TEN)
    assert ids_of(page) == list(before)[:10]
    assert page["data"][:-1] == list(before.values())[:9]
    assert page["data"][-1] == list(api.emulator.snapshot().values())[-1], "stamped now, in the place it had before"


def test_without_it_the_change_comes_after_the_page(serve: Serve) -> None:
    api = serve(churn=Churn(updates=1, aim=1.0))
    before = api.emulator.snapshot()
    assert api.page(TEN)["data"] == list(before.values())[:10]


def test_what_is_deleted_in_between_is_left_out_of_a_page_that_has_more(serve: Serve) -> None:
    api = serve(churn=Churn(deletes=1, aim=1.0, between=True))
    before = list(api.emulator.snapshot())
    page = api.page(TEN)
    assert ids_of(page) == before[:9]
    assert page["has_more"]
    assert ids_of(api.page({**TEN, "cursor": page["next_cursor"]})) == before[10:19]


def test_a_page_may_show_what_was_not_asked_for(serve: Serve) -> None:
    api = serve(churn=Churn(updates=1, aim=1.0, aim_at="last", between=True))
    before = list(api.emulator.snapshot().values())
    asked = {**TEN, "filter[updated_at][lte]": before[4]["updated_at"]}
    page = api.page(asked)
    assert ids_of(page) == [contact["id"] for contact in before[:5]]
    assert page["data"][-1]["updated_at"] > before[-1]["updated_at"]
    assert len(api.page(asked)["data"]) == 4, "it has left the filters"


@pytest.mark.parametrize("between", [False, True])
def test_the_aim_at_the_last_contact_needs_no_cursor(serve: Serve, *, between: bool) -> None:
    api = serve(churn=Churn(updates=1, aim=1.0, aim_at="last", between=between))
    page = api.page({**ASCENDING, "limit": 100})
    assert page["next_cursor"] is None
    oldest = api.page({"order_by": "updated_at:desc", "limit": 100})["data"][-1]["id"]
    assert list(api.emulator.snapshot())[-2:] == [page["data"][-1]["id"], oldest]


def test_an_empty_page_leaves_the_aim_where_it_was(serve: Serve) -> None:
    api = serve(churn=Churn(updates=1, aim=1.0, aim_at="last"))
    first = api.page({**TEN, "limit": 1})["data"][0]
    api.page({"search": "no such"})
    assert api.emulator.snapshot()[first["id"]]["description"] == "Change 2"


def test_the_aim_may_be_at_any_contact_of_the_page(serve: Serve) -> None:
    api = serve(contacts=500, churn=Churn(updates=3, aim=1.0, aim_at="page", between=True))
    places = set()
    for _ in range(10):
        before = api.emulator.snapshot()
        page = api.page(TEN)
        assert ids_of(page) == list(before)[:10]
        places |= {place for place, contact in enumerate(page["data"]) if contact != before[contact["id"]]}
    assert {0, 9} < places


def test_it_is_the_same_every_time(serve: Serve) -> None:
    churn = Churn(creates=1, updates=3, deletes=1, aim=0.5, aim_at="page", between=True, until_requests=9)
    first, second = (serve(contacts=100, churn=churn) for _ in range(2))
    assert first.walk(TEN) == second.walk(TEN)
    assert first.emulator.snapshot() == second.emulator.snapshot()


@pytest.mark.parametrize("order", [TEN, DESCENDING])
def test_an_index_that_is_behind_gives_places_and_not_contacts(serve: Serve, order: Params) -> None:
    api = serve(contacts=40, index_behind_seconds=5)
    before = list(api.emulator.snapshot())
    (updated, deleted, *_) = before if order is TEN else before[::-1]
    api.emulator.update([updated])
    api.emulator.delete([deleted])
    api.emulator.create(1)
    page = api.page(order)
    asked = before if order is TEN else before[::-1]
    assert ids_of(page) == [updated, *asked[2:10]]
    assert page["data"][0] == api.emulator.snapshot()[updated], "as it is now"
    assert api.ids(order) == [each for each in asked if each != deleted]
    api.emulator.advance(5)
    now = list(api.emulator.snapshot())
    assert api.ids(order) == (now if order is TEN else now[::-1])


def test_an_index_may_be_behind_by_changes(serve: Serve) -> None:
    api = serve(index_behind_changes=3)
    before = list(api.emulator.snapshot())
    first, second, third, fourth = before[:4]
    for each in (first, second, third):
        api.emulator.update([each])
    api.emulator.advance(3_600)
    assert api.ids(TEN) == before
    api.emulator.update([fourth])
    assert api.ids(TEN) == [*before[1:], first]


def test_an_index_looks_at_filters_and_cursors_as_they_were(serve: Serve) -> None:
    api = serve(index_behind_changes=1, cursor="record")
    before = list(api.emulator.snapshot().values())
    asked = {**TEN, "filter[updated_at][lte]": before[14]["updated_at"]}
    page = api.page(asked)
    (stamp,) = api.emulator.update([page["data"][-1]["id"]]).values()
    rest = api.page({**asked, "cursor": page["next_cursor"]})
    assert rest["data"] == before[10:15], "a cursor still stands where its record was"
    assert stamp in [contact["updated_at"] for contact in api.walk(asked)]


def test_a_real_clock_will_do(serve: Serve) -> None:
    api = serve(index_behind_seconds=60, clock=None)
    before = list(api.emulator.snapshot())
    api.emulator.update(before[:1])
    assert api.ids(TEN) == before
    api.emulator.advance(60)
    assert api.ids(TEN) == before[1:] + before[:1]


def test_it_can_be_had_together_with_changes_in_between(serve: Serve) -> None:
    churn = Churn(creates=1, updates=2, deletes=1, aim=0.5, aim_at="last", between=True, until_requests=20)
    api = serve(contacts=300, index_behind_seconds=1, clock=VirtualClock(tick_ms=100), churn=churn)
    found = api.walk(TEN)
    assert stamps(found) != sorted(stamps(found))
    api.emulator.advance(1)
    found = api.walk(TEN)
    assert found == list(api.emulator.snapshot().values()), "once all is quiet, nothing is wrong any more"


def test_time_can_only_pass(serve: Serve) -> None:
    api = serve()
    assert api.send("POST", "/_emulator/advance", {"seconds": 60}).status_code == 200
    assert api.get().headers["Date"] == "Sun, 01 Mar 2026 12:01:00 GMT"
    for wrong in ({"seconds": -1}, {"seconds": "x"}, {}):
        assert api.send("POST", "/_emulator/advance", wrong).status_code == 400
