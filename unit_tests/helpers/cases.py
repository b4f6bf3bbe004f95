"""What the searches for missed contacts have in common: a case, and what must have come of it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings

from emulator import Emulator, Settings
from emulator.lists import ListName
from unit_tests.helpers.simulation import Contact, changed_at, upsert

EXAMPLES = os.environ.get("COMPLETENESS_EXAMPLES")
"""How many cases to search. By default a few, always the same ones."""

search: Callable[[Callable[..., Any]], Callable[..., Any]] = settings(
    max_examples=int(EXAMPLES or 60),
    derandomize=EXAMPLES is None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Case:
    """A workspace that changes while it is read, and who reads it.

    Attributes:
        workspace: what the emulator is told.
        workers: how many read at once.
        sync_mode: of the first read.
        lookback: seconds before the state that are read again.
        age: seconds from the newest contact to the start, None for ten minutes.
        recent: contacts on the newest contact's instant, beside it.
        reads: how many reads meet changes, before the last one, which meets none.
        stream: the list that is read.
    """

    workspace: Settings
    workers: int = 4
    sync_mode: str = "incremental"
    lookback: int = 60
    age: float | None = None
    recent: int = 0
    reads: int = 1
    stream: ListName = "contacts"


def assert_nothing_is_missing(
    emulator: Emulator,
    start: Mapping[str, Contact],
    records: list[Contact],
    destination: dict[str, Contact],
    stream: ListName = "contacts",
) -> None:
    """Assert that what was there at the start, and still is, has arrived, as new as at the start.

    Args:
        emulator: which served the read.
        start: what it held when the read started.
        records: what the read emitted.
        destination: what has arrived before; takes the records.
        stream: the list.
    """
    upsert(destination, records)
    expected = start.keys() & emulator.snapshot(of=stream).keys()
    missing = expected - destination.keys()
    assert not missing, f"{len(missing)} of {len(start)} are missing: {emulator.settings}"
    if not emulator.settings.future_contacts:  # a change takes them back
        stale = [id_ for id_ in expected if changed_at(destination[id_]) < changed_at(start[id_])]
        assert not stale, f"{len(stale)} are older than at the start: {emulator.settings}"
