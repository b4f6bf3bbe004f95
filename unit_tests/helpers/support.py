"""What the tests share: a command's files and what it printed, configurations, catalogs, and views of records."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteMessageSerializer,
    FailureType,
    Level,
    Type,
)

from emulator import Emulator
from emulator.lists import ListName
from source_askelephant.api.retries import CHECK, READ
from source_askelephant.reading.tail import TailLimits
from source_askelephant.source import Patience

IMPATIENT = Patience(
    tail=TailLimits(replica_seconds=0.0),
    read=READ._replace(wait_initial=0.001, wait_max=0.002),
    check=CHECK._replace(wait_initial=0.001, wait_max=0.002),
)
"""Retries that hardly wait."""
PATIENT = Patience(tail=TailLimits(replica_seconds=0.0))
"""What a command has in tests: the emulator has one server, so that none is behind another."""
VIRTUALLY_PATIENT = Patience(tail=TailLimits(max_present_pages=1_000, seconds_to_pass=0.0, replica_seconds=0.0))
"""The same with a virtual clock, which moves with requests only: the present passes by asking again and again."""


@dataclass(frozen=True)
class Output:
    """All that one run of the connector printed, and how it ended."""

    messages: list[AirbyteMessage]
    exit_code: int

    @property
    def records(self) -> list[dict[str, Any]]:
        return [message.record.data for message in self.messages if message.record]

    @property
    def states(self) -> list[dict[str, Any]]:
        """State messages as they may be given to the next read."""
        return [
            AirbyteMessageSerializer.dump(message)["state"] for message in self.messages if message.type is Type.STATE
        ]

    @property
    def errors(self) -> list[AirbyteErrorTraceMessage]:
        return [message.trace.error for message in self.messages if message.trace and message.trace.error]

    def of(self, stream: str) -> "Output":
        """The messages of one stream."""
        return replace(self, messages=[message for message in self.messages if stream_of(message) == stream])

    @property
    def statuses(self) -> list[str]:
        """The stream's statuses, in order."""
        return [
            message.trace.stream_status.status.value
            for message in self.messages
            if message.trace and message.trace.stream_status
        ]

    @property
    def connection(self) -> tuple[str, str | None]:
        """Outcome of a check: SUCCEEDED or FAILED, and what was said."""
        (status,) = [message.connectionStatus for message in self.messages if message.connectionStatus]
        return status.status.value, status.message

    def logs(self, level: Level = Level.INFO) -> list[str]:
        return [message.log.message for message in self.messages if message.log and message.log.level is level]

    @property
    def failure(self) -> tuple[FailureType | None, str]:
        """The one error that a failed read told, and who can fix it."""
        assert self.exit_code == 1
        (error,) = self.errors
        return error.failure_type, error.message


def stream_of(message: AirbyteMessage) -> str | None:
    """The stream that a message is about."""
    descriptor: Any = None
    if message.record:
        return str(message.record.stream)
    if message.state and message.state.stream:
        descriptor = message.state.stream.stream_descriptor
    elif message.trace and (about := message.trace.stream_status or message.trace.error):
        descriptor = about.stream_descriptor
    return descriptor and str(descriptor.name)


Connector = Callable[..., Output]


def command_line(folder: Path, verb: str, *options: str, **documents: object) -> list[str]:
    """Write the documents into files and return the arguments that name them: ``config={…}`` gives --config.

    Text and bytes are written as they are, all else as JSON.
    """
    arguments = [verb, *options]
    for name, document in documents.items():
        text = document if isinstance(document, str | bytes) else json.dumps(document)
        path = folder / f"{name}.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        arguments += [f"--{name}", str(path)]
    return arguments


def sample_config(emulator: Emulator, **options: Any) -> dict[str, Any]:
    """A configuration that works with an emulator."""
    credentials = {"auth_type": "api_key", "api_key": emulator.settings.api_key}
    return {"credentials": credentials, "api_url": emulator.url, **options}


def oauth_credentials(emulator: Emulator) -> dict[str, str]:
    """Those of the OAuth client that an emulator knows, which have never been used."""
    settings = emulator.settings
    return {
        "auth_type": "oauth2.0",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "refresh_token": settings.refresh_token,
    }


LISTS: tuple[ListName, ...] = ("contacts", "companies", "users", "tags", "engagements")
OTHERS = LISTS[1:]


def sized(stream: ListName, count: int) -> dict[str, Any]:
    """Settings of a workspace that has so many records in one list, and nothing else."""
    return {"contacts": 0, stream: count}


def catalog(sync_mode: str = "incremental", *streams: str) -> dict[str, Any]:
    """A configured catalog with these streams; of contacts if none is named."""
    return {
        "streams": [
            {
                "stream": {
                    "name": stream,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                    "source_defined_cursor": True,
                    "default_cursor_field": ["updated_at"],
                    "source_defined_primary_key": [["id"]],
                },
                "sync_mode": sync_mode,
                "destination_sync_mode": "append_dedup",
                "cursor_field": ["updated_at"],
                "primary_key": [["id"]],
            }
            for stream in streams or LISTS[:1]
        ]
    }


def tried_lists(status: int | None, said: str) -> int:
    """How many lists a check tries if all answer so: one, if it is no single list's fault."""
    everywhere = status is None or status < 400 or status in {401, 407, 408, 425, 429}
    return 1 if everywhere or "Change " in said or "speaks https" in said else len(LISTS)


def most_requests(contacts: int, workers: int = 4) -> float:
    """How many requests a full read of quiet contacts may take at most."""
    return 1.10 * -(-contacts // 100) + 3 * workers + 10


def slow(*cases: Any) -> list[Any]:
    """Cases of a parametrized test that ``make test-fast`` leaves out. A tuple is a case of several parameters."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow) for case in cases]


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["id"] for record in records]


def by_id(records: Iterable[dict[str, Any]]) -> Mapping[str, dict[str, Any]]:
    """What a destination holds after it upserted the records in order; null and absent are the same to it.

    (The CDK's serializer leaves out a record's null fields.)
    """
    return {record["id"]: {field: value for field, value in record.items() if value is not None} for record in records}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """All objects in a JSON document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    if isinstance(node, list):
        for value in node:
            yield from nodes(value)
