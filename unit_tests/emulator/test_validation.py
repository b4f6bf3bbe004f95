import json

import pytest

from unit_tests.emulator.asking import Serve

CRM = "filter[crm_associations][eq]"
ONE = {"id": "1", "object_type": "contact"}
GTE = "filter[updated_at][gte]"

WRONG = [
    *[("limit", value) for value in ("0", "101", "-1", "1.5", "ten", "", " 5", "+5", "0x1", "٣", "1e2", "9" * 5000)],
    *[("order_by", value) for value in ("", "updated_at", "asc", "updated_at:ASC", "created_at:asc")],
    *[
        (GTE, value)
        for value in (
            "",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-03-01 12:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-03-01T25:00:00Z",
            "2026-03-01T12:00Z",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00,5Z",
            "2026-03-01T12:00:00 01:00",
            "1772366400",
            "yesterday",
        )
    ],
    *[(f"filter[updated_at][{operator}]", "x") for operator in ("gt", "lt", "lte")],
    *[
        (CRM, value)
        for value in (
            "",
            "x",
            "[]",
            "{}",
            "null",
            json.dumps(ONE),
            json.dumps([ONE] * 21),
            json.dumps([{"id": "1"}]),
            json.dumps([{"id": 1, "object_type": "contact"}]),
            json.dumps([{"id": "", "object_type": "contact"}]),
            json.dumps([{"id": "1", "object_type": "company"}]),
            "[" * 2000,
        )
    ],
]


@pytest.mark.parametrize("status", [400, 422])
def test_what_is_wrong_is_named(serve: Serve, status: int) -> None:
    api = serve(validation_status=status)
    for name, value in WRONG:
        answer = api.get({name: value})
        assert answer.status_code == status, (name, value)
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        (error,) = problem["errors"]
        assert error["field"] == name
        assert set(error) == {"field", "code", "message"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "1"),
        ("limit", "100"),
        ("search", ""),
        (GTE, "2026-03-01T12:00:00Z"),
        (GTE, "2026-03-01T12:00:00.1Z"),
        (GTE, "2026-03-01T12:00:00.123456789Z"),
        (GTE, "2026-03-01T12:00:00-08:00"),
        (GTE, "0001-01-01T00:00:00+23:59"),
        (GTE, "9999-12-31T23:59:59-23:59"),
        (CRM, json.dumps([ONE] * 20)),
    ],
)
def test_what_is_right_passes(serve: Serve, name: str, value: str) -> None:
    assert serve().get({name: value}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=1",
        "cursor=a&cursor=b",
        f"{GTE}=2026-03-01T12:00:00Z&{GTE}=2026-03-01T12:00:00Z",
        f"{CRM}[0][id]=1&{CRM}[0][id]=2&{CRM}[0][object_type]=contact",
        f"{CRM}[0][id]=1",
        f"{CRM}[0][object_type]=contact",
        f"{CRM}[0][id]=1&{CRM}[0][object_type]=contact&{CRM}={json.dumps([ONE])}",
        "&".join(f"{CRM}[{n}][id]=1&{CRM}[{n}][object_type]=contact" for n in range(21)),
    ],
)
def test_repetition_and_halves_are_refused(serve: Serve, query: str) -> None:
    assert serve().send("GET", f"/api/v2/contacts?{query}").status_code == 400


def test_all_errors_come_at_once(serve: Serve) -> None:
    errors = serve().get({"limit": "0", "order_by": "x", CRM: "x"}).json()["errors"]
    assert [error["field"] for error in errors] == ["limit", "order_by", CRM]


def test_a_refused_request_still_needs_a_credential(serve: Serve) -> None:
    assert serve().get({"limit": "0"}, headers={"Authorization": "wrong"}).status_code == 401
