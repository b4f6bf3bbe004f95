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
from source_askelephant.source import Patience, SourceAskElephant
from unit_tests.helpers import leaks
from unit_tests.helpers.support import PATIENT, catalog, command_line, sample_config

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
        failure: who can fix it and what was said, None if the read succeeded.
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


def run(
    verb: str, patience: Patience | None = None, **documents: object
) -> tuple[list[dict[str, Any]], AirbyteTracedException | None]:
    """Run a command without a process of its own: its messages, and the error that ended it."""
    lines: list[str] = []
    failure = None
    with TemporaryDirectory() as directory:
        entrypoint = Entrypoint(SourceAskElephant(patience or PATIENT))
        try:
            lines.extend(entrypoint.run(entrypoint.parse_args(command_line(Path(directory), verb, **documents))))
        except AirbyteTracedException as error:
            failure = error
    leaks.assert_none(lines)
    return [orjson.loads(line) for line in lines], failure


def read(
    emulator: Emulator,
    state: dict[str, Any] | None = None,
    *,
    workers: int = 4,
    lookback: int = 60,
    sync_mode: str = "incremental",
    patience: Patience | None = None,
    stream: str = "contacts",
) -> Read:
    """Read a list, and count the requests."""
    documents: dict[str, Any] = {
        "config": sample_config(emulator, num_workers=workers, lookback_window_seconds=lookback),
        "catalog": catalog(sync_mode, stream),
    }
    if state is not None:
        documents["state"] = [state]
    before = emulator.stats().requests
    messages, error = run("read", patience, **documents)
    return Read(
        records=[message["record"]["data"] for message in messages if message["type"] == "RECORD"],
        states=[message["state"] for message in messages if message["type"] == "STATE"],
        failure=(error.failure_type, str(error.message)) if error else None,
        requests=emulator.stats().requests - before,
    )


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
