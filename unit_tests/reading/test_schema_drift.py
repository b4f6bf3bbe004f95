"""Data that differs from the schema: it is emitted as it came, and the operator is told, without a value."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType, Level
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from emulator import Emulator, Fault
from source_askelephant.instants import SECOND, format_instant, parse_instant
from source_askelephant.reading.schema_drift import MAX_PATH_LENGTH, MAX_UNKNOWN_FIELDS, SchemaDrift
from source_askelephant.streams.contacts import Contacts
from unit_tests.helpers.servers import ANYWHERE, SERVED_AT, asked_for, page
from unit_tests.helpers.support import Connector, Output, catalog, ids

Contact = dict[str, Any]

SCHEMA = dict(Contacts.get_json_schema(Contacts.__new__(Contacts)))
NOON = parse_instant("2026-03-01T12:00:00Z")
STAMP = "2026-03-01T12:00:00.000Z"
NEVER_TOLD = "a-value-that-is-nobodys-business"


def drift(schema: dict[str, Any] = SCHEMA) -> SchemaDrift:
    return SchemaDrift(schema, primary_key="id", cursor_field="updated_at")


def contact(**fields: Any) -> Contact:
    return {"id": "cnt_1", "updated_at": STAMP, **fields}


def unknown(sentences: list[str]) -> list[str]:
    """Paths of the unknown fields that were told of."""
    return [found[1] for each in sentences if (found := re.search(r"doesn't know: '(.*)'\. It is passed on", each))]


def others(sentences: list[str]) -> list[str]:
    """What was told of values of another type: field, declared and found types, and counts."""
    return [each.split(". What")[0] for each in sentences if " is declared as " in each]


# ---- What is found in records ----


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        ({}, []),
        ({"first_name": None, "company": None, "emails": None, "crm_association": {}, "phone_numbers": []}, []),
        ({"title": 1}, ["title"]),
        ({"title": None}, ["title"]),
        ({"zip": 1, "title": {"deep": {"er": 1}}}, ["title", "zip"]),
        ({"company": {"id": "c", "object": "company", "domain": "example.com"}}, ["company.domain"]),
        ({"emails": [{"email": "a@example.com"}, {"email": "b@example.com", "kind": "work"}]}, ["emails[].kind"]),
        ({"emails": [None, {"kind": 1, "old": 2}], "phone_numbers": [{"kind": 3}]}, 3 * [...]),
        ({"a\nb": 1}, [r"a\nb"]),
        ({"x" * 10_000: 1}, ["x" * MAX_PATH_LENGTH + "…"]),
    ],
)
def test_an_unknown_field_is_told_at_first_sight_only(fields: Contact, paths: list[Any]) -> None:
    compared = drift()
    found = unknown(compared.check([contact(), contact(**fields), contact(**fields)]).news)
    assert found == paths or paths == 3 * [...] == [...] * len(found)
    assert compared.check([contact(**fields)]).news == []
    assert compared.summary() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"first_name": 7}, "first_name is declared as string or null, but came as integer (2 times)"),
        ({"first_name": 7.5}, "first_name is declared as string or null, but came as number (2 times)"),
        ({"first_name": True}, "first_name is declared as string or null, but came as boolean (2 times)"),
        ({"first_name": [NEVER_TOLD]}, "first_name is declared as string or null, but came as array (2 times)"),
        ({"company": NEVER_TOLD}, "company is declared as object or null, but came as string (2 times)"),
        ({"company": []}, "company is declared as object or null, but came as array (2 times)"),
        ({"company": {"id": {}}}, "company.id is declared as string or null, but came as object (2 times)"),
        ({"emails": {"email": 1}}, "emails is declared as array or null, but came as object (2 times)"),
        (
            {"emails": [NEVER_TOLD, 1, None, NEVER_TOLD]},
            "emails[] is declared as object or null, but came as integer (2 times), string (4 times)",
        ),
        (
            {"emails": [{"is_primary": 0}, {"is_primary": True}, {"is_primary": None}]},
            "emails[].is_primary is declared as boolean or null, but came as integer (2 times)",
        ),
        ({"created_at": 0}, "created_at is declared as date-time or null, but came as integer (2 times)"),
    ],
)
def test_values_of_another_type_are_counted(fields: Contact, said: str) -> None:
    compared = drift()
    assert compared.check([contact(), contact(**fields)]).news == []
    assert compared.check([contact(**fields), contact()]).news == []
    assert others(compared.summary()) == [said]
    assert NEVER_TOLD not in str(compared.summary())


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (STAMP, True),
        ("2026-03-01T12:00:00Z", True),
        ("2026-03-01T12:00:00.123456789Z", True),
        ("2026-03-01 12:00:00+02:00", True),
        ("2024-02-29T00:00:00Z", True),
        ("2026-02-29T00:00:00Z", False),
        ("2026-13-01T00:00:00Z", False),
        ("0000-00-00T00:00:00Z", False),
        ("2026-03-01T12:00:00", False),
        ("2026-03-01", False),
        ("1772366400", False),
        (f"{STAMP}\n{STAMP}", False),
        (f"{STAMP}\n", False),
        ("", False),
    ],
)
def test_a_date_time_has_to_be_one(text: str, *, is_one: bool) -> None:
    compared = drift()
    compared.check([contact(created_at=STAMP), contact(created_at=text)])
    said = "created_at is declared as date-time or null, but came as string that is no date-time with a time zone"
    assert others(compared.summary()) == ([] if is_one else [f"{said} (1 times)"])


def test_a_schema_of_any_kind() -> None:
    fields: dict[str, Any] = {
        "id": {"type": "string"},
        "updated_at": {"type": "string", "format": "date-time"},
        "number": {"type": ["number"]},
        "integer": {"type": "integer"},
        "anything": {},
        "any_object": {"type": "object"},
        "table": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    }
    compared = drift({"type": "object", "properties": fields})
    things: list[Any] = [1, None, [{}], {"a": 1}, "", 1.5]
    compared.check([contact(number=1, integer=2, anything=each) for each in things])
    compared.check([contact(number=1.5, any_object={"any": {"thing": 1}}, table=[[1, 2], [], [3]])])
    assert compared.summary() == []
    compared.check([contact(number=None, integer=1.5, table=[[1, "2"], 3])])
    assert others(compared.summary()) == [
        "number is declared as number, but came as null (1 times)",
        "integer is declared as integer, but came as number (1 times)",
        "table[] is declared as array, but came as integer (1 times)",
        "table[][] is declared as integer, but came as string (1 times)",
    ]
    compared.check([contact(id=None), contact(updated_at=None)])
    said = compared.summary()
    assert len(others(said)) == 6, "null is another type where the schema doesn't have it"
    assert [each.split(" have ")[0] for each in said[6:]] == 2 * ["1 of 10 records"]


@pytest.mark.parametrize("value", [..., None, 5, [], {}, False, "", "yesterday", "0000-00-00T00:00:00Z"])
def test_records_that_cannot_be_placed_in_time_are_counted(value: object) -> None:
    compared = drift()
    odd = contact(updated_at=value)
    odd = {"id": "cnt_2"} if value is ... else odd
    compared.check([contact(), odd, odd, contact()])
    compared.check([odd])
    (said,) = [each for each in compared.summary() if "can't be placed in time" in each]
    assert said.startswith("3 of 5 records have no readable updated_at.")


@pytest.mark.parametrize("value", [..., None, True, [], {}, False, ""])
def test_records_without_a_usable_id_are_counted(value: object) -> None:
    compared = drift()
    odd = contact(id=value)
    odd = {"updated_at": STAMP} if value is ... else odd
    compared.check([contact(), odd, odd, contact()])
    compared.check([odd])
    (said,) = [each for each in compared.summary() if "tell which of them are the same" in each]
    assert said.startswith("3 of 5 records have no usable id.")


def test_names_without_end_are_told_up_to_a_bound() -> None:
    compared = drift()
    names = count()
    told = [
        sentence
        for _ in range(200)
        for sentence in compared.check([contact(crm_association={f"x{next(names)}": 1, "source": "crm"})] * 3).news
    ]
    assert unknown(told) == [f"crm_association.x{number}" for number in range(MAX_UNKNOWN_FIELDS)]
    assert len(told) == MAX_UNKNOWN_FIELDS + 1
    assert f"more than {MAX_UNKNOWN_FIELDS} fields" in told[-1]
    assert compared.summary() == []


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {"id": {"type": "date"}}}])
def test_a_schema_that_cannot_be_compared_with(schema: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        drift(schema)


# ---- Compared with a real validator ----


def strict(schema: Any) -> Any:
    """The schema without room for fields that it doesn't name."""
    if isinstance(schema, dict):
        return {key: False if key == "additionalProperties" else strict(value) for key, value in schema.items()}
    return schema


formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _date_time(text: object) -> bool:
    if isinstance(text, str):
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    return True


VALIDATOR = Draft7Validator(strict(SCHEMA), format_checker=formats)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "2026-02-30T12:00:00.000Z"])
    | st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")
)


def like(schema: Any) -> st.SearchStrategy[Any]:
    """Values that mostly conform."""
    right: st.SearchStrategy[Any] = st.none()
    if "properties" in schema:
        right = st.fixed_dictionaries({}, optional={name: like(each) for name, each in schema["properties"].items()})
    elif "items" in schema:
        right = st.lists(like(schema["items"]), max_size=3)
    elif "boolean" in schema["type"]:
        right = st.booleans()
    else:
        right = st.just(STAMP)
    wrong = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from(["id", "new"]), scalars)
    return st.integers(0, 19).flatmap(lambda chance: wrong if chance == 0 else right)


@given(st.lists(like({"properties": SCHEMA["properties"]}).filter(lambda each: isinstance(each, dict)), max_size=5))
@example([{"emails": [{"is_primary": 0}]}])
@example([{}, {"created_at": ""}])
def test_it_agrees_with_a_validator(records: list[Contact]) -> None:
    compared = drift()
    news = compared.check(records).news
    conform = not news and not others(compared.summary())
    assert conform == all(VALIDATOR.is_valid(record) for record in records)


# ---- Reads ----


def warnings(output: Output) -> list[str]:
    return output.logs(Level.WARN)


def without_nulls(records: list[Contact]) -> list[Contact]:
    """As the CDK's serializer writes them."""
    return [{field: value for field, value in record.items() if value is not None} for record in records]


def test_a_read_emits_what_came_and_tells_once(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    records: list[Contact] = [
        {
            "id": f"cnt_{number}",
            "first_name": 5 if number < 3 else "Sam",
            "title": NEVER_TOLD,
            "emails": [{"email": "sam@example.com", "kind": "work"}, {"email": [NEVER_TOLD]}],
            "created_at": NEVER_TOLD if number == 1 else STAMP,
            "updated_at": format_instant(NOON + number * SECOND),
        }
        for number in range(20)
    ]
    records += [{"id": "cnt_x", "updated_at": None}, {"updated_at": format_instant(NOON + 20 * SECOND), "id": ""}]
    emulator.fail_next(Fault("body", body=page(records)))
    output = connector("read", config=config, catalog=catalog())
    assert output.exit_code == 0
    records[1]["created_at"] = None  # no column of timestamps can hold it
    assert output.records == without_nulls(records)
    assert len(emulator.requests) == 1
    told = warnings(output)
    assert all(each.startswith("contacts: ") for each in told)
    assert unknown(told) == ["title", "emails[].kind"]
    assert "update the connector, and then refresh the connection's schema" in told[0]
    assert others(told) == [
        "contacts: first_name is declared as string or null, but came as integer (3 times)",
        "contacts: emails[].email is declared as string or null, but came as array (20 times)",
        (
            "contacts: created_at is declared as date-time or null, but came as string that is no date-time with a "
            "time zone (1 times)"
        ),
    ]
    assert told[2] == (
        "contacts: 'created_at' came with values that can't be passed on as they are: no date-time, replaced by null "
        "(1 times). Report it to AskElephant."
    )
    assert [each[:50] for each in told[6:]] == [
        "contacts: 1 of 22 records have no readable updated_at"[:50],
        "contacts: 1 of 22 records have no usable id. They were"[:50],
    ]
    assert NEVER_TOLD not in "".join(told)
    assert output.states[-1]["stream"]["stream_state"]["updated_at"] == format_instant(NOON + 20 * SECOND)


def test_a_read_that_fails_tells_what_it_found(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    odd = [contact(first_name=5, updated_at=None)]
    emulator.fail_next(Fault("body", body=page(odd, "more")))
    emulator.fail_next(Fault("status", status=403))
    output = connector("read", config=config, catalog=catalog())
    assert output.exit_code == 1
    assert output.records == without_nulls(odd)
    assert others(warnings(output)) == [
        "contacts: first_name is declared as string or null, but came as integer (1 times)"
    ]
    assert sum("1 of 1 records have no readable updated_at" in each for each in warnings(output)) == 1


def test_data_as_described_is_not_warned_of(connector: Connector, config: dict[str, Any]) -> None:
    output = connector("read", config=config, catalog=catalog())
    assert len(output.records) == 250
    assert warnings(output) == []


# ---- Lists with records that can't be placed in time ----


class Server:
    """The API in miniature: rows with what it filters and orders by (None: stands first, or last; in no range)."""

    def __init__(self, mocker: requests_mock.Mocker, config: dict[str, Any]) -> None:
        self.rows: list[tuple[int | None, Contact]] = []
        self.nulls_first = True
        self.nulls_in_every_range = False
        self.config = {**config, "api_url": ANYWHERE}
        self._mocker = mocker
        mocker.get(f"{ANYWHERE}/v2/contacts", json=self._answer, headers=SERVED_AT)

    @property
    def requests(self) -> int:
        return self._mocker.call_count

    def _answer(self, request: Any, _: object) -> dict[str, Any]:
        asked = asked_for(request)
        low = parse_instant(asked["gte"].upper()) if "gte" in asked else 0
        high = parse_instant(asked["lt"].upper()) if "lt" in asked else 2 * NOON
        everywhere = self.nulls_in_every_range or not asked.keys() & {"gte", "lt"}
        found = [row for row in self.rows if everywhere if row[0] is None]
        placed = sorted((row for row in self.rows if row[0] is not None and low <= row[0] < high), key=stamp)
        found = [*found, *placed] if self.nulls_first else [*placed, *found]
        found = found if asked["order_by"] == "updated_at:asc" else found[::-1]
        begin, limit = int(asked.get("cursor", "0")), int(asked["limit"])
        more = found[begin + limit :]
        return page([record for _, record in found[begin : begin + limit]], str(begin + limit) if more else None)


def stamp(row: tuple[int | None, Contact]) -> int:
    return row[0] or 0


@pytest.fixture
def server(config: dict[str, Any]) -> Iterator[Server]:
    with requests_mock.Mocker() as mocker:
        yield Server(mocker, config)


def placed(number: int) -> list[tuple[int | None, Contact]]:
    return [(at, {"id": f"p{at}", "updated_at": format_instant(at)}) for at in range(NOON, NOON + number)]


def unplaced(number: int) -> list[tuple[int | None, Contact]]:
    return [(None, {"id": f"u{n}"}) for n in range(number)]


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("nulls_in_every_range", [False, True])
@pytest.mark.parametrize("number", [1, 99, 100, 101, 200, 350])
def test_first_pages_that_cannot_be_placed(
    server: Server, connector: Connector, number: int, workers: int, *, nulls_in_every_range: bool
) -> None:
    server.rows = unplaced(number) + placed(520)
    server.nulls_in_every_range = nulls_in_every_range
    output = connector("read", config={**server.config, "num_workers": workers}, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert {record["id"] for _, record in server.rows} == set(ids(output.records))
    # If every range has them, each window sees them again; how many windows there are, is a matter of time then.
    assert server.requests < 60 or (nulls_in_every_range and workers > 1)
    assert output.states[-1]["stream"]["stream_state"]["updated_at"] == format_instant(NOON + 519)


@pytest.mark.parametrize("number", [1, 50, 100, 350])
def test_last_pages_that_cannot_be_placed(server: Server, connector: Connector, number: int) -> None:
    server.rows = placed(520) + unplaced(number)
    server.nulls_first, server.nulls_in_every_range = False, True
    output = connector("read", config=server.config, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert {record["id"] for _, record in server.rows} == set(ids(output.records))
    assert server.requests < 150, "each window sees them again; how many windows there are, is a matter of time"
    assert output.states[-1]["stream"]["stream_state"]["updated_at"] == format_instant(NOON + 519)


@pytest.mark.parametrize("number", [99, 101, 250, 1_000])
def test_a_cursor_field_that_was_renamed(server: Server, connector: Connector, number: int) -> None:
    server.rows = [(at, {"id": record["id"], "changed_at": format_instant(at or 0)}) for at, record in placed(number)]
    output = connector("read", config=server.config, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert output.records == [record for _, record in server.rows]
    assert server.requests <= 3 + 2 * -(-number // 100), "the list is read twice: its end is believed if nothing is new"
    assert output.states[-1]["stream"]["stream_state"] == {}
    told = warnings(output)
    assert unknown(told) == ["changed_at"]
    assert sum(f"{number} of {number} records have no readable updated_at" in each for each in told) == 1
    assert len(told) == 2


def test_a_renamed_cursor_field_in_a_long_list_is_named(server: Server, connector: Connector) -> None:
    server.rows = [(at, {"id": record["id"]}) for at, record in placed(12_000)]
    output = connector("read", config=server.config, catalog=catalog())
    failure_type, message = output.failure
    assert failure_type == FailureType.system_error
    assert "its records come without a readable updated_at" in message
    assert server.requests < 200


def test_records_with_an_empty_id_are_all_emitted(server: Server, connector: Connector) -> None:
    server.rows = [(NOON + number // 2, {"id": "", "n": number}) for number in range(220)]
    server.rows = [(at, {**record, "updated_at": format_instant(at or 0)}) for at, record in server.rows]
    output = connector("read", config=server.config, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert {record["n"] for record in output.records} == set(range(220))


def test_values_are_emitted_to_the_letter(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    odd = contact(first_name={"a": [1, 2.5, True, {"b": "🐘"}]}, emails="none", new=[[], {}, "x"])
    emulator.fail_next(Fault("body", body=page([odd])))
    (emitted,) = connector("read", config=config, catalog=catalog()).records
    assert json.dumps(emitted) == json.dumps(odd)
