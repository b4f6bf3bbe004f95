"""What holds for each of the five lists alike, and that each is by itself."""

import re
from typing import Any

import pytest

from emulator import Churn, Settings
from emulator.lists import SCOPES, ListName
from unit_tests.emulator.asking import ASCENDING, EVERY_LIST, LISTS, Client, Params, Serve, instant

PREFIXES = {"contacts": "cnt_", "companies": "cmp_", "users": "usr_", "tags": "tag_", "engagements": "ngmt_"}
OBJECTS = {"contacts": "contact", "companies": "company", "users": "user", "tags": "tag", "engagements": "engagement"}
TEN: Params = {**ASCENDING, "limit": 10}
EVERY_CURSOR = pytest.mark.parametrize("cursor", ["position", "record", "after", "offset", "page", "snapshot"])


def full(serve: Serve, **settings: Any) -> Client:
    """An emulator with 60 records in each list."""
    counts: dict[str, Any] = dict.fromkeys(LISTS, 60)
    return serve(**{**counts, **settings})


@EVERY_LIST
@EVERY_CURSOR
def test_a_walk_finds_each_record_once_and_in_order(serve: Serve, of: ListName, cursor: str) -> None:
    api = full(serve, shape="spread" if cursor == "after" else "ties", cursor=cursor)
    everything = list(api.emulator.snapshot(of).values())
    assert len(everything) == 60
    places = [(instant(record["updated_at"]), record["id"]) for record in everything]
    assert places == sorted(places)
    assert api.walk({**ASCENDING, "limit": 7}, of) == everything
    assert api.walk({"limit": 100}, of) == everything[::-1]
    assert api.walk(None, of) == everything[::-1]


@EVERY_LIST
def test_ids_and_objects(serve: Serve, of: ListName) -> None:
    for record_id, record in full(serve).emulator.snapshot(of).items():
        assert re.fullmatch(rf"{PREFIXES[of]}[0-9A-HJKMNP-TV-Z]{{26}}", record_id)
        assert (record["id"], record["object"]) == (record_id, OBJECTS[of])


@EVERY_LIST
def test_ties_come_in_an_order_of_the_servers(serve: Serve, of: ListName) -> None:
    api = full(serve, shape="flood", ties="hash")
    found = api.ids(TEN, of)
    assert found != list(api.emulator.snapshot(of))
    assert sorted(found) == sorted(api.emulator.snapshot(of))


@EVERY_LIST
def test_the_seed_decides(serve: Serve, of: ListName) -> None:
    first, again, other = (full(serve, seed=seed).emulator.snapshot(of) for seed in (7, 7, 8))
    assert first == again
    assert not first.keys() & other.keys()


def test_no_list_changes_with_the_size_of_those_that_it_does_not_refer_to(serve: Serve) -> None:
    alone = serve(companies=0).emulator.snapshot()
    assert full(serve, contacts=30, companies=0).emulator.snapshot() == alone
    others: tuple[ListName, ...] = ("companies", "users", "tags")
    for of in others:
        smaller: dict[str, Any] = {each: 60 if each == of else 5 for each in LISTS}
        assert serve(**smaller).emulator.snapshot(of) == full(serve).emulator.snapshot(of)


@EVERY_LIST
def test_bounds_of_updated_at(serve: Serve, of: ListName) -> None:
    api = full(serve)
    ids = list(api.emulator.snapshot(of))
    low, high = (list(api.emulator.snapshot(of).values())[place]["updated_at"] for place in (20, 40))
    for lower, upper, expected in (("gte", "lte", ids[20:41]), ("gt", "lt", ids[21:40])):
        bounds = {f"filter[updated_at][{lower}]": low, f"filter[updated_at][{upper}]": high}
        assert api.ids({**TEN, **bounds}, of) == expected


@EVERY_LIST
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"order_by": "created_at:asc"}, "order_by"),
        ({"filter[updated_at][gte]": "yesterday"}, "filter[updated_at][gte]"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_what_is_wrong_is_refused(serve: Serve, of: ListName, params: Params, field: str) -> None:
    answer = full(serve, validation_status=422).get(params, of)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@EVERY_LIST
def test_each_list_takes_its_own_scope(serve: Serve, of: ListName) -> None:
    own = f"{of}:read"
    for scopes in ((own,), ("workspace:admin",), SCOPES):
        assert full(serve, scopes=scopes).get(of=of).status_code == 200
    for scopes in (tuple({*SCOPES} - {own}), ()):
        answer = full(serve, scopes=scopes).get(of=of)
        assert answer.status_code == 403
        assert own in answer.json()["detail"]


def test_all_scopes_are_the_default() -> None:
    expected = {*(f"{of}:read" for of in LISTS), "engagements:private:read"}
    assert set(Settings().scopes) == expected
    assert len(Settings().scopes) == 6


@EVERY_LIST
def test_changes_by_others_hit_the_list_that_is_read(serve: Serve, of: ListName) -> None:
    churn = Churn(creates=3, updates=1, deletes=1, aim=1.0, aim_at="last", between=True)
    api = full(serve, churn=churn)
    before = {each: api.emulator.snapshot(each) for each in LISTS}
    api.page(TEN, of)
    for each in LISTS:
        assert len(api.emulator.snapshot(each)) == (62 if each == of else 60)
        assert (api.emulator.snapshot(each) == before[each]) == (each != of)


@EVERY_LIST
def test_calmed_down_nothing_changes(serve: Serve, of: ListName) -> None:
    api = full(serve, churn=Churn(creates=1), processing_share=1.0)
    api.page(TEN, of)
    before = api.emulator.snapshot(of)
    api.emulator.calm_down()
    api.page(TEN, of)
    assert api.emulator.snapshot(of) == before


@EVERY_LIST
def test_changes_by_hand(serve: Serve, of: ListName) -> None:
    api = full(serve)
    first, second, *_ = before = api.emulator.snapshot(of)
    (created,) = api.emulator.create(1, of=of)
    stamps = api.emulator.update([first], "2026-05-01T00:00:00Z", of)
    assert api.emulator.delete([second], of) == [second]
    after = {record["id"]: record for record in api.walk(ASCENDING, of)}
    assert after.keys() == before.keys() - {second} | {created}
    assert after[created]["created_at"] == after[created]["updated_at"]
    assert after[first]["updated_at"] == stamps[first] == "2026-05-01T00:00:00.000Z"
    changed = {name for name, value in after[first].items() if before[first].get(name) != value}
    assert changed == {"updated_at", "job_title" if of == "users" else "description"}
    with pytest.raises(KeyError):
        api.emulator.update([second], of=of)


@EVERY_LIST
@EVERY_CURSOR
def test_some_may_be_hidden(serve: Serve, of: ListName, cursor: str) -> None:
    api = full(serve, hidden_share=0.5, hidden_run=10, cursor=cursor)
    assert len(api.emulator.snapshot(of)) == 30
    page = api.page(TEN, of)
    sizes, found = [len(page["data"])], page["data"]
    while page["has_more"]:
        page = api.page({**TEN, "cursor": page["next_cursor"]}, of)
        sizes.append(len(page["data"]))
        found += page["data"]
    assert sorted(sizes) == [0, 0, 0, 10, 10, 10]
    assert found == list(api.emulator.snapshot(of).values())


@EVERY_LIST
def test_some_may_be_ahead_of_the_clock(serve: Serve, of: ListName) -> None:
    stamps = [each["updated_at"] for each in full(serve, future_contacts=4).emulator.snapshot(of).values()]
    assert [stamp > "9999" for stamp in stamps] == [False] * 56 + [True] * 4


@EVERY_LIST
def test_changes_may_be_committed_late(serve: Serve, of: ListName) -> None:
    api = full(serve, late_commit_seconds=60)
    (created,) = api.emulator.create(1, of=of)
    assert created not in api.ids(None, of)
    api.emulator.advance(60)
    assert created in api.ids(None, of)


def test_a_cursor_leads_on_in_its_own_list(serve: Serve) -> None:
    api = full(serve, cursor="snapshot")
    cursors = {of: api.page(TEN, of)["next_cursor"] for of in LISTS}
    for of, cursor in cursors.items():
        found = api.page({**TEN, "cursor": cursor}, of)["data"]
        assert [each["id"] for each in found] == list(api.emulator.snapshot(of))[10:20]


def test_the_log_names_the_list(serve: Serve) -> None:
    api = full(serve)
    for of in LISTS:
        api.page(TEN, of)
    assert [(served.path, served.records) for served in api.emulator.requests] == [
        (f"/api/v2/{of}", 10) for of in LISTS
    ]
    assert api.emulator.stats().contacts == 60


@EVERY_LIST
def test_only_get(serve: Serve, of: ListName) -> None:
    refused = full(serve).send("POST", f"/api/v2/{of}")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")
