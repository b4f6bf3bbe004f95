"""Time is the server's: no decision about what to read depends on the clock of the machine it runs on.

A machine whose clock is years off reads the same contacts and writes the same state. And what is stamped in the future
never moves the state past the server's clock.
"""

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from emulator import Emulator, Fault, Settings, VirtualClock, instants
from source_askelephant.instants import SECOND, parse_instant
from unit_tests.helpers.claims import Server, checked_states, watermark
from unit_tests.helpers.simulation import Contact, ago, changed_at, read, upsert
from unit_tests.helpers.support import Connector, by_id, catalog, ids, slow

YEARS = 5 * 365 * 86_400


@pytest.mark.parametrize("skew", [-YEARS, YEARS])
@pytest.mark.parametrize("newest_age", [1, *slow(100, 86_400)])
def test_a_server_whose_clock_is_years_from_this_machines(
    shared_emulator: Emulator, skew: float, newest_age: float
) -> None:
    settings = Settings(contacts=1_500, shape="burst", clock_skew_seconds=skew)
    shared_emulator.reset(replace(settings, newest=ago(settings, newest_age)))
    assert_one_after_another(shared_emulator)


@pytest.mark.parametrize("skew", [-YEARS, YEARS])
def test_a_machine_whose_clock_is_years_off(
    shared_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    clock = VirtualClock()  # the emulator runs in this process, and must not be off as well
    shared_emulator.reset(Settings(contacts=1_500, shape="burst", clock=clock, newest="2026-03-01T11:59:58Z"))
    right = read(shared_emulator)
    real_time = time.time
    monkeypatch.setattr("time.time", lambda: real_time() + skew)
    shared_emulator.reset()
    wrong = read(shared_emulator)
    assert sorted(wrong.records, key=place) == sorted(right.records, key=place)
    assert wrong.watermark == right.watermark
    shared_emulator.reset()
    assert_one_after_another(shared_emulator)


def place(contact: Contact) -> tuple[int, str]:
    return changed_at(contact), contact["id"]


def assert_one_after_another(emulator: Emulator) -> None:
    """A full read, changes, and a read of these, each complete, each with the server's time in its state."""
    first = read(emulator)
    assert first.failure is None
    assert sorted(ids(first.records)) == sorted(emulator.snapshot())
    newest = max(changed_at(contact) for contact in emulator.snapshot().values())
    assert newest - SECOND < parse_instant(first.watermark) <= newest
    changed = {*emulator.update(3), *emulator.create(2)}
    second = read(emulator, first.states[-1])
    assert second.failure is None
    assert changed <= set(ids(second.records))
    assert second.requests == 1
    destination: dict[str, Contact] = {}
    upsert(destination, first.records + second.records)
    assert by_id(destination.values()) == by_id(emulator.snapshot().values())


@pytest.mark.parametrize(
    ("contacts", "from_the_future", "workers"),
    [(99, 1, 4), (250, 1, 1), *slow((1_500, 3, 10), (250, 1_400, 1), (950, 150, 10))],
)
def test_stamps_in_the_future_do_not_silence_later_syncs(
    emulator: Emulator,
    connector: Connector,
    config: dict[str, Any],
    contacts: int,
    from_the_future: int,
    workers: int,
) -> None:
    start = "2026-03-01T12:00:00Z"
    emulator.reset(Settings(contacts=contacts, clock=VirtualClock(start=start)))
    for number in range(from_the_future):
        emulator.create(1, at=stamp("2035-01-01T00:00:00Z", seconds=number))
    config["num_workers"] = workers
    first = connector("read", config=config, catalog=catalog())
    assert by_id(first.records) == by_id(emulator.snapshot().values())
    states = list(checked_states(first.messages, Server(emulator.snapshot())))
    servers_time = instants.parse(stamp(start, seconds=60))
    assert max(map(watermark, states)) < servers_time
    for state in first.states:
        (created,) = emulator.create(1)
        second = connector("read", config=config, catalog=catalog(), state=[state])
        assert created in ids(second.records)


def test_a_read_that_fails_among_stamps_in_the_future_claims_none_of_them(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=250, clock=VirtualClock(start="2026-03-01T12:00:00Z")))
    for number in range(1_400):
        emulator.create(1, at=stamp("2035-01-01T00:00:00Z", seconds=number))
    emulator.fail_next(Fault("status", status=403), after=15)
    failed = connector("read", config=config, catalog=catalog())
    assert failed.exit_code == 1
    assert len(failed.records) > 1_000
    assert failed.states
    for state in checked_states(failed.messages, Server(emulator.snapshot())):
        assert watermark(state) < instants.parse("2026-03-01T12:01:00Z")
    (created,) = emulator.create(1)
    again = connector("read", config=config, catalog=catalog(), state=failed.states[-1:])
    assert created in ids(again.records)
    assert by_id(failed.records + again.records) == by_id(emulator.snapshot().values())


def stamp(instant: str, *, seconds: int) -> str:
    moment = datetime.fromisoformat(instant.replace("Z", "+00:00")) + timedelta(seconds=seconds)
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
