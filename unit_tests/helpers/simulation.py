"""Many reads in little time: the connector's entry point in this process, and what a destination makes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils import AirbyteTracedException

from emulator import Emulator, Settings
from source_askelephant.instants import parse_instant
from source_askelephant.run import Entrypoint
from source_askelephant.source import SourceAskElephant
from unit_tests.helpers import leaks
from unit_tests.helpers.support import catalog, command_line, sample_config

SHAPES = ["spread", "burst", "flood", "ties"]
PRECISIONS = ["s", "ms", "us"]
CURSORS = ["position", "record"]

Contact = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """What one read gave.

    Attributes:
        records: in the order of emission.
        states: as they may be given to the next read.
        failure: who can mend it and what was said, None if the read succeeded.
        requests: how many the emulator counted.
    """

    records: list[Contact]
    states: list[dict[str, Any]]
    failure: tuple[FailureType | None, str] | None
    requests: int

    @property
    def watermark(self) -> str:
        """The last state, as a person reads it."""
        watermark: str = self.states[-1]["stream"]["stream_state"]["updated_at"]
        return watermark


def read(
    emulator: Emulator,
    state: dict[str, Any] | None = None,
    *,
    workers: int = 4,
    lookback: int = 60,
    sync_mode: str = "incremental",
) -> Read:
    """Run ``source-askelephant read`` without a process of its own."""
    documents: dict[str, Any] = {
        "config": sample_config(emulator, num_workers=workers, lookback_window_seconds=lookback),
        "catalog": catalog(sync_mode),
    }
    if state is not None:
        documents["state"] = [state]
    before = emulator.stats().requests
    lines, records, states = [], [], []
    failure = None
    with TemporaryDirectory() as directory:
        arguments = command_line(Path(directory), "read", **documents)
        entrypoint = Entrypoint(SourceAskElephant())
        try:
            for line in entrypoint.run(entrypoint.parse_args(arguments)):
                lines.append(line)
                message = orjson.loads(line)
                if message["type"] == "RECORD":
                    records.append(message["record"]["data"])
                elif message["type"] == "STATE":
                    states.append(message["state"])
        except AirbyteTracedException as error:
            failure = (error.failure_type, str(error.message))
    leaks.assert_none(lines)
    return Read(records, states, failure, emulator.stats().requests - before)


def upsert(destination: dict[str, Contact], records: Iterable[Contact]) -> None:
    """Do what Airbyte's destinations do with "append + dedup": the newest ``updated_at`` of an id wins.

    Of equal ones the last emitted wins: a contact may change twice within one instant of a coarse clock.
    """
    for record in records:
        before = destination.get(record["id"])
        if before is None or changed_at(before) <= changed_at(record):
            destination[record["id"]] = record


def changed_at(contact: Mapping[str, Any]) -> int:
    return parse_instant(contact["updated_at"])


def ago(settings: Settings, seconds: float) -> str:
    """An instant so long before the emulator's start, to the microsecond."""
    if settings.clock is None:
        now = datetime.now(timezone.utc) + timedelta(seconds=settings.clock_skew_seconds)
    else:
        now = datetime.fromisoformat(settings.clock.start.replace("Z", "+00:00"))
    return (now - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
