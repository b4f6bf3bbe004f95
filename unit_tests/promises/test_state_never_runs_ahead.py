"""State never runs ahead: whatever a STATE line claims, its records stand above it on stdout.

A state claims every contact that changed before its ``updated_at``, and those within its ``windows``. A destination
that has stored all lines up to a STATE line may forget everything else: nothing is lost.
"""

import fcntl
import json
import struct
import termios
import time
from itertools import product
from pathlib import Path
from typing import IO, Any

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from emulator import Churn, Emulator, Settings, VirtualClock, instants
from emulator.lists import ListName
from source_askelephant.instants import parse_instant
from unit_tests.helpers import leaks
from unit_tests.helpers.claims import EVERYTHING, Server, checked_states, versions, watermark, windows
from unit_tests.helpers.processes import start_cold
from unit_tests.helpers.simulation import SHAPES
from unit_tests.helpers.support import (
    LISTS,
    OTHERS,
    VIRTUALLY_PATIENT,
    Connector,
    catalog,
    command_line,
    ids,
    sized,
    slow,
)

PAGES_PER_STATE = 20
"""A read of many pages emits a STATE at least this often."""
QUEUED = 2_000
"""Records that the engine holds for a slow consumer."""
SMALLEST_PIPE = 4_096


@pytest.mark.parametrize(
    ("shape", "workers", "sync_mode", "stream"),
    [
        *product(SHAPES, [4], ["incremental"], ["contacts"]),
        *product(["burst"], [4], ["incremental"], OTHERS),
        *slow(
            *product(SHAPES, [1, 10, 20], ["incremental"], ["contacts"]),
            *product(["burst"], [10], ["full_refresh"], LISTS),
        ),
    ],
)
def test_each_state_stands_below_what_it_claims(
    emulator: Emulator,
    connector: Connector,
    config: dict[str, Any],
    shape: Any,
    workers: int,
    sync_mode: str,
    stream: ListName,
) -> None:
    emulator.reset(Settings(**sized(stream, 3_000), flood_size=900, shape=shape, latency_ms=1))
    output = connector("read", config={**config, "num_workers": workers}, catalog=catalog(sync_mode, stream))
    server = Server(emulator.snapshot(of=stream))
    *earlier, last = checked_states(output.messages, server)
    assert len(earlier) >= 3_000 / 100 / PAGES_PER_STATE, "a long read is checkpointed while it runs"
    if workers > 1:
        assert any(windows(state) for state in earlier), "windows are completed in any order"
    newest = max(record["updated_at"] for record in emulator.snapshot(of=stream).values())
    assert last.keys() == {"updated_at", "as_of"}
    assert last["updated_at"] == newest


@pytest.mark.slow
@pytest.mark.parametrize("cursor", ["position", "record"])
@pytest.mark.parametrize(("shape", "workers"), [*product(SHAPES, [1, 10]), ("burst", 4), ("burst", 20)])
def test_while_others_write_each_state_stands_below_what_it_claims(
    emulator: Emulator, connector: Connector, config: dict[str, Any], shape: Any, workers: int, cursor: Any
) -> None:
    churn = Churn(creates=1, updates=2, deletes=1, aim=0.5)
    emulator.reset(
        Settings(
            contacts=2_500,
            flood_size=600,
            shape=shape,
            churn=churn,
            cursor=cursor,
            precision="us",
            latency_ms=1,
            clock=VirtualClock(tick_ms=1_500),
        )
    )
    before = emulator.snapshot()
    config["num_workers"] = workers
    output = connector("read", patience=VIRTUALLY_PATIENT, config=config, catalog=catalog())
    assert output.exit_code == 0
    after = emulator.snapshot()
    unchanged = {id_: contact for id_, contact in before.items() if after.get(id_) == contact}
    assert 1_000 < len(unchanged) < len(before)
    states = list(checked_states(output.messages, Server(unchanged)))
    # A change that a state claims was made before it, so its newest version is above it as well.
    assert list(checked_states(output.messages, Server(after))) == states
    assert states[-1].keys() == {"updated_at", "as_of"}


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "queued_pages"), [(1, QUEUED // 100), (10, 10)])
def test_a_slow_consumer_sees_the_same_order(
    emulator: Emulator, config: dict[str, Any], tmp_path: Path, workers: int, queued_pages: int
) -> None:
    """The pipe is full, and the engine's queue: workers stand still in the middle of a page.

    One worker fills the queue for certain. Of ten, those who finish a window wait for their next one, which stands
    in the same queue.
    """
    emulator.reset(Settings(contacts=30_000, latency_ms=5 * workers))  # all of them are of use
    server = Server(emulator.snapshot())
    arguments = command_line(tmp_path, "read", config={**config, "num_workers": workers}, catalog=catalog())
    emulator.clear_log()
    output = b""
    with start_cold(arguments) as process:
        assert process.stdout
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
        held = 0
        for _ in range(2):
            read = output.count(b'"type":"RECORD"')
            held = wait_until_held(emulator, process.stdout, after_pages=max(held + 1, queued_pages + read // 100))
            assert held < 290, "a consumer that doesn't read holds up the workers"
            output += process.stdout.read(3_000_000)
        output += process.stdout.read()
        assert process.wait(10) == 0
    leaks.assert_none(output)
    messages = [AirbyteMessageSerializer.load(json.loads(line)) for line in output.splitlines()]
    states = list(checked_states(messages, server))
    assert len(states) >= 30_000 / 100 / PAGES_PER_STATE
    assert workers == 1 or any(windows(state) for state in states)
    assert set(versions(messages)) == server.claimed(EVERYTHING)


def wait_until_held(emulator: Emulator, stdout: IO[bytes], *, after_pages: int) -> int:
    """Wait until so many requests were made, the pipe is full and no more requests come; return their number."""
    deadline = time.monotonic() + 20
    requests, since = 0, time.monotonic()
    while time.monotonic() < deadline:
        now = emulator.stats().requests
        if now != requests or not in_pipe(stdout):
            requests, since = now, time.monotonic()
        elif now >= after_pages and time.monotonic() > since + 0.3:
            return now
        time.sleep(0.01)
    raise AssertionError(f"after {requests} requests of {after_pages}, {in_pipe(stdout)} bytes wait in the pipe")


def in_pipe(stdout: IO[bytes]) -> int:
    """How many bytes wait in a pipe."""
    return int(struct.unpack("i", fcntl.ioctl(stdout, termios.FIONREAD, b"\0" * 4))[0])


@pytest.mark.parametrize("workers", [1, 10])
def test_the_state_never_goes_back(
    emulator: Emulator, connector: Connector, config: dict[str, Any], workers: int
) -> None:
    emulator.reset(Settings(contacts=2_500, shape="burst", latency_ms=1))
    config["num_workers"] = workers
    server = Server(emulator.snapshot())
    output = connector("read", config=config, catalog=catalog())
    states = list(checked_states(output.messages, server))
    given = states[0], states[len(states) // 2], {"updated_at": states[len(states) // 2]["updated_at"]}, states[-1]
    for state in given:
        again = connector("read", config=config, catalog=catalog(), state=state)
        already = server.claimed(state)
        *_, last = checked_states(again.messages, server, before=already, since=watermark(state))
        assert last["updated_at"] == states[-1]["updated_at"]


@pytest.mark.slow
@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
@pytest.mark.parametrize("lookback", [0, 60])
def test_a_read_goes_on_from_any_state(
    emulator: Emulator, connector: Connector, config: dict[str, Any], sync_mode: str, lookback: int
) -> None:
    emulator.reset(Settings(contacts=2_500, shape="burst", latency_ms=1))
    config |= {"num_workers": 10, "lookback_window_seconds": lookback}
    first = connector("read", config=config, catalog=catalog(sync_mode))
    server = Server(emulator.snapshot())
    states = list(checked_states(first.messages, server))
    in_the_middle = [state for state in states if windows(state)][:3]
    assert in_the_middle
    for state in in_the_middle:
        rest = connector("read", config=config, catalog=catalog(sync_mode), state=state)
        assert rest.exit_code == 0
        read = versions(rest.messages)
        assert len(read) == len(set(read))
        assert server.claimed(EVERYTHING) - server.claimed(state) <= set(read)
        assert set(read) <= server.may_come_again(state, lookback)
        # A person may cut a state down to its watermark: what lies beyond comes again.
        plain = connector("read", config=config, catalog=catalog(sync_mode), state={"updated_at": state["updated_at"]})
        begin = watermark(state) - lookback * instants.SECOND
        assert set(versions(plain.messages)) == server.between(begin, watermark(EVERYTHING))


def test_state_claims_only_what_stands_above_it(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=3_456, shape="ties"))
    server = emulator.snapshot()
    output = connector("read", config=config, catalog=catalog())
    above: set[str] = set()
    watermarks = []
    for message in output.messages:
        if message.record:
            above.add(message.record.data["id"])
        if message.state and message.state.stream:
            watermark = parse_instant(vars(message.state.stream.stream_state)["updated_at"])
            watermarks.append(watermark)
            claimed = {id_ for id_, c in server.items() if parse_instant(c["updated_at"]) < watermark}
            assert claimed <= above
    assert len(watermarks) >= 4, "a long read is checkpointed while it runs"
    assert watermarks == sorted(watermarks), "what has been claimed is never taken back"
    assert parse_instant(output.states[-1]["stream"]["stream_state"]["updated_at"]) == max(
        parse_instant(contact["updated_at"]) for contact in server.values()
    )
    last = [message.type.value for message in output.messages if message.state or message.trace][-2:]
    assert last == ["STATE", "TRACE"], "the last state stands above the stream's COMPLETE"


def test_the_watermark_never_goes_back(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=3, newest="2026-03-01T12:00:00Z"))
    state = {"updated_at": "2026-03-01T12:00:30Z"}
    output = connector("read", config=config, catalog=catalog(), state=state)
    assert ids(output.records), "within the lookback"
    assert output.states[-1]["stream"]["stream_state"]["updated_at"] == state["updated_at"]
