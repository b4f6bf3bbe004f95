"""Lists are read together: none waits behind another, and none is touched by what another one does."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest
from airbyte_cdk.models import FailureType, Level, Type
from typing_extensions import override

from emulator import Churn, Emulator, Fault, Settings, VirtualClock
from emulator.lists import ListName
from unit_tests.helpers.cases import assert_nothing_is_missing
from unit_tests.helpers.claims import Server as Claimed
from unit_tests.helpers.claims import checked_states, state_of
from unit_tests.helpers.processes import Nursery
from unit_tests.helpers.servers import InFront, serve
from unit_tests.helpers.support import (
    IMPATIENT,
    LISTS,
    VIRTUALLY_PATIENT,
    Connector,
    Output,
    by_id,
    catalog,
    command_line,
    most_requests,
    slow,
    stream_of,
)

ALL = catalog("incremental", *LISTS)
WORKSPACE: dict[str, Any] = {"contacts": 1_500, "companies": 430, "users": 60, "tags": 20, "engagements": 700}
COMPLETE, INCOMPLETE = ["STARTED", "RUNNING", "COMPLETE"], ["STARTED", "INCOMPLETE"]
LATEST = "2026-03-01T12:00:00Z"


def assert_each_once(emulator: Emulator, output: Output, streams: Sequence[ListName] = LISTS) -> None:
    for stream in streams:
        server, part = emulator.snapshot(of=stream), output.of(stream)
        assert len(part.records) == len(server), stream
        assert by_id(part.records) == by_id(server.values())
        *_, last = checked_states(part.messages, Claimed(server))
        assert last.keys() == {"updated_at", "as_of"}
        assert part.statuses == COMPLETE


@pytest.mark.parametrize("sync_mode", ["incremental", "full_refresh"])
@pytest.mark.parametrize("workers", [1, 2, 4, 20])
def test_all_of_them_in_one_sync(
    emulator: Emulator, connector: Connector, config: dict[str, Any], workers: int, sync_mode: str
) -> None:
    emulator.reset(Settings(**WORKSPACE, newest=LATEST))
    config["num_workers"] = workers
    output = connector("read", config=config, catalog=catalog(sync_mode, *LISTS))
    assert output.exit_code == 0
    assert_each_once(emulator, output)
    each_alone = sum(most_requests(count, workers=0) for count in WORKSPACE.values())
    assert len(emulator.requests) <= each_alone + 3 * workers

    emulator.clear_log()
    again = connector("read", config=config, catalog=catalog(sync_mode, *LISTS), state=output.states)
    assert again.exit_code == 0
    assert again.records == []
    assert len(emulator.requests) == len(LISTS), "one of each"


def test_while_others_write(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    churn = Churn(creates=1, updates=2, deletes=1, aim=0.3, until_requests=30)
    emulator.reset(Settings(**WORKSPACE, cursor="record", churn=churn, clock=VirtualClock(tick_ms=500)))
    start = {stream: emulator.snapshot(of=stream) for stream in LISTS}
    output = connector("read", patience=VIRTUALLY_PATIENT, config=config, catalog=ALL)
    assert output.exit_code == 0
    for stream in LISTS:
        assert_nothing_is_missing(emulator, start[stream], output.of(stream).records, {}, stream)


@pytest.mark.parametrize("workers", [1, 4, *slow(10)])
@pytest.mark.parametrize("lasts_for", [1, 3])
def test_floods_whose_cursors_last_for_some_requests_of_anybody(
    emulator: Emulator, connector: Connector, config: dict[str, Any], lasts_for: int, workers: int
) -> None:
    sizes: dict[str, Any] = {**dict.fromkeys(LISTS, 460), "shape": "flood", "flood_size": 300}
    emulator.reset(Settings(**sizes, newest=LATEST, cursor_ttl_requests=lasts_for))
    output = connector("read", config={**config, "num_workers": workers}, catalog=ALL)
    assert output.exit_code == 0
    assert_each_once(emulator, output)


@pytest.mark.parametrize("workers", [1, 4])
def test_a_small_list_does_not_wait_behind_a_large_one(
    emulator: Emulator, connector: Connector, config: dict[str, Any], workers: int
) -> None:
    emulator.reset(Settings(contacts=5_000, companies=250, tags=20, latency_ms=2))
    config["num_workers"] = workers
    output = connector("read", config=config, catalog=catalog("incremental", "contacts", "companies", "tags"))
    assert_each_once(emulator, output, ("contacts", "companies", "tags"))
    ends = {}
    contacts = 0
    for message in output.messages:
        contacts += bool(message.record and message.record.stream == "contacts")
        if message.trace and (status := message.trace.stream_status) and status.status.value == "COMPLETE":
            ends[status.stream_descriptor.name] = contacts
    assert ends["tags"] < 2_000
    assert ends["companies"] < 3_000
    assert ends["contacts"] == 5_000


@pytest.mark.parametrize("workers", [1, 2])
def test_a_list_does_not_wait_behind_one_that_goes_on_from_many_windows(
    emulator: Emulator, connector: Connector, config: dict[str, Any], workers: int
) -> None:
    """As after a sync that was stopped."""
    emulator.reset(Settings(contacts=2_000, tags=250, latency_ms=1))
    instants = sorted(contact["updated_at"] for contact in emulator.snapshot().values())
    windows = [[begin, end] for begin, end in zip(instants[10::20], instants[12::20], strict=False)]
    state = {"contacts": {"updated_at": instants[0], "windows": windows}}
    config["num_workers"] = workers
    output = connector("read", config=config, catalog=catalog("incremental", "contacts", "tags"), state=state)
    assert output.exit_code == 0
    assert len(windows) > 90
    order = [message.record.stream for message in output.messages if message.record]
    last_tag = len(order) - order[::-1].index("tags")
    assert order[:last_tag].count("contacts") < 1_000, "tags are read beside contacts, to their end"


def test_the_state_of_a_large_list_does_not_wait_for_a_small_one(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=5_000, companies=3_000, latency_ms=2))
    output = connector("read", config=config, catalog=catalog("incremental", "companies", "contacts"))
    order = [state["stream"]["stream_descriptor"]["name"] for state in output.states]
    assert order.index("contacts") < len(order) - 1 - order[::-1].index("companies"), "they come between each other's"


@pytest.mark.parametrize("workers", [1, 4, 20])
def test_no_more_requests_are_under_way_than_workers(
    emulator: Emulator, connector: Connector, config: dict[str, Any], workers: int
) -> None:
    emulator.reset(Settings(**WORKSPACE, concurrency_limit=workers, latency_ms=5))
    output = connector("read", config={**config, "num_workers": workers}, catalog=ALL)
    assert_each_once(emulator, output)
    assert emulator.stats().too_many_requests == 0


def test_one_rate_limit_is_shared(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(**WORKSPACE, rate_limit=10, rate_limit_kind="window"))
    output = connector("read", config={**config, "num_workers": 8}, catalog=ALL)
    assert_each_once_but_for_announcements(emulator, output)
    pauses = sum("AskElephant's rate limit is reached" in text for text in output.logs())
    assert emulator.stats().too_early <= 8 * pauses, "one request per worker may have been under way"
    assert emulator.stats().too_many_requests <= 20, "not each list learns for itself"


def assert_each_once_but_for_announcements(emulator: Emulator, output: Output) -> None:
    """Streams that are over aren't announced as waiting; nor is one that is none of the catalog's."""
    assert output.exit_code == 0
    for stream in LISTS:
        part = output.of(stream)
        assert by_id(part.records) == by_id(emulator.snapshot(of=stream).values())
        assert part.statuses[0] == "STARTED"
        assert part.statuses[-1] == "COMPLETE"
        assert part.statuses.count("COMPLETE") == 1
    assert any(
        message.trace and (status := message.trace.stream_status) and status.reasons for message in output.messages
    )


# ---- One of them fails ----


@pytest.mark.parametrize("missing", LISTS)
def test_a_list_without_its_scope_fails_alone(
    emulator: Emulator, connector: Connector, config: dict[str, Any], missing: ListName
) -> None:
    others = [stream for stream in LISTS if stream != missing]
    emulator.reset(Settings(**WORKSPACE, scopes=tuple(f"{stream}:read" for stream in others), newest=LATEST))
    output = connector("read", config=config, catalog=ALL)
    assert_each_once(emulator, output, others)
    failure_type, message = output.failure
    assert failure_type is FailureType.config_error
    assert f"The credential needs the scope {missing}:read: " in message
    part = output.of(missing)
    assert part.statuses == INCOMPLETE
    assert part.records == part.states == []
    ends = [text for text in output.logs() if text.startswith(("Finished reading ", "Stopped reading "))]
    assert sorted(text.partition(":")[0] for text in ends) == sorted(
        [f"Stopped reading {missing}", *(f"Finished reading {stream}" for stream in others)]
    )
    (error,) = part.errors
    assert error.stream_descriptor
    assert error.stream_descriptor.name == missing

    emulator.reset(Settings(**WORKSPACE, newest=LATEST))
    emulator.clear_log()
    again = connector("read", config=config, catalog=ALL, state=output.states)
    assert again.exit_code == 0
    assert by_id(again.records) == by_id(emulator.snapshot(of=missing).values()), "the others go on from their state"


class Fails(InFront):
    """Passes on what an emulator answers, but for one list."""

    failing: ClassVar[str]
    after: ClassVar[int]

    @override
    def path_there(self) -> str:
        earlier = sum(f"/v2/{self.failing}" in request["path"] for request in self.server.requests)
        if f"/v2/{self.failing}" in self.path and earlier >= self.after:
            return "/api/v2/nothing"
        return self.path

    @override
    def change(self, page: dict[str, Any]) -> None:
        """Leave it as it is."""


@pytest.fixture
def failing(config: dict[str, Any]) -> Iterator[type[Fails]]:
    """A server of which one list fails."""
    handler = type("Handler", (Fails,), {"emulator": config["api_url"], "failing": "contacts", "after": 0})
    with serve(handler) as server:
        config["api_url"] = f"http://{server.address}/api"
        yield handler


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("after", [0, 3, 7])
def test_a_list_that_fails_in_the_middle_keeps_its_state_and_leaves_the_others_alone(
    emulator: Emulator, connector: Connector, config: dict[str, Any], failing: type[Fails], after: int, workers: int
) -> None:
    emulator.reset(Settings(**WORKSPACE, newest=LATEST))
    failing.after = after
    config["num_workers"] = workers
    output = connector("read", patience=IMPATIENT, config=config, catalog=ALL)
    assert_each_once(emulator, output, LISTS[1:])
    _, message = output.failure
    assert "with status 404" in message
    part = output.of("contacts")
    assert part.statuses[-1] == "INCOMPLETE"
    assert bool(part.states) == bool(part.records) == (after > 0)

    failing.after = 1_000
    again = connector("read", config=config, catalog=ALL, state=output.states)
    assert again.exit_code == 0
    assert by_id(part.records + again.of("contacts").records) == by_id(emulator.snapshot().values())
    assert all(again.of(stream).records == [] for stream in LISTS[1:])


@pytest.mark.parametrize("missing", ["companies:read", ""])
def test_the_workers_of_a_list_that_failed_or_ended_read_another(
    emulator: Emulator, connector: Connector, config: dict[str, Any], missing: str
) -> None:
    scopes = {"contacts:read", "companies:read"} - {missing}
    emulator.reset(Settings(contacts=3_000, companies=30, latency_ms=5, scopes=tuple(scopes)))
    connector("read", config={**config, "num_workers": 2}, catalog=catalog("incremental", "companies", "contacts"))
    ends = {request.params.get("filter[updated_at][lt]") for request in emulator.requests}
    assert len(ends) >= 3, "of the tail, of the horizon, and where it was cut for the second worker"


class FailsWhileAWorkerWaits(Fails):
    """Lets one request for contacts wait for long, and refuses the next one, once tags have been read."""

    source: ClassVar[Emulator]

    @override
    def path_there(self) -> str:
        paths = [request["path"] for request in self.server.requests]
        earlier = sum("/v2/contacts" in path for path in paths)
        if "/v2/contacts" in self.path and earlier >= 4 and any("/v2/tags" in path for path in paths):
            answers = {0: Fault("status", status=500, headers={"Retry-After": "100"}), 1: Fault("status", status=403)}
            type(self).after += 1
            if (fault := answers.get(type(self).after - 1)) is not None:
                self.source.fail_next(fault)
        return self.path


def test_nobody_waits_for_a_worker_of_a_list_that_has_failed(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=2_000, tags=10))
    own = {"emulator": config["api_url"], "source": emulator, "after": 0}
    with serve(type("Handler", (FailsWhileAWorkerWaits,), own)) as server:
        config["api_url"] = f"http://{server.address}/api"
        began = time.monotonic()
        output = connector("read", config=config, catalog=catalog("incremental", "tags", "contacts"))
        assert time.monotonic() - began < 20
    assert "needs the scope contacts:read" in output.failure[1]
    assert output.of("contacts").statuses == ["STARTED", "RUNNING", "INCOMPLETE"]
    assert output.of("tags").statuses == COMPLETE


def test_a_wrong_key_fails_all_of_them(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.revoke()
    began = time.monotonic()
    output = connector("read", config=config, catalog=ALL)
    assert time.monotonic() - began < 5
    assert output.exit_code == 1
    assert [output.of(stream).statuses for stream in LISTS] == [INCOMPLETE] * len(LISTS)
    assert {error.failure_type for error in output.errors} == {FailureType.config_error}


# ---- Interrupted ----


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(
    emulator: Emulator, config: dict[str, Any], nursery: Nursery, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    emulator.reset(Settings(**WORKSPACE, latency_ms=2, seed=seed, newest=LATEST))
    config["num_workers"] = random.choice([1, 4, 10])
    above: list[Any] = []
    states: dict[str, Any] = {}
    for life in range(4):
        given = {"state": states} if states else {}
        run = nursery.start(command_line(tmp_path, "read", config=config, catalog=ALL, **given))
        count = random.randrange(10, 1_200)
        messages = [message for _, message in zip(range(count), run.messages, strict=False)]
        if life < 3:
            run.kill()
        messages += list(run.messages)
        assert run.end() in ({-9, 0} if life < 3 else {0})
        above += messages
        for message in messages:
            if state := state_of(message):
                states[str(stream_of(message))] = state
    output = Output(above, 0)
    for stream in LISTS:
        server = emulator.snapshot(of=stream)
        part = output.of(stream)
        assert by_id(part.records) == by_id(server.values()), stream
        assert states[stream].keys() == {"updated_at", "as_of"}


# ---- What is said ----


def test_the_log_names_the_stream(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(**WORKSPACE))
    emulator.fail_next(Fault("status", status=500), after=3)
    output = connector("read", patience=IMPATIENT, config=config, catalog=ALL)
    assert output.exit_code == 0
    logs = output.logs()
    for stream, count in WORKSPACE.items():
        assert any(text.startswith(f"Reading {stream}: all of them") for text in logs)
        assert any(text.startswith(f"Finished reading {stream}: {count} records with ") for text in logs)
    (again,) = [text for text in logs if "Trying again in" in text]
    stream, _, sentence = again.partition(": ")
    assert stream in LISTS
    assert sentence.startswith("AskElephant refused the request with status 500")
    summary = {text.split()[2].rstrip(":"): text for text in logs if text.startswith("Finished reading")}
    assert {name for name, text in summary.items() if " 1 retries" in text} == {stream}
    assert not output.logs(Level.WARN)


def test_a_state_that_names_no_stream_is_refused_where_several_are_read(
    connector: Connector, config: dict[str, Any]
) -> None:
    state = {"updated_at": LATEST}
    _, message = connector("read", config=config, catalog=ALL, state=state).failure
    assert "it doesn't say of which stream it is" in message
    assert '{"contacts": {"updated_at": ' in message


def test_one_state_message_of_each_stream_is_emitted(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(**WORKSPACE))
    output = connector("read", config=config, catalog=ALL)
    assert all(message.state and message.state.stream for message in output.messages if message.type is Type.STATE)
    assert {state["stream"]["stream_descriptor"]["name"] for state in output.states} == set(LISTS)
