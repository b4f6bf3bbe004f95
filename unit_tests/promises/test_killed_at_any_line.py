"""Kill a sync at any moment, start it again with the last STATE line that was stored, and nothing is missing.

What comes a second time is no more than what no STATE had claimed, and the lookback.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage

from emulator import Churn, Emulator, Settings
from emulator.lists import ListName
from unit_tests.helpers.claims import EVERYTHING, Server, checked_states, state_of, versions, watermark, windows
from unit_tests.helpers.processes import Nursery, Run
from unit_tests.helpers.simulation import CURSORS, SHAPES
from unit_tests.helpers.support import LISTS, Connector, Output, by_id, catalog, command_line, sized, slow

KILLED = -9
MAX_LIVES = 30


def until_state(messages: Iterator[AirbyteMessage], number: int) -> list[AirbyteMessage]:
    """Read up to the STATE message of this number, counted from 1, or to the end."""
    seen: list[AirbyteMessage] = []
    for message in messages:
        seen.append(message)
        number -= bool(state_of(message))
        if number == 0:
            break
    return seen


def last_state(messages: list[AirbyteMessage], otherwise: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The state to go on from: the last one that was read, or the one that the run was given."""
    return next(filter(None, map(state_of, reversed(messages))), otherwise)


def read_arguments(
    folder: Path, config: dict[str, Any], state: dict[str, Any] | None, stream: ListName = "contacts"
) -> list[str]:
    given = {} if state is None else {"state": state}
    return command_line(folder, "read", config=config, catalog=catalog("incremental", stream), **given)


def check_resumed(
    server: Server,
    before: list[AirbyteMessage],
    resumed: list[AirbyteMessage],
    state: dict[str, Any] | None,
    lookback: int = 60,
) -> None:
    """Check that a quiet read which was broken off is made whole by the next one, and how much of it came twice."""
    read = versions(resumed)
    assert len(read) == len(set(read)), "quiet data comes once"
    missing = server.claimed(EVERYTHING) - set(versions(before)) - set(read)
    assert not missing, f"{len(missing)} contacts are missing after going on from {state}: {sorted(missing)[:20]}"
    if state is not None:
        too_many = set(read) - server.may_come_again(state, lookback)
        assert not too_many, (
            f"{len(too_many)} contacts were claimed by {state}, and came again: {sorted(too_many)[:20]}"
        )
    final = list(
        checked_states(resumed, server, before=versions(before), since=None if state is None else watermark(state))
    )[-1]
    assert final.keys() == {"updated_at", "as_of"}


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "latency_ms", "lookback", "step"), [(4, 5, 60, 1), (10, 3, 0, 2)])
def test_killed_after_each_state_line(
    emulator: Emulator,
    config: dict[str, Any],
    nursery: Nursery,
    tmp_path: Path,
    workers: int,
    latency_ms: int,
    lookback: int,
    step: int,
) -> None:
    """With four workers after every STATE line, with ten after every second one."""
    emulator.reset(Settings(contacts=3_000, shape="burst", latency_ms=latency_ms))
    config |= {"num_workers": workers, "lookback_window_seconds": lookback}
    server = Server(emulator.snapshot())
    exit_code = KILLED
    number, with_windows = 1 - step, 0
    while exit_code == KILLED:  # until there are fewer STATE lines than that
        number += step
        assert number < 100
        killed = nursery.start(read_arguments(tmp_path, config, None))
        before = until_state(killed.messages, number)
        state = last_state(before)
        if sum(map(bool, map(state_of, before))) == number:
            killed.kill()
        exit_code = killed.end()
        if exit_code == KILLED:
            assert state
            with_windows += bool(windows(state))
            resumed = nursery.start(read_arguments(tmp_path, config, state))
            rest = list(resumed.messages)
            assert resumed.end() == 0
            check_resumed(server, before, rest, state, lookback)
    assert number > 5
    assert with_windows >= 3, "it was killed while windows were open"


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "stream"), list(enumerate(LISTS)))
def test_killed_at_random_lines_again_and_again(
    emulator: Emulator, config: dict[str, Any], nursery: Nursery, tmp_path: Path, seed: int, stream: ListName
) -> None:
    random = Random(seed)
    shape: Any = random.choice(SHAPES)
    emulator.reset(Settings(**sized(stream, 4_000), flood_size=1_100, shape=shape, latency_ms=2, seed=seed))
    config["num_workers"] = random.choice([4, 10])
    server = Server(emulator.snapshot(of=stream))
    before: list[AirbyteMessage] = []
    state: dict[str, Any] | None = None
    for _ in range(3):
        run = nursery.start(read_arguments(tmp_path, config, state, stream))
        before += read_lines(run, random.randrange(10, 2_500))
        run.kill()
        # What stands in the pipe is read as well; its last line may be torn.
        before += list(run.messages)
        assert run.end() in {0, KILLED}
        state = last_state(before)
    final = nursery.start(read_arguments(tmp_path, config, state, stream))
    rest = list(final.messages)
    assert final.end() == 0
    check_resumed(server, before, rest, state)


def read_lines(run: Run, count: int) -> list[AirbyteMessage]:
    return [message for _, message in zip(range(count), run.messages, strict=False)]


@pytest.mark.parametrize("workers", [4, *slow(10)])
def test_killed_at_the_first_new_state_of_each_life(
    emulator: Emulator, config: dict[str, Any], nursery: Nursery, tmp_path: Path, workers: int
) -> None:
    emulator.reset(Settings(contacts=3_000, shape="burst", latency_ms=2))
    config["num_workers"] = workers
    server = Server(emulator.snapshot())
    above: list[AirbyteMessage] = []
    state: dict[str, Any] | None = None
    for _ in range(MAX_LIVES):
        run = nursery.start(read_arguments(tmp_path, config, state))
        life = until_state(run.messages, 2)
        run.kill()
        run.end()
        above += life
        if state is not None:
            assert set(versions(life)) <= server.may_come_again(state, 60)
        claimed = set() if state is None else server.claimed(state)
        state = last_state(life, state)
        assert state
        assert len(server.claimed(state)) >= len(claimed) - 50, "each life gets further, but for the lookback"
        if server.claimed(EVERYTHING) <= set(versions(above)):
            return
    raise AssertionError(f"not at the end after {MAX_LIVES} lives: {state}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_while_others_write(
    emulator: Emulator, config: dict[str, Any], nursery: Nursery, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    shape: Any = random.choice(SHAPES)
    cursor: Any = random.choice(CURSORS)
    churn = Churn(creates=1, updates=2, aim=0.5)
    emulator.reset(
        Settings(contacts=3_000, flood_size=700, shape=shape, cursor=cursor, churn=churn, latency_ms=2, seed=seed)
    )
    # Without a lookback, which would repair what a state claims too early.
    config |= {"num_workers": random.choice([1, 4, 10]), "lookback_window_seconds": 0}
    above: list[AirbyteMessage] = []
    state: dict[str, Any] | None = None
    for life in range(4):
        if life == 3:
            emulator.calm_down()
        run = nursery.start(read_arguments(tmp_path, config, state))
        above += read_lines(run, random.randrange(10, 2_000)) if life < 2 else run.messages
        if life < 2:
            run.kill()
        assert run.end() in ({0, KILLED} if life < 2 else {0})
        state = last_state(above)
        emulator.update(20)
        emulator.create(5)
        if life == 3:
            break
    final = nursery.start(read_arguments(tmp_path, config, state))
    above += final.messages
    assert final.end() == 0
    assert by_id(message.record.data for message in above if message.record) == by_id(emulator.snapshot().values())


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "workers"), [*product(["flood", "ties"], [1, 4]), ("burst", 10), ("spread", 20)])
def test_whatever_state_was_the_last_one_stored(
    emulator: Emulator, connector: Connector, config: dict[str, Any], shape: Any, workers: int
) -> None:
    """A read that ended, of which a destination stored the lines up to a STATE line only: each of them in turn."""
    emulator.reset(Settings(contacts=2_000, flood_size=600, shape=shape, latency_ms=1))
    config |= {"num_workers": workers, "lookback_window_seconds": 3_600}
    server = Server(emulator.snapshot())
    first: Output = connector("read", config=config, catalog=catalog())
    places = [place for place, message in enumerate(first.messages, start=1) if state_of(message)]
    assert len(places) >= 2
    for place in places:
        before = first.messages[:place]
        state = last_state(before)
        resumed = connector("read", config=config, catalog=catalog(), state=state)
        assert resumed.exit_code == 0
        check_resumed(server, before, resumed.messages, state, 3_600)


def test_what_was_saved_late_is_found_after_a_crash(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    """The lookback counts from the watermark and from the end of the last window; in between, nothing comes again."""
    emulator.reset(Settings(contacts=500, newest="2026-03-01T12:00:00Z"))
    state = {"updated_at": "2025-06-01T00:00:00Z", "windows": [["2025-12-01T00:00:00Z", "2026-02-28T00:00:00Z"]]}
    late = [*emulator.create(1, at="2025-05-31T23:59:30Z"), *emulator.create(1, at="2026-02-27T23:59:30Z")]
    (claimed,) = emulator.create(1, at="2026-02-27T23:58:30Z")
    read = {id_ for id_, _ in versions(connector("read", config=config, catalog=catalog(), state=state).messages)}
    assert set(late) <= read
    assert claimed not in read
