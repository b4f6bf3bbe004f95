"""A quiet workspace comes once, in as few requests as the API allows.

If nothing changes during a read, each contact is emitted exactly once, however the timestamps are distributed: spread,
most within two hours, thousands on one instant. A full read of N contacts takes at most 1.10 x N/100 + 3 x workers + 10
requests, and an incremental read with nothing new takes one.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from emulator import Emulator, Settings
from source_askelephant.instants import SECOND, parse_instant
from unit_tests.helpers.simulation import CURSORS, PRECISIONS, SHAPES, Read, ago, changed_at, read
from unit_tests.helpers.support import by_id, ids, most_requests

WORKERS = [1, 4, 10, 20]
LONG_AT_REST = "2025-06-01T12:00:00Z"
LARGE = [
    ("spread", 1, "ms", "record"),
    ("spread", 20, "us", "position"),
    ("burst", 4, "s", "record"),
    ("burst", 20, "ms", "position"),
    ("flood", 4, "ms", "position"),
    ("flood", 20, "s", "record"),
    ("ties", 1, "us", "position"),
    ("ties", 10, "ms", "record"),
]


@pytest.fixture
def quiet(shared_emulator: Emulator) -> Iterator[Emulator]:
    """An emulator whose contacts stay as they are; a test says which."""
    shared_emulator.clear_faults()
    yield shared_emulator
    shared_emulator.reset(Settings(contacts=0))


def assert_once(emulator: Emulator, output: Read, workers: int) -> None:
    """Each contact exactly once, the state at the newest of them, and few requests."""
    server = emulator.snapshot()
    assert output.failure is None
    assert len(output.records) == len(server)
    assert by_id(output.records) == by_id(server.values())
    newest = max(map(changed_at, server.values()))
    # What changed within this very second is not claimed yet: the server tells its clock in whole seconds.
    assert newest - SECOND < parse_instant(output.watermark) <= newest
    assert output.requests <= most_requests(len(server), workers)


def assert_nothing_new_takes_one_request(emulator: Emulator, output: Read, workers: int) -> None:
    again = read(emulator, output.states[-1], workers=workers)
    assert again.failure is None
    assert again.requests == 1
    assert again.states[-1]["stream"] == output.states[-1]["stream"]
    assert set(ids(again.records)) <= set(ids(output.records))


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize(("precision", "cursor"), list(product(PRECISIONS, CURSORS)))
@pytest.mark.parametrize("shape", SHAPES)
def test_at_rest(quiet: Emulator, shape: Any, precision: Any, cursor: Any, workers: int) -> None:
    quiet.reset(
        Settings(contacts=630, flood_size=330, shape=shape, precision=precision, cursor=cursor, newest=LONG_AT_REST)
    )
    output = read(quiet, workers=workers)
    assert_once(quiet, output, workers)
    assert_nothing_new_takes_one_request(quiet, output, workers)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize(("precision", "cursor"), list(product(PRECISIONS, CURSORS)))
@pytest.mark.parametrize("shape", SHAPES)
def test_changed_seconds_ago(quiet: Emulator, shape: Any, precision: Any, cursor: Any, workers: int) -> None:
    settings = Settings(contacts=630, flood_size=330, shape=shape, precision=precision, cursor=cursor)
    quiet.reset(replace(settings, newest=ago(settings, 2)))
    assert_once(quiet, read(quiet, workers=workers), workers)


@pytest.mark.parametrize("age", [0, 2, 4, 8, 290, 310])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_imported_a_moment_ago(quiet: Emulator, precision: Any, age: float) -> None:
    settings = Settings(contacts=500, precision=precision, cursor="record")
    quiet.reset(replace(settings, newest=ago(settings, age)))
    quiet.create(1_250, at=ago(settings, age))
    assert_once(quiet, read(quiet), 4)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("contacts", [1, 2, 99, 100, 101, 199, 200, 201, 300, 1_000, 3_333])
def test_sizes(quiet: Emulator, contacts: int, workers: int) -> None:
    quiet.reset(Settings(contacts=contacts, newest=LONG_AT_REST))
    output = read(quiet, workers=workers)
    assert_once(quiet, output, workers)
    assert contacts > 100 or output.requests == 1
    assert_nothing_new_takes_one_request(quiet, output, workers)


@pytest.mark.parametrize("workers", [1, 10])
@pytest.mark.parametrize(("precision", "cursor"), list(product(PRECISIONS, CURSORS)))
def test_thousands_on_one_timestamp(quiet: Emulator, precision: Any, cursor: Any, workers: int) -> None:
    quiet.reset(
        Settings(
            contacts=5_000,
            flood_size=4_321,
            shape="flood",
            precision=precision,
            cursor=cursor,
            newest=LONG_AT_REST,
        )
    )
    output = read(quiet, workers=workers)
    assert_once(quiet, output, workers)


@pytest.mark.parametrize("contacts", [100, 101, 200, 1_000])
def test_all_on_one_timestamp(quiet: Emulator, contacts: int) -> None:
    quiet.reset(Settings(contacts=contacts, flood_size=contacts, shape="flood", cursor="record", newest=LONG_AT_REST))
    assert_once(quiet, read(quiet), 4)


@pytest.mark.parametrize(("shape", "workers", "precision", "cursor"), LARGE)
def test_twenty_thousand(quiet: Emulator, shape: Any, workers: int, precision: Any, cursor: Any) -> None:
    quiet.reset(Settings(contacts=20_000, shape=shape, precision=precision, cursor=cursor, newest=LONG_AT_REST))
    assert_once(quiet, read(quiet, workers=workers), workers)


def test_full_refresh_reads_each_contact_once_too(quiet: Emulator) -> None:
    quiet.reset(Settings(contacts=2_500, shape="burst"))
    assert_once(quiet, read(quiet, workers=10, sync_mode="full_refresh"), 10)
