import base64
import json
import time

import pytest

from emulator import VirtualClock
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

TEN: Params = {**ASCENDING, "limit": 10}
KINDS = pytest.mark.parametrize("kind", ["position", "record"])


def first_page(api: Client) -> tuple[list[str], str]:
    page = api.page(TEN)
    return [contact["id"] for contact in page["data"]], page["next_cursor"]


def decoded(cursor: str) -> dict[str, object]:
    found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert isinstance(found, dict)
    return found


def test_what_a_cursor_holds(serve: Serve) -> None:
    ids, cursor = first_page(serve(cursor="record"))
    assert decoded(cursor) == {"id": ids[-1]}
    ids, cursor = first_page(serve(cursor="position"))
    assert decoded(cursor)["id"] == ids[-1]
    assert set(decoded(cursor)) == {"id", "updated_at"}


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_position_survives_changes_to_its_record(serve: Serve, change: str) -> None:
    api = serve(cursor="position")
    before = list(api.emulator.snapshot())
    ids, cursor = first_page(api)
    getattr(api.emulator, change)([ids[-1]])
    rest = api.ids({**TEN, "cursor": cursor})
    assert rest == before[10:] + ([ids[-1]] if change == "update" else [])


def test_an_updated_record_takes_its_cursor_along(serve: Serve) -> None:
    api = serve(cursor="record")
    ids, cursor = first_page(api)
    api.emulator.update([ids[-1]])
    assert api.page({**TEN, "cursor": cursor}) == nothing()
    created = api.emulator.create(2)
    assert api.ids({**TEN, "cursor": cursor}) == created
    descending = api.ids({"cursor": cursor})
    assert descending == list(api.emulator.snapshot())[-4::-1]


def test_a_deleted_record_takes_its_cursor_along(serve: Serve) -> None:
    api = serve(cursor="record")
    ids, cursor = first_page(api)
    api.emulator.delete([ids[-1]])
    assert api.page({**TEN, "cursor": cursor}) == nothing()


def test_a_record_that_left_the_filters_takes_its_cursor_along(serve: Serve) -> None:
    api = serve(cursor="record")
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    window = {**TEN, "filter[updated_at][lt]": stamps[25]}
    page = api.page(window)
    api.emulator.update([page["data"][-1]["id"]])
    assert api.page({**window, "cursor": page["next_cursor"]}) == nothing()


def test_a_record_that_left_the_filters_does_not_start_them_over(serve: Serve) -> None:
    api = serve(cursor="record")
    stamps = [contact["updated_at"] for contact in api.emulator.snapshot().values()]
    window = {"limit": 10, "filter[updated_at][lt]": stamps[25]}
    page = api.page(window)
    api.emulator.update([page["data"][-1]["id"]])
    assert api.page({**window, "cursor": page["next_cursor"]}) == nothing()


@KINDS
def test_changes_to_other_records_leave_a_cursor_alone(serve: Serve, kind: str) -> None:
    api = serve(cursor=kind)
    before = list(api.emulator.snapshot())
    ids, cursor = first_page(api)
    api.emulator.delete(ids[:-1])
    updated = list(api.emulator.update(before[12:14]))
    assert api.ids({**TEN, "cursor": cursor}) == [*before[10:12], *before[14:], *updated]


@KINDS
@pytest.mark.parametrize(
    "cursor",
    ["", "%", "not a cursor", "e30", "W10", "bnVsbA", "eyJpZCI6IDF9", "é", "eyJpZCI", "A" * 5],
)
def test_an_unreadable_cursor_is_refused(serve: Serve, kind: str, cursor: str) -> None:
    answer = serve(cursor=kind).get({"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


@KINDS
def test_a_cursor_with_something_in_it_is_refused(serve: Serve, kind: str) -> None:
    api = serve(cursor=kind)
    _, cursor = first_page(api)
    assert api.get({"cursor": f"{cursor[:8]}!{cursor[8:]}"}).status_code == 400
    assert api.get({"cursor": f"{cursor}=="}).status_code == 200


def test_the_kinds_do_not_mix(serve: Serve) -> None:
    _, cursor = first_page(serve(cursor="record"))
    assert serve(cursor="position").get({"cursor": cursor}).status_code == 400


@KINDS
@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_cursor_expires_after_so_many_requests(serve: Serve, kind: str, status: int) -> None:
    api = serve(cursor=kind, cursor_ttl_requests=2, cursor_expired_status=status)
    _, cursor = first_page(api)
    assert [api.get({**TEN, "cursor": cursor}).status_code for _ in range(3)] == [200, 200, status]
    problem = api.get({**TEN, "cursor": cursor}).json()
    assert problem["type"].endswith("/cursor-expired")
    assert "errors" not in problem


def test_a_cursor_expires_after_so_many_seconds_of_the_clock(serve: Serve) -> None:
    api = serve(cursor_ttl_seconds=2.5, clock=VirtualClock(tick_ms=1_000))
    _, cursor = first_page(api)
    assert [api.get({**TEN, "cursor": cursor}).status_code for _ in range(3)] == [200, 200, 400]


def test_seconds_are_real_ones_on_a_real_clock(serve: Serve) -> None:
    api = serve(cursor_ttl_seconds=0.05, clock=None)
    _, cursor = first_page(api)
    time.sleep(0.06)
    assert api.get({**TEN, "cursor": cursor}).status_code == 400


def nothing() -> dict[str, object]:
    return {"object": "list", "data": [], "has_more": False, "next_cursor": None}
