"""A stream owns its facts: a list that nobody has heard of is read completely, from its facts alone.

The emulator's contacts are served as that list, with other names for all that a stream states; so whatever knows one of
the names of contacts by itself fails here.
"""

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from airbyte_cdk.models import FailureType
from typing_extensions import override

from emulator import Emulator, Fault, Settings
from source_askelephant.source import SourceAskElephant
from source_askelephant.streams import STREAMS
from source_askelephant.streams.base import Filter, ListStream
from unit_tests.helpers.servers import InFront, Server, serve
from unit_tests.helpers.support import IMPATIENT, Connector, Output, catalog, most_requests


class Meetings(ListStream):
    """``GET /v3/meetings``."""

    name = "meetings"
    resource = "v3/meetings"
    scope = "meetings:read"
    primary_key = "key"
    cursor_field = "changed_at"
    filters: ClassVar = {"search": Filter("title", "whose title has {!r}".format)}

    @override
    def get_json_schema(self) -> dict[str, Any]:  # type: ignore[override]  # the CDK's is cached
        return {"type": "object", "properties": {"key": {"type": "string"}, "changed_at": {"type": "string"}}}


class WithMeetings(SourceAskElephant):
    stream_types = (*STREAMS, Meetings)


RENAMED = {"/v3/meetings": "/v2/contacts", "changed_at": "updated_at", "title=": "search="}


class ServesMeetings(InFront):
    """Hands out the emulator's contacts as meetings."""

    @override
    def path_there(self) -> str:
        path = self.path
        for theirs, ours in RENAMED.items():
            path = path.replace(theirs, ours)
        return path

    @override
    def change(self, page: dict[str, Any]) -> None:
        for record in page["data"]:
            record["key"], record["changed_at"] = record.pop("id"), record.pop("updated_at")


@pytest.fixture
def server(emulator: Emulator, config: dict[str, Any]) -> Iterator[Server]:
    handler = type("Serves", (ServesMeetings,), {"emulator": config["api_url"]})
    with serve(handler) as server:
        config["api_url"] = f"http://{server.address}/api"
        yield server
    emulator.clear_faults()


def read(connector: Connector, config: dict[str, Any], **documents: Any) -> Output:
    documents = {"catalog": catalog("incremental", "meetings"), **documents}
    return connector("read", patience=IMPATIENT, source_type=WithMeetings, config=config, **documents)


def test_it_is_offered(connector: Connector, config: dict[str, Any]) -> None:
    output = connector("discover", source_type=WithMeetings, config=config)
    (discovered,) = [message.catalog for message in output.messages if message.catalog]
    contacts, *_, meetings = discovered.streams
    assert (contacts.name, meetings.name) == ("contacts", "meetings")
    assert meetings.source_defined_primary_key == [["key"]]
    assert meetings.default_cursor_field == ["changed_at"]


@pytest.mark.parametrize("shape", ["burst", "flood"])
def test_it_is_read_completely_and_goes_on_from_its_state(
    emulator: Emulator, server: Server, connector: Connector, config: dict[str, Any], shape: Any
) -> None:
    emulator.reset(Settings(contacts=2_000, shape=shape, flood_size=250, newest="2026-03-01T12:00:00Z"))
    output = read(connector, config)
    assert output.exit_code == 0
    assert sorted(record["key"] for record in output.records) == sorted(emulator.snapshot())
    assert len(server.requests) <= most_requests(2_000)
    assert output.states[-1]["stream"]["stream_state"]["changed_at"] == "2026-03-01T12:00:00Z"
    assert any("Finished reading meetings: 2000 records" in text for text in output.logs())

    changed = emulator.update(3)
    again = read(connector, config, state=[output.states[-1]])
    assert changed.keys() == {record["key"] for record in again.records}


def test_its_filter_is_its_own(server: Server, connector: Connector, config: dict[str, Any]) -> None:
    output = read(connector, {**config, "search": "example", "crm_contact_ids": ["1"]})
    assert "Reading meetings: all of them, whose title has 'example'; with 4 workers." in output.logs()
    queries = {urlsplit(request["path"]).query for request in server.requests}
    assert all("title=example" in query for query in queries)
    assert not any("crm" in query or "search" in query for query in queries)


@pytest.mark.parametrize(
    ("status", "field", "sentence"),
    [
        (422, "title", "Change search in the configuration."),
        (422, "filter[changed_at][gte]", "Change start_date in the configuration."),
        (422, "filter[updated_at][gte]", "This is a defect of the connector"),
        (403, "", "The credential needs the scope meetings:read"),
    ],
)
@pytest.mark.usefixtures("server")
def test_its_errors_name_its_facts(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int, field: str, sentence: str
) -> None:
    body = {"title": "No", "errors": [{"field": field, "message": "is not accepted"}]}
    emulator.fail_next(Fault("status", status=status, body=body), times=100)
    failure_type, message = read(connector, config).failure
    assert sentence in message
    assert (failure_type is FailureType.system_error) == ("defect" in sentence)


@pytest.mark.usefixtures("server")
def test_only_what_is_read_is_announced_as_waiting(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "1"}))
    output = read(connector, config)
    waiting = [
        message.trace.stream_status.stream_descriptor.name
        for message in output.messages
        if message.trace and message.trace.stream_status and message.trace.stream_status.reasons
    ]
    assert waiting == ["meetings"]
