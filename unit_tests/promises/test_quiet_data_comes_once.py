"""Quiet data comes once: if nothing changes during a read, each contact is emitted exactly once.

However the timestamps are distributed: spread, most within two hours, thousands on one instant.
"""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from emulator import Emulator, Settings, VirtualClock
from emulator.lists import ListName
from unit_tests.helpers.quiet import LONG_AT_REST, WORKERS, assert_nothing_new_takes_one_request, assert_once
from unit_tests.helpers.simulation import CURSORS, PRECISIONS, SHAPES, ago, read
from unit_tests.helpers.support import OTHERS, VIRTUALLY_PATIENT, sized


@pytest.mark.slow
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


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("stream", OTHERS)
def test_the_other_lists_at_rest(quiet: Emulator, shape: Any, stream: ListName) -> None:
    quiet.reset(Settings(**sized(stream, 630), flood_size=330, shape=shape, newest=LONG_AT_REST))
    output = read(quiet, stream=stream)
    assert_once(quiet, output, 4, stream)
    assert_nothing_new_takes_one_request(quiet, output, 4, stream)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize(("precision", "cursor"), list(product(PRECISIONS, CURSORS)))
@pytest.mark.parametrize("shape", SHAPES)
def test_changed_seconds_ago(quiet: Emulator, shape: Any, precision: Any, cursor: Any, workers: int) -> None:
    settings = Settings(
        contacts=630, flood_size=330, shape=shape, precision=precision, cursor=cursor, clock=VirtualClock(tick_ms=2_000)
    )
    quiet.reset(replace(settings, newest=ago(settings, 2)))
    assert_once(quiet, read(quiet, workers=workers, patience=VIRTUALLY_PATIENT), workers)


@pytest.mark.slow
@pytest.mark.parametrize("age", [0, 2, 4, 8, 290, 310])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_imported_a_moment_ago(quiet: Emulator, precision: Any, age: float) -> None:
    settings = Settings(contacts=500, precision=precision, cursor="record", clock=VirtualClock(tick_ms=2_000))
    quiet.reset(replace(settings, newest=ago(settings, age)))
    quiet.create(1_250, at=ago(settings, age))
    assert_once(quiet, read(quiet, patience=VIRTUALLY_PATIENT), 4)


@pytest.mark.slow
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


def test_full_refresh_reads_each_contact_once_too(quiet: Emulator) -> None:
    quiet.reset(Settings(contacts=2_500, shape="burst"))
    assert_once(quiet, read(quiet, workers=10, sync_mode="full_refresh"), 10)
