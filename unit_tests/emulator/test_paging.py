import itertools

import pytest

from unit_tests.emulator.asking import ASCENDING, Serve, instant

SHAPES = ("spread", "burst", "flood", "ties")


@pytest.mark.parametrize(
    ("shape", "precision", "cursor"),
    list(itertools.product(SHAPES, ("s", "ms", "us"), ("position", "record"))),
)
def test_a_walk_finds_each_contact_once_and_in_order(serve: Serve, shape: str, precision: str, cursor: str) -> None:
    api = serve(contacts=234, shape=shape, precision=precision, cursor=cursor, flood_size=150)
    ascending = api.walk({**ASCENDING, "limit": 50})
    assert {contact["id"]: contact for contact in ascending} == api.emulator.snapshot()
    assert len(ascending) == 234
    places = [(instant(contact["updated_at"]), contact["id"]) for contact in ascending]
    assert places == sorted(places)
    assert api.walk({"limit": 37}) == ascending[::-1]
    assert api.walk({"order_by": "updated_at:desc", "limit": 100}) == ascending[::-1]


@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 50])
def test_has_more_is_exact(serve: Serve, count: int) -> None:
    api = serve(contacts=count)
    assert len(api.walk()) == count
    assert len(api.emulator.requests) == max(1, -(-count // 25))


def test_one_per_page(serve: Serve) -> None:
    api = serve(contacts=7, shape="flood")
    assert api.ids({**ASCENDING, "limit": 1}) == list(api.emulator.snapshot())


def test_a_page_looks_as_the_reference_says(serve: Serve) -> None:
    answer = serve(contacts=30).get()
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Api-Version"] == "1.0.0"
    page = answer.json()
    assert set(page) == {"object", "data", "has_more", "next_cursor"}
    assert (page["object"], len(page["data"]), page["has_more"]) == ("list", 25, True)


def test_the_filters_and_order_are_those_of_the_request_not_of_the_cursor(serve: Serve) -> None:
    api = serve(contacts=30)
    ordered = list(api.emulator.snapshot())
    cursor = api.page({**ASCENDING, "limit": 10})["next_cursor"]
    descending = api.page({"limit": 100, "cursor": cursor})
    assert [contact["id"] for contact in descending["data"]] == ordered[8::-1]
