"""Reads of data that stays as it is: complete, each contact once, and incremental from the state."""

import json
from importlib.metadata import version
from typing import Any

import pytest
from airbyte_cdk.models import Level
from jsonschema import Draft7Validator, FormatChecker

from emulator import Emulator, Settings
from emulator.lists import ListName
from source_askelephant.config.validators import ENGAGEMENT_DETAILS
from source_askelephant.instants import parse_instant
from source_askelephant.source import SourceAskElephant
from unit_tests.helpers.support import LISTS, Connector, by_id, catalog, ids


@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
def test_each_contact_comes_once_in_either_sync_mode(
    emulator: Emulator, connector: Connector, config: dict[str, Any], sync_mode: str
) -> None:
    emulator.reset(Settings(contacts=730, shape="ties"))
    output = connector("read", config=config, catalog=catalog(sync_mode))
    assert output.exit_code == 0
    assert output.statuses == ["STARTED", "RUNNING", "COMPLETE"]
    assert len(output.records) == 730
    assert by_id(output.records) == by_id(emulator.snapshot().values())


def test_an_empty_workspace(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=0))
    output = connector("read", config=config, catalog=catalog())
    assert output.exit_code == 0
    assert output.records == []
    assert len(emulator.requests) == 1
    assert output.states[-1]["stream"]["stream_state"] == {}


@pytest.mark.parametrize("name", LISTS)
def test_records_match_the_schema_strictly(
    emulator: Emulator, connector: Connector, config: dict[str, Any], name: ListName
) -> None:
    def strict(schema: Any) -> Any:
        if isinstance(schema, dict):
            documented = "properties" in schema
            return {k: not documented if k == "additionalProperties" else strict(v) for k, v in schema.items()}
        return schema

    emulator.reset(Settings(**{"contacts": 200, "companies": 50, "users": 20, "tags": 10, name: 500}))  # type: ignore[arg-type]
    config["engagement_details"] = list(ENGAGEMENT_DETAILS)
    (stream,) = [each for each in SourceAskElephant().streams(config) if each.name == name]
    validator = Draft7Validator(strict(stream.get_json_schema()), format_checker=FormatChecker())
    records = connector("read", config=config, catalog=catalog("incremental", name)).records
    assert len(records) == 500
    for record in records:
        validator.validate(record)
    seen = {field for record in records for field in record}
    never_asked_for = {"media_url"} if name == "engagements" else set()
    expected = stream.get_json_schema()["properties"].keys() - never_asked_for
    assert seen == expected, "the data must exercise every field"


def test_incremental_reads_what_changed_and_nothing_else(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    config["lookback_window_seconds"] = 0
    first = connector("read", config=config, catalog=catalog())
    newest = max(first.records, key=lambda record: parse_instant(record["updated_at"]))
    updated = emulator.update(ids(first.records)[5:8])
    (created,) = emulator.create(1)
    emulator.clear_log()
    second = connector("read", config=config, catalog=catalog(), state=[first.states[-1]])
    assert set(ids(second.records)) == {*updated, created}
    assert by_id(first.records + second.records) == by_id(emulator.snapshot().values())
    (request,) = emulator.requests
    assert parse_instant(request.params["filter[updated_at][gte]"]) > parse_instant(newest["updated_at"])


def test_the_lookback_is_read_again(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    first = connector("read", config=config, catalog=catalog())
    watermark = first.states[-1]["stream"]["stream_state"]["updated_at"]
    late = emulator.create(1, at="2026-03-01T12:00:00Z")
    state = {"updated_at": "2026-03-01T12:00:59Z"}
    emulator.clear_log()
    second = connector("read", config=config, catalog=catalog(), state=state)
    assert late[0] in ids(second.records)
    assert emulator.requests[0].params["filter[updated_at][gte]"] == "2026-03-01T11:59:58.999999Z"  # if gte means gt
    assert second.states[-1]["stream"]["stream_state"]["updated_at"] == watermark


def test_start_date_leaves_out_what_changed_before(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    middle = sorted(contact["updated_at"] for contact in emulator.snapshot().values())[100]
    output = connector("read", config={**config, "start_date": middle}, catalog=catalog())
    expected = {
        id_ for id_, c in emulator.snapshot().items() if parse_instant(c["updated_at"]) >= parse_instant(middle)
    }
    assert set(ids(output.records)) == expected
    assert len(output.records) == 150


def test_search_and_crm_ids_go_along_with_every_page(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=1_000))
    emulator.clear_log()
    contacts = emulator.snapshot()
    found = connector("read", config={**config, "search": "EXAMPLE.com"}, catalog=catalog()).records
    assert len(found) == 1_000 - sum("emails" not in contact for contact in contacts.values()) > 100
    assert {request.params["search"] for request in emulator.requests} == {"EXAMPLE.com"}
    newest, *pages = sorted(emulator.requests, key=lambda request: int(request.params["limit"]))
    assert (newest.params["limit"], newest.params["order_by"]) == ("1", "updated_at:desc")
    assert {request.params["limit"] for request in pages} == {"100"}
    assert {request.params["order_by"] for request in pages} == {"updated_at:asc"}

    crm = [c["crm_association"]["crm_object_id"] for c in contacts.values() if "crm_association" in c][:2]
    emulator.clear_log()
    found = connector("read", config={**config, "crm_contact_ids": crm}, catalog=catalog()).records
    assert {record["crm_association"]["crm_object_id"] for record in found} == set(crm)
    (request,) = emulator.requests
    assert json.loads(request.params["filter[crm_associations][eq]"]) == [
        {"id": id_, "object_type": "contact"} for id_ in crm
    ]


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        (
            {"auth_type": "api_key", "api_key": " Bearer sk-apik_demo.not-a-real-secret\n"},
            "sk-apik_demo.not-a-real-secret",
        ),
        ({"auth_type": "access_token", "access_token": "demo-access-token\n"}, "Bearer demo-access-token"),
    ],
)
def test_what_every_request_carries(
    emulator: Emulator, connector: Connector, config: dict[str, Any], credentials: dict[str, str], header: str
) -> None:
    output = connector("read", config={**config, "credentials": credentials}, catalog=catalog())
    assert len(output.records) == 250
    assert len(emulator.requests) > 3
    for request in emulator.requests:
        assert request.path == "/api/v2/contacts"
        assert request.headers["authorization"] == header
        assert request.headers["user-agent"] == f"source-askelephant/{version('airbyte-source-askelephant')}"


def test_discover_offers_all_lists(connector: Connector, config: dict[str, Any]) -> None:
    (message,) = [m for m in connector("discover", config=config).messages if m.catalog]
    assert message.catalog is not None
    assert [stream.name for stream in message.catalog.streams] == list(LISTS)
    for stream in message.catalog.streams:
        assert [mode.value for mode in stream.supported_sync_modes] == ["full_refresh", "incremental"]
        assert stream.source_defined_cursor
        assert stream.default_cursor_field == ["updated_at"]
        assert stream.source_defined_primary_key == [["id"]]
        assert stream.is_resumable
        updated_at = stream.json_schema["properties"]["updated_at"]
        assert updated_at.pop("description").startswith("When the ")
        assert updated_at == {
            "type": ["string", "null"],
            "format": "date-time",
            "airbyte_type": "timestamp_with_timezone",
        }


@pytest.mark.parametrize(
    ("options", "state", "said"),
    [
        ({}, {}, "Reading contacts: all of them; with 4 workers."),
        (
            {"start_date": "2025-01-01", "search": "example", "crm_contact_ids": ["1", "2"]},
            {},
            (
                "Reading contacts: those that changed since the start date 2025-01-01T00:00:00Z, that match the search "
                "'example', that belong to 2 CRM contacts; with 4 workers."
            ),
        ),
        (
            {"num_workers": 2, "start_date": "2025-01-01"},
            {"updated_at": "2026-03-01T12:00:00Z", "windows": [["2026-04-01T12:00:00Z", "2026-05-01T12:00:00Z"]]},
            (
                "Reading contacts: those that changed since 2026-03-01T11:59:00Z, where the sync before ended, with a "
                "lookback of 60 seconds, without a window that an earlier read completed beyond; with 2 workers."
            ),
        ),
    ],
)
def test_the_log_says_what_is_read_and_why_and_what_was_done(
    connector: Connector, config: dict[str, Any], options: dict[str, Any], state: dict[str, Any], said: str
) -> None:
    output = connector("read", config=config | options, catalog=catalog(), state=state)
    assert said in output.logs()
    (summary,) = [text for text in output.logs() if text.startswith("Finished reading contacts: ")]
    assert summary.startswith(f"Finished reading contacts: {len(output.records)} records with ")


def test_a_full_refresh_with_a_state_says_what_it_leaves_out(connector: Connector, config: dict[str, Any]) -> None:
    state = connector("read", config=config, catalog=catalog()).states[-1]
    said = "contacts: a full refresh was given a state, so it goes on from there and doesn't read what came before."
    full, incremental = (
        connector("read", config=config, catalog=catalog(mode), state=[state])
        for mode in ("full_refresh", "incremental")
    )
    assert len(full.records) == len(incremental.records) < 250
    assert any(text.startswith(said) for text in full.logs(Level.WARN))
    assert not incremental.logs(Level.WARN)
    assert not connector("read", config=config, catalog=catalog("full_refresh")).logs(Level.WARN)
