"""Timestamps that are stored finer than they are shown, cut or rounded; and filters compared with either."""

from typing import Any

import pytest

from emulator import Churn
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

ALL: Params = {**ASCENDING, "limit": 100}
NOON = "2026-03-01T12:00:00"


def at(serve: Serve, *instants: str, **settings: Any) -> tuple[Client, list[str]]:
    """A workspace with contacts stamped so, and their ids."""
    api = serve(contacts=0, **settings)
    return api, [api.emulator.create(1, at=instant)[0] for instant in instants]


@pytest.mark.parametrize(
    ("precision", "shown", "expected"),
    [
        ("s", "cut", [f"{NOON}Z", f"{NOON}Z", f"{NOON}Z"]),
        ("s", "rounded", [f"{NOON}Z", "2026-03-01T12:00:01Z", "2026-03-01T12:00:01Z"]),
        ("ms", "cut", [f"{NOON}.499Z", f"{NOON}.500Z", f"{NOON}.999Z"]),
        ("ms", "rounded", [f"{NOON}.500Z", f"{NOON}.500Z", "2026-03-01T12:00:01.000Z"]),
    ],
)
def test_how_it_is_shown(serve: Serve, precision: str, shown: str, expected: list[str]) -> None:
    instants = (f"{NOON}.499500Z", f"{NOON}.500Z", f"{NOON}.999999Z")
    api, ids = at(serve, *instants, precision=precision, stored_precision="us", shown=shown)
    found = api.page(ALL)["data"]
    assert [contact["id"] for contact in found] == ids
    assert [contact["updated_at"] for contact in found] == expected
    assert [contact["created_at"] for contact in found] == expected
    stamp = api.emulator.update(ids[:1], at=instants[0])
    assert stamp == {ids[0]: expected[0]}


def test_the_order_is_that_of_what_is_stored(serve: Serve) -> None:
    api = serve(contacts=500, shape="burst", precision="s", stored_precision="us")
    fine = serve(contacts=500, shape="burst", precision="us")
    assert api.ids({**ASCENDING, "limit": 33}) == list(fine.emulator.snapshot())
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) < 500


@pytest.mark.parametrize(
    ("shown", "compared", "bound", "expected"),
    [
        ("cut", "stored", {"gt": f"{NOON}Z"}, [2, 3]),
        ("cut", "stored", {"gte": f"{NOON}Z"}, [1, 2, 3]),
        ("cut", "stored", {"lte": f"{NOON}Z"}, [0, 1]),
        ("cut", "stored", {"lt": f"{NOON}Z"}, [0]),
        ("cut", "shown", {"gt": f"{NOON}Z"}, []),
        ("cut", "shown", {"gte": f"{NOON}Z"}, [1, 2, 3]),
        ("cut", "shown", {"lte": f"{NOON}Z"}, [0, 1, 2, 3]),
        ("cut", "shown", {"lt": f"{NOON}Z"}, [0]),
        ("cut", "shown", {"gte": f"{NOON}.1Z"}, []),
        ("rounded", "stored", {"gte": "2026-03-01T12:00:01Z"}, []),
        ("rounded", "stored", {"lte": f"{NOON}Z"}, [0, 1]),
        ("rounded", "shown", {"gte": "2026-03-01T12:00:01Z"}, [3]),
        ("rounded", "shown", {"gt": f"{NOON}Z"}, [3]),
        ("rounded", "shown", {"gte": f"{NOON}Z"}, [0, 1, 2, 3]),
        ("rounded", "shown", {"lte": f"{NOON}Z"}, [0, 1, 2]),
        ("rounded", "shown", {"lt": f"{NOON}Z"}, []),
        ("rounded", "shown", {}, [0, 1, 2, 3]),
    ],
)
def test_what_filters_are_compared_with(
    serve: Serve, shown: str, compared: str, bound: dict[str, str], expected: list[int]
) -> None:
    instants = ("2026-03-01T11:59:59.500Z", f"{NOON}Z", f"{NOON}.499999Z", f"{NOON}.5Z")
    api, ids = at(serve, *instants, precision="s", stored_precision="us", shown=shown, compared=compared)
    found = api.ids({**ALL, **{f"filter[updated_at][{name}]": value for name, value in bound.items()}})
    assert found == [ids[each] for each in expected]


def test_asking_from_a_rounded_timestamp_misses_what_it_was_made_from(serve: Serve) -> None:
    api = serve(contacts=300, precision="s", stored_precision="ms", shown="rounded")
    last = api.page({**ASCENDING, "limit": 50})["data"][-1]
    missed = 0
    for contact in api.page(ALL)["data"]:
        again = api.page({**ASCENDING, "limit": 1, "filter[updated_at][gte]": contact["updated_at"]})
        missed += again["data"][0]["id"] != contact["id"]
    assert last in api.page(ALL)["data"]
    assert 20 < missed < 80


def test_a_cursor_from_the_body_has_what_is_shown(serve: Serve) -> None:
    instants = (f"{NOON}.2Z", f"{NOON}.6Z", f"{NOON}.8Z", "2026-03-01T12:00:02Z")
    for shown, expected in (("cut", [0, 1, 0]), ("rounded", [0, 1, 3])):
        api, ids = at(serve, *instants, precision="s", stored_precision="ms", shown=shown, cursor="after",
                      cursor_from="body")  # fmt: skip
        page = api.page({**ASCENDING, "limit": 2})
        rest = api.page({**ASCENDING, "limit": 1, "cursor": page["next_cursor"]})
        assert [contact["id"] for contact in page["data"] + rest["data"]] == [ids[each] for each in expected]


def test_there_is_nothing_to_round_up_to_at_the_end_of_time(serve: Serve) -> None:
    end = "9999-12-31T23:59:59.999999Z"
    api, _ = at(serve, end, precision="ms", stored_precision="us", shown="rounded", compared="shown")
    shown = "9999-12-31T23:59:59.999Z"
    assert api.page()["data"][0]["updated_at"] == shown
    for name, found in {"gt": 0, "gte": 1, "lt": 0, "lte": 1}.items():
        assert len(api.page({f"filter[updated_at][{name}]": shown})["data"]) == found, name


def test_changes_are_stamped_as_fine_as_they_are_stored(serve: Serve) -> None:
    churn = Churn(updates=2, aim=1.0, aim_at="last", between=True)
    api = serve(contacts=60, precision="s", stored_precision="ms", shown="rounded", churn=churn, ties="request")
    for _ in range(5):
        api.page({**ASCENDING, "limit": 10})
    ids = list(api.emulator.snapshot())
    api.emulator.calm_down()
    assert api.ids(ALL) == ids
    assert {contact["updated_at"] for contact in api.walk(ALL)[-5:]} == {f"{NOON}Z"}
