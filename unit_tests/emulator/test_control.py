from typing import Any

import pytest

from emulator import Fault
from emulator.lists import ListName
from unit_tests.emulator.asking import ASCENDING, EVERY_LIST, LISTS, Client, Serve


def control(api: Client, method: str, what: str, body: object = None) -> Any:
    answer = api.send(method, f"/_emulator/{what}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_log(serve: Serve) -> None:
    api = serve()
    api.get({**ASCENDING, "limit": 7})
    (logged,) = control(api, "GET", "requests")
    assert (logged["method"], logged["path"]) == ("GET", "/api/v2/contacts")
    assert logged["params"] == {"order_by": "updated_at:asc", "limit": "7"}
    assert logged["headers"]["authorization"] == api.emulator.settings.api_key
    assert (logged["status"], logged["records"], logged["fault"]) == (200, 7, None)
    assert control(api, "GET", "stats") == {
        "contacts": 30,
        "requests": 1,
        "records": 7,
        "too_many_requests": 0,
        "too_early": 0,
        "refreshes": 0,
    }
    control(api, "DELETE", "requests")
    assert control(api, "GET", "requests") == []


def test_changes(serve: Serve) -> None:
    api = serve()
    assert control(api, "GET", "snapshot") == api.emulator.snapshot()
    created = control(api, "POST", "contacts", {"create": 3})["created"]
    updated = control(api, "POST", "contacts", {"update": created[:2], "at": "2026-05-01T00:00:00Z"})["updated"]
    assert updated == dict.fromkeys(created[:2], "2026-05-01T00:00:00.000Z")
    deleted = control(api, "POST", "contacts", {"update": 1, "delete": created})["deleted"]
    assert deleted == created
    assert len(control(api, "POST", "contacts", {"update": 4})["updated"]) == 4
    assert len(control(api, "POST", "contacts", {"delete": 4})["deleted"]) == 4
    assert len(api.emulator.snapshot()) == 26


@EVERY_LIST
def test_changes_of_each_list(serve: Serve, of: ListName) -> None:
    api = serve(companies=10, users=10, tags=10, engagements=10)
    before = {each: api.emulator.snapshot(each) for each in LISTS}
    given = {"create": 3, "update": [next(iter(before[of]))], "delete": 2, "at": "2026-05-01T00:00:00Z"}
    changed = control(api, "POST", of, given)
    assert [len(changed[each]) for each in ("created", "updated", "deleted")] == [3, 1, 2]
    assert changed["updated"] == {next(iter(before[of])): "2026-05-01T00:00:00.000Z"}
    after = api.emulator.snapshot(of)
    assert len(after) == len(before[of]) + 1
    assert after.keys() == (before[of].keys() | set(changed["created"])) - set(changed["deleted"])
    assert control(api, "GET", f"snapshot?of={of}") == after
    assert all(api.emulator.snapshot(each) == before[each] for each in LISTS if each != of)


def test_a_snapshot_may_have_parts(serve: Serve) -> None:
    api = serve(users=5, tags=5, engagements=20)
    parts = ("tags", "owner", "transcript")
    found = control(api, "GET", f"snapshot?of=engagements&expand={','.join(parts)}")
    assert found == api.emulator.snapshot("engagements", parts)
    assert all(each.keys() >= set(parts) for each in found.values())
    assert control(api, "GET", "snapshot?of=engagements") == api.emulator.snapshot("engagements")


def test_many_changes_at_once(serve: Serve) -> None:
    api = serve(contacts=40_000)
    ids = list(api.emulator.snapshot())
    assert control(api, "POST", "contacts", {"delete": ids})["deleted"] == ids


def test_faults_and_revoking(serve: Serve) -> None:
    api = serve()
    control(api, "POST", "faults", {"kind": "status", "status": 503, "headers": {"Retry-After": "1"}, "every": 2})
    control(api, "POST", "faults", {"kind": "repeated_cursor"})
    control(api, "DELETE", "faults")
    control(api, "POST", "faults", {"kind": "body", "body": [1], "times": 2})
    assert [api.get().json() for _ in range(2)] == [[1], [1]]
    assert api.get().status_code == 200
    control(api, "POST", "revoke")
    assert api.get().status_code == 401


def test_reset(serve: Serve) -> None:
    api = serve(precision="us")
    api.get()
    api.emulator.fail_next(Fault("status"))
    control(
        api,
        "POST",
        "reset",
        {
            "contacts": 5,
            "scopes": ["workspace:admin"],
            "churn": {"creates": 1},
            "clock": {"start": "2020-01-01T00:00:00Z"},
            "faults": [{"kind": "status", "every": 2, "times": 0}],
        },
    )
    assert len(control(api, "GET", "snapshot")) == 5
    assert api.emulator.requests == []
    assert [api.get().status_code for _ in range(4)] == [200, 500, 200, 500]
    assert len(api.emulator.snapshot()) == 7
    settings = control(api, "GET", "settings")
    assert (settings["precision"], settings["contacts"]) == ("us", 5)
    assert max(contact["updated_at"] for contact in api.emulator.snapshot().values()) < "2020-01-01T00:00:01Z"
    control(api, "POST", "reset", {"clock": None})
    assert min(contact["updated_at"] for contact in api.emulator.snapshot().values()) > "2021"


def test_control_is_not_subject_to_anything(serve: Serve) -> None:
    api = serve(rate_limit=1, latency_ms=10_000, revoke_after_requests=0)
    api.emulator.fail_next("silence")
    for _ in range(5):
        assert control(api, "GET", "stats")["requests"] == 0
    assert api.emulator.requests == []


@pytest.mark.parametrize(
    ("method", "what", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "stats", None, 404),
        ("POST", "contacts", [1], 400),
        ("POST", "contacts", {"creates": 1}, 400),
        ("POST", "contacts", {"create": "x"}, 400),
        ("POST", "contacts", {"update": ["cnt_x"]}, 400),
        ("POST", "contacts", {"create": 1, "at": "now"}, 400),
        ("POST", "faults", {"kind": "x"}, 400),
        ("POST", "faults", {}, 400),
        ("POST", "faults", {"kind": "reset", "times": "2"}, 400),
        ("POST", "reset", {"contact": 5}, 400),
        ("POST", "tags", {"update": ["cnt_x"]}, 400),
        ("POST", "deals", {"create": 1}, 404),
        ("GET", "snapshot?of=deals", None, 400),
        ("GET", "snapshot?of=engagements&expand=everything", None, 400),
        ("GET", "snapshot?expand=tags", None, 400),
        ("POST", "reset", {"contacts": "5"}, 400),
        ("POST", "reset", {"churn": {"x": 1}}, 400),
    ],
)
def test_what_cannot_be_done_is_refused(serve: Serve, method: str, what: str, body: object, status: int) -> None:
    answer = serve().send(method, f"/_emulator/{what}", body)
    assert answer.status_code == status
    assert answer.json()["detail"]
