"""Pages that are short or empty and have more: of contacts that are left out afterwards, or cut by the server."""

from typing import Any

import pytest

from emulator import Churn
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

TEN: Params = {**ASCENDING, "limit": 10}
EVERY_CURSOR = pytest.mark.parametrize("cursor", ["position", "record", "after", "offset", "page", "snapshot"])


def pages(api: Client, params: Params) -> list[dict[str, Any]]:
    """Every page that following the cursors finds, empty ones among them."""
    found = [api.page(params)]
    while found[-1]["has_more"]:
        found.append(api.page({**params, "cursor": found[-1]["next_cursor"]}))
    return found


def ids_of(found: list[dict[str, Any]]) -> list[str]:
    return [contact["id"] for page in found for contact in page["data"]]


@EVERY_CURSOR
@pytest.mark.parametrize("order", ["updated_at:asc", "updated_at:desc"])
def test_pages_come_short_and_the_cursors_lead_through(serve: Serve, cursor: str, order: str) -> None:
    api = serve(contacts=100, hidden_share=0.5, cursor=cursor)
    shown = list(api.emulator.snapshot())
    assert len(shown) == 50
    found = pages(api, {"order_by": order, "limit": 10})
    assert len(found) == 10
    assert {len(page["data"]) for page in found} - {10}
    assert ids_of(found) == (shown if order == "updated_at:asc" else shown[::-1])
    assert api.emulator.stats().contacts == 50


def test_a_run_leaves_pages_empty_that_have_more(serve: Serve) -> None:
    api = serve(contacts=240, hidden_share=0.3, hidden_run=60)
    everything = serve(contacts=240)
    shown = list(api.emulator.snapshot())
    hidden = [place for place, each in enumerate(everything.emulator.snapshot()) if each not in shown]
    assert hidden == list(range(hidden[0], hidden[0] + 60)), "one run of them"
    found = pages(api, TEN)
    assert sum(not page["data"] for page in found) == 6
    assert all(page["next_cursor"] for page in found[:-1])
    assert ids_of(found) == shown


@pytest.mark.parametrize(
    ("share", "run", "left"), [(0.0, 1, 30), (1.0, 1, 0), (1.0, 7, 0), (0.3, 100, 30), (1.0, 100, 0)]
)
def test_how_many_are_hidden(serve: Serve, share: float, run: int, left: int) -> None:
    api = serve(hidden_share=share, hidden_run=run)
    assert len(api.emulator.snapshot()) == left
    assert len(ids_of(pages(api, TEN))) == left


def test_all_hidden_is_an_empty_page_that_has_more(serve: Serve) -> None:
    page = serve(hidden_share=1.0).page({"limit": 1})
    assert page["data"] == []
    assert page["has_more"]
    assert page["next_cursor"]


def test_hidden_contacts_stay_hidden_and_new_ones_may_be(serve: Serve) -> None:
    api = serve(contacts=40, hidden_share=0.5)
    shown = set(api.emulator.snapshot())
    api.emulator.update(40)
    assert set(api.emulator.snapshot()) == shown
    created = set(api.emulator.create(40))
    assert 10 < len(created & set(api.emulator.snapshot())) < 30
    api.emulator.delete(80)
    assert (api.emulator.snapshot(), api.emulator.stats().contacts) == ({}, 0)


def test_a_cursor_from_the_body_names_no_hidden_contact(serve: Serve) -> None:
    for cursor_from in ("place", "body"):
        api = serve(contacts=100, hidden_share=0.5, cursor="record", cursor_from=cursor_from)
        found = pages(api, TEN)
        assert set(ids_of(found)) == set(api.emulator.snapshot())
        assert len(found) == 10 if cursor_from == "place" else len(found) > 10


def test_with_changes_aimed_at_the_last_contact_that_is_shown(serve: Serve) -> None:
    churn = Churn(updates=1, aim=1.0, aim_at="last", between=True)
    api = serve(contacts=200, hidden_share=0.5, churn=churn, ties="request", shape="ties")
    for page in [api.page(TEN) for _ in range(5)]:
        assert page["data"][-1]["description"].startswith("Change ")


@EVERY_CURSOR
@pytest.mark.parametrize("order", ["updated_at:asc", "updated_at:desc"])
def test_the_server_may_serve_fewer_than_it_is_asked_for(serve: Serve, cursor: str, order: str) -> None:
    api = serve(contacts=100, most_per_page=40, cursor=cursor, cursor_beside="alone", cursor_keeps="query")
    page = api.page({"order_by": order, "limit": 100})
    found = [page]
    while page["has_more"]:
        page = api.page({"limit": 100, "cursor": page["next_cursor"]})
        found.append(page)
    assert [len(page["data"]) for page in found] == [40, 40, 20]
    everything = list(api.emulator.snapshot())
    assert ids_of(found) == (everything if order == "updated_at:asc" else everything[::-1])


def test_one_that_asks_for_less_gets_that(serve: Serve) -> None:
    api = serve(most_per_page=5)
    assert [len(api.page({"limit": limit})["data"]) for limit in (1, 4, 5, 6)] == [1, 4, 5, 5]
    assert len(api.page()["data"]) == 5, "as nobody says how many, 25 are meant"
    assert api.get({"limit": 101}).status_code == 400
