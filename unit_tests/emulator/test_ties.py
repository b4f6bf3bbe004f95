"""Contacts that share an instant come in an order of the server's choice."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from emulator import Churn
from unit_tests.emulator.asking import ASCENDING, Contact, Params, Serve, instant

ALL: Params = {**ASCENDING, "limit": 100}
DOWN: Params = {"order_by": "updated_at:desc", "limit": 100}
BOUND = "filter[updated_at][gte]"
OTHERS = pytest.mark.parametrize("ties", ["hash", "plan", "request"])


def stamps(contacts: Sequence[Contact]) -> list[datetime]:
    return [instant(contact["updated_at"]) for contact in contacts]


@OTHERS
@pytest.mark.parametrize("shape", ["ties", "flood"])
def test_the_instants_are_in_order_and_the_ids_are_not(serve: Serve, ties: str, shape: str) -> None:
    api = serve(contacts=100, shape=shape, flood_size=50, ties=ties)
    by_id = list(api.emulator.snapshot().values())
    ascending, descending = api.page(ALL)["data"], api.page(DOWN)["data"]
    assert stamps(ascending) == stamps(by_id)
    assert stamps(descending) == stamps(by_id)[::-1]
    assert ascending != by_id
    assert descending != by_id[::-1]
    assert (
        sorted(each["id"] for each in ascending)
        == sorted(each["id"] for each in descending)
        == sorted(each["id"] for each in by_id)
    )


@pytest.mark.parametrize("cursor", ["position", "record"])
def test_one_order_by_hash_leads_through_everything_in_both_directions(serve: Serve, cursor: str) -> None:
    api = serve(contacts=200, shape="flood", flood_size=150, ties="hash", cursor=cursor)
    ascending = api.ids({**ASCENDING, "limit": 7})
    assert ascending == api.ids(ALL)
    assert sorted(ascending) == sorted(api.emulator.snapshot())
    assert api.ids({"limit": 13}) == ascending[::-1]


def test_an_order_by_plan_is_the_same_for_the_same_kind_of_request(serve: Serve) -> None:
    api = serve(contacts=100, shape="flood", ties="plan")
    first = api.page(ALL)
    assert api.page(ALL) == first
    bounded = {**ALL, BOUND: "2000-01-01T00:00:00Z"}
    same_kind = {**ALL, BOUND: "2000-01-02T00:00:00Z"}
    assert api.page(bounded) == api.page(same_kind)
    others: list[Params] = [DOWN, {**ALL, "limit": 99}, bounded, {**ALL, "search": "a"}]
    orders = {tuple(each["id"] for each in api.page(params)["data"][:5]) for params in [ALL, *others]}
    assert len(orders) == 5


def test_a_plan_with_a_cursor_goes_on_in_another_order(serve: Serve) -> None:
    api = serve(contacts=100, shape="flood", ties="plan")
    found = api.ids({**ASCENDING, "limit": 10})
    assert set(found) < set(api.emulator.snapshot()), "what the cursor's plan puts before its record never comes"


def test_an_order_may_differ_with_each_request(serve: Serve) -> None:
    api = serve(contacts=60, shape="flood", ties="request")
    assert len({tuple(each["id"] for each in api.page(ALL)["data"]) for _ in range(5)}) == 5
    api = serve(contacts=60, shape="flood", ties="request")
    first = api.ids({**ASCENDING, "limit": 10})
    again = serve(contacts=60, shape="flood", ties="request").ids({**ASCENDING, "limit": 10})
    assert first == again, "the seed decides"
    assert first != serve(contacts=60, shape="flood", ties="request", seed=2).ids({**ASCENDING, "limit": 10})


@pytest.mark.parametrize("cursor", ["position", "record"])
def test_a_page_by_cursor_begins_behind_its_record_in_the_order_of_the_moment(serve: Serve, cursor: str) -> None:
    api = serve(contacts=60, shape="ties", ties="request", cursor=cursor)
    found = api.walk({**ASCENDING, "limit": 5})
    missing = len(api.emulator.snapshot()) - len({each["id"] for each in found})
    assert 0 < missing < 30
    assert stamps(found) == sorted(stamps(found))


def test_alone_on_their_instants_nothing_changes(serve: Serve) -> None:
    api = serve(contacts=60, ties="request")
    assert api.ids({**ASCENDING, "limit": 7}) == list(api.emulator.snapshot())


@OTHERS
def test_crm_contacts_too(serve: Serve, ties: str) -> None:
    api = serve(contacts=30, shape="flood", ties=ties)
    crm = [each["crm_association"]["crm_object_id"] for each in api.page(ALL)["data"] if "crm_association" in each]
    asked = {f"filter[crm_associations][eq][{n}][id]": each for n, each in enumerate(crm)}
    asked |= {f"filter[crm_associations][eq][{n}][object_type]": "contact" for n in range(len(crm))}
    found = api.ids({**ALL, **asked})
    assert len(found) == len(crm) > 10
    assert found != sorted(found)


def test_with_changes_of_bodies_in_between(serve: Serve) -> None:
    churn = Churn(updates=1, aim=1.0, aim_at="last", between=True)
    api = serve(contacts=60, shape="flood", ties="request", churn=churn)
    for _ in range(3):
        data = api.page({**ALL, "limit": 20})["data"]
        assert data[-1]["description"].startswith("Change ")
        assert [each["id"] for each in data] != sorted(each["id"] for each in data)
