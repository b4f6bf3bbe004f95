"""What becomes of filters beside a cursor, and of a cursor whose record is gone."""

import pytest

from emulator import Churn
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

TEN: Params = {**ASCENDING, "limit": 10}
EVERY_CURSOR = pytest.mark.parametrize("cursor", ["position", "record", "after", "offset", "page", "snapshot"])


def window(api: Client) -> tuple[Params, list[str]]:
    """A request for the contacts 3 to 24, and their ids."""
    everything = list(api.emulator.snapshot().values())
    bounds = {
        "filter[updated_at][gte]": everything[3]["updated_at"],
        "filter[updated_at][lt]": everything[25]["updated_at"],
    }
    return {**TEN, **bounds}, [contact["id"] for contact in everything[3:25]]


def alone(api: Client, params: Params) -> list[str]:
    """What is found by sending each cursor alone."""
    page = api.page(params)
    found = page["data"]
    while page["has_more"]:
        page = api.page({"limit": 10, "cursor": page["next_cursor"]})
        found += page["data"]
    return [contact["id"] for contact in found]


@EVERY_CURSOR
@pytest.mark.parametrize("status", [400, 422])
def test_a_cursor_may_have_to_come_alone(serve: Serve, cursor: str, status: int) -> None:
    api = serve(cursor=cursor, cursor_beside="alone", cursor_keeps="query", validation_status=status)
    params, expected = window(api)
    given = api.page(params)["next_cursor"]
    refused = api.get({**params, "cursor": given})
    assert refused.status_code == status
    fields = [error["field"] for error in refused.json()["errors"]]
    assert sorted(fields) == sorted(params.keys() - {"limit"})
    assert api.get({**ASCENDING, "cursor": given}).status_code == status
    assert api.get({"search": "a", "cursor": given}).status_code == status
    assert alone(api, params) == expected


@EVERY_CURSOR
def test_filters_may_be_refused_beside_it_and_an_order_not(serve: Serve, cursor: str) -> None:
    api = serve(cursor=cursor, cursor_beside="refused", cursor_keeps="query")
    params, expected = window(api)
    given = api.page(params)["next_cursor"]
    refused = api.get({**params, "cursor": given})
    assert refused.status_code == 400
    fields = [error["field"] for error in refused.json()["errors"]]
    assert sorted(fields) == sorted(params.keys() - {"limit", "order_by"})
    rest = api.page({**TEN, "cursor": given})
    assert [contact["id"] for contact in rest["data"]] == expected[10:20]


@pytest.mark.parametrize("cursor", ["position", "record", "after"])
@pytest.mark.parametrize("beside", ["ignored", "refused", "alone"])
@pytest.mark.parametrize("order", ["updated_at:asc", "updated_at:desc"])
def test_one_that_keeps_the_order_alone_goes_on_to_the_end_of_all(
    serve: Serve, cursor: str, beside: str, order: str
) -> None:
    api = serve(cursor=cursor, cursor_beside=beside, cursor_keeps="order")
    params, expected = window(api)
    everything = list(api.emulator.snapshot())
    expected = [*expected, *everything[25:]] if order == "updated_at:asc" else [*expected[::-1], *everything[2::-1]]
    assert alone(api, {**params, "order_by": order}) == expected


@pytest.mark.parametrize("beside", ["applied", "ignored", "refused", "alone"])
def test_one_that_keeps_nothing_turns_round_unless_the_order_comes_with_it(serve: Serve, beside: str) -> None:
    api = serve(cursor_beside=beside)
    everything = list(api.emulator.snapshot())
    given = api.page(TEN)["next_cursor"]
    turned = api.page({"limit": 100, "cursor": given})
    assert [contact["id"] for contact in turned["data"]] == everything[8::-1]
    if beside != "alone":
        rest = api.page({**ASCENDING, "limit": 100, "cursor": given})
        assert [contact["id"] for contact in rest["data"]] == everything[10:]


@EVERY_CURSOR
@pytest.mark.parametrize("beside", ["applied", "ignored"])
@pytest.mark.parametrize("keeps", ["order", "query"])
def test_what_it_keeps_counts_where_nothing_else_does(serve: Serve, cursor: str, beside: str, keeps: str) -> None:
    api = serve(cursor=cursor, cursor_beside=beside, cursor_keeps=keeps)
    params, expected = window(api)
    given = api.page(params)["next_cursor"]
    everything = list(api.emulator.snapshot().values())
    narrow = {"limit": 100, "filter[updated_at][lt]": everything[20]["updated_at"], "cursor": given}
    found = [contact["id"] for contact in api.page(narrow)["data"]]
    if cursor not in {"offset", "page", "snapshot"}:
        unfiltered = expected[10:] if keeps == "query" else list(api.emulator.snapshot())[13:]
        assert found == (expected[10:17] if beside == "applied" else unfiltered)
    if beside == "applied":
        assert api.ids(params) == expected


def test_a_search_is_a_filter_too(serve: Serve) -> None:
    matching = serve(contacts=100).ids({**TEN, "search": "example.com"})
    for beside, keeps, everything in (
        ("ignored", "query", False),
        ("ignored", "nothing", True),
        ("applied", "order", False),
    ):
        api = serve(cursor_beside=beside, cursor_keeps=keeps, contacts=100)
        found = api.ids({**TEN, "search": "example.com"})
        assert (set(found) > set(matching)) is everything
        assert set(found) >= set(matching)


def test_a_cursor_that_was_made_elsewhere_is_refused(serve: Serve) -> None:
    given = serve().page(TEN)["next_cursor"]
    assert serve(cursor_keeps="query").get({"cursor": given}).status_code == 400


@pytest.mark.parametrize("how", ["deleted", "left the filters"])
def test_what_a_lost_cursor_leads_to(serve: Serve, how: str) -> None:
    for lost in ("empty", "first_page", "error"):
        api = serve(cursor="record", cursor_lost=lost, cursor_expired_status=410)
        params, expected = window(api)
        page = api.page(params)
        if how == "deleted":
            api.emulator.delete([expected[9]])
        else:
            api.emulator.update([expected[9]])
        answer = api.get({**params, "cursor": page["next_cursor"]})
        if lost == "error":
            assert answer.status_code == 410
            assert answer.json()["type"].endswith("/cursor-lost")
            continue
        found = [contact["id"] for contact in answer.json()["data"]]
        assert found == ([*expected[:9], expected[10]] if lost == "first_page" else [])
        assert answer.json()["has_more"] is (lost == "first_page")


def test_a_cursor_whose_record_is_there_is_not_lost(serve: Serve) -> None:
    for lost in ("first_page", "error"):
        api = serve(cursor="record", cursor_lost=lost)
        assert api.ids(TEN) == list(api.emulator.snapshot())


def test_aimed_changes_lead_in_a_circle(serve: Serve) -> None:
    churn = Churn(deletes=1, aim=1.0, until_requests=3)
    api = serve(
        cursor="record", cursor_lost="first_page", cursor_beside="alone", cursor_keeps="query", churn=churn, ties="plan"
    )
    first = list(api.emulator.snapshot())
    found = alone(api, TEN)
    assert found[:9] == found[10:19] == first[:9]
