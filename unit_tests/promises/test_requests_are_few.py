"""Requests are few: a full read of N quiet contacts takes at most 1.10 x N/100 + 3 x workers + 10.

Where more than ten share an instant, it may take 1.6 times as many. An incremental read with nothing new takes one.
What changes meanwhile, or fails, costs a bounded number more.
"""

from typing import Any

import pytest

from emulator import Churn, Emulator, Settings, VirtualClock
from emulator.lists import ListName
from unit_tests.helpers.quiet import LONG_AT_REST, WORKERS, assert_nothing_new_takes_one_request, assert_once
from unit_tests.helpers.simulation import read
from unit_tests.helpers.support import OTHERS, VIRTUALLY_PATIENT, ids, most_requests, sized, slow

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


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("contacts", [1, 2, 99, 100, 101, 199, 200, 201, 300, 1_000, 3_333])
def test_sizes(quiet: Emulator, contacts: int, workers: int) -> None:
    quiet.reset(Settings(contacts=contacts, newest=LONG_AT_REST))
    output = read(quiet, workers=workers)
    assert_once(quiet, output, workers)
    assert contacts > 100 or output.requests == 1
    assert_nothing_new_takes_one_request(quiet, output, workers)


@pytest.mark.parametrize("stream", OTHERS)
@pytest.mark.parametrize("count", [1, 100, 101, *slow(1_000, 3_333)])
def test_sizes_of_the_other_lists(quiet: Emulator, count: int, stream: ListName) -> None:
    quiet.reset(Settings(**sized(stream, count), newest=LONG_AT_REST))
    output = read(quiet, stream=stream)
    assert_once(quiet, output, 4, stream)
    assert count > 100 or output.requests == 1
    assert_nothing_new_takes_one_request(quiet, output, 4, stream)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "workers", "precision", "cursor"), LARGE)
def test_twenty_thousand(quiet: Emulator, shape: Any, workers: int, precision: Any, cursor: Any) -> None:
    quiet.reset(Settings(contacts=20_000, shape=shape, precision=precision, cursor=cursor, newest=LONG_AT_REST))
    assert_once(quiet, read(quiet, workers=workers), workers)


TIES = 1.6
"""So many times as many requests may be made where many share an instant."""


@pytest.mark.slow
@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("tie_size", [11, 50, 99, 100, 101, 130, 300])
def test_imports_that_stamped_many_at_once(quiet: Emulator, tie_size: int, workers: int) -> None:
    quiet.reset(Settings(contacts=6_000, shape="ties", tie_size=tie_size, newest=LONG_AT_REST))
    output = read(quiet, workers=workers)
    assert output.failure is None
    assert sorted(ids(output.records)) == sorted(quiet.snapshot()), "each comes once"
    assert output.requests <= TIES * most_requests(6_000, workers)


def test_a_cursor_repeated_for_a_while_costs_requests_only(shared_emulator: Emulator) -> None:
    shared_emulator.reset(Settings(contacts=1_000))
    shared_emulator.fail_next("repeated_cursor", after=2, times=5)
    output = read(shared_emulator, workers=1)  # or the cursor could come from another worker's window
    assert output.failure is None
    assert set(ids(output.records)) == set(shared_emulator.snapshot())
    assert output.requests <= most_requests(1_000, 1) + 10


@pytest.mark.parametrize("tick_ms", [150, 1_500])  # a page of changes takes ten seconds, or more
def test_changes_that_can_be_caught_up_with(shared_emulator: Emulator, tick_ms: int) -> None:
    clock = VirtualClock(tick_ms=tick_ms)
    shared_emulator.reset(Settings(contacts=2_000, clock=clock, churn=Churn(creates=5, updates=20)))
    output = read(shared_emulator, patience=VIRTUALLY_PATIENT)
    assert output.failure is None
    assert output.requests <= 100
