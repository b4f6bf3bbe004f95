"""Nothing is missed: what is in the workspace when a sync starts arrives, whatever others change meanwhile.

Every contact that exists when a read starts, and is not deleted while it runs, is emitted in a version at least as
new as at the start; and one more sync, when all is quiet, makes the destination equal to the server.

The cases are generated: by default a few, always the same ones. To search for more, differently each time:

    COMPLETENESS_EXAMPLES=5000 python -m pytest --timeout=0 unit_tests/promises/test_nothing_is_missed.py
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator import Churn, Emulator, Settings, VirtualClock
from unit_tests.helpers.cases import Case, assert_nothing_is_missing, search
from unit_tests.helpers.simulation import CURSORS, PRECISIONS, SHAPES, Contact, ago, read, upsert
from unit_tests.helpers.support import LISTS, PATIENT, VIRTUALLY_PATIENT, Connector, by_id, catalog, ids, sized


def churns() -> st.SearchStrategy[Churn]:
    return st.builds(
        Churn,
        creates=st.sampled_from([0, 1, 3]),
        updates=st.sampled_from([0, 1, 2, 5]),
        deletes=st.sampled_from([0, 0, 1]),
        aim=st.sampled_from([0.0, 0.02, 0.2, 1.0]),
        until_requests=st.sampled_from([20, 60, 150]),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    sizes = st.sampled_from([0, 1, 99, 100, 101, 460, 1_000, 2_000]) | st.integers(0, 2_000)
    clocks = st.builds(VirtualClock, tick_ms=st.sampled_from([20, 100, 1_500]))
    stream = draw(st.sampled_from(LISTS))
    workspace = Settings(
        **sized(stream, draw(sizes)),
        seed=draw(st.integers(0, 1_000_000)),
        shape=draw(st.sampled_from(SHAPES)),
        flood_size=draw(st.sampled_from([150, 460, 1_500])),
        precision=draw(st.sampled_from(PRECISIONS)),
        cursor=draw(st.sampled_from(CURSORS)),
        cursor_ttl_requests=draw(st.sampled_from([None, None, 1, 3, 8])),
        cursor_expired_status=draw(st.sampled_from([400, 410, 422])),
        clock=draw(clocks),
        churn=draw(churns()),
    )
    return Case(
        workspace,
        workers=draw(st.sampled_from([1, 2, 4, 10, 20]) | st.integers(1, 20)),
        sync_mode=draw(st.sampled_from(["incremental", "full_refresh"])),
        lookback=draw(st.sampled_from([60, 60, 0])),
        age=draw(st.sampled_from([None, 0, 3, 30])),
        recent=draw(st.sampled_from([0, 0, 0, 150, 460])),
        reads=draw(st.integers(1, 2)),
        stream=stream,
    )


def flood(size: int, aim: float, **others: Any) -> Case:
    """So many contacts on one instant, and cursors whose contacts are updated before they are used."""
    churn = Churn(creates=1, updates=1, aim=aim, until_requests=300)
    return Case(
        Settings(
            contacts=size + 250,
            shape="flood",
            flood_size=size,
            cursor="record",
            churn=churn,
            clock=VirtualClock(tick_ms=500),
            **others,
        ),
        workers=4,
    )


CASCADE = Case(  # of cursors whose contacts change before they are used
    Settings(
        contacts=0,
        precision="s",
        cursor="record",
        churn=Churn(updates=2, aim=0.2, until_requests=60),
        clock=VirtualClock(tick_ms=20),
    ),
    workers=1,
    sync_mode="full_refresh",
    age=3,
    recent=460,
)


@pytest.mark.slow
@given(case=cases())
@example(case=CASCADE)
@example(case=flood(460, 0.2))
@example(case=flood(460, 1.0))
@example(case=flood(6_000, 0.2))
@example(case=flood(6_000, 1.0))
@example(case=flood(460, 0.2, cursor_ttl_requests=3))
@example(case=replace(flood(460, 0.2), recent=460, age=3, workers=1))
@search
def test_nothing_is_missed_whatever_changes_meanwhile(shared_emulator: Emulator, case: Case) -> None:
    check(shared_emulator, case)


@pytest.mark.parametrize("seed", range(6))
def test_two_floods_whose_cursors_last_for_one_request_of_anybody(shared_emulator: Emulator, seed: int) -> None:
    churn = Churn(creates=3, deletes=1, until_requests=20)
    workspace = Settings(
        contacts=314, seed=seed, shape="flood", flood_size=314, cursor="record", cursor_ttl_requests=1, churn=churn
    )
    check(shared_emulator, Case(workspace, workers=12, recent=460))


@pytest.mark.slow
def test_a_hundred_thousand_contacts(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=100_000, shape="burst"))
    output = connector("read", config=config, catalog=catalog())
    assert len(output.records) == 100_000
    assert set(ids(output.records)) == set(emulator.snapshot())
    emulator.update(3)
    again = connector("read", config=config, catalog=catalog(), state=[output.states[-1]])
    assert len(again.records) == 3, "the changes, and nothing else"


def check(emulator: Emulator, case: Case) -> None:
    workspace = case.workspace
    if case.age is not None:
        workspace = replace(workspace, newest=ago(workspace, case.age))
    emulator.clear_faults()
    emulator.reset(workspace)
    if case.recent:
        emulator.create(case.recent, at=ago(workspace, 600 if case.age is None else case.age), of=case.stream)

    patience = PATIENT if workspace.clock is None else VIRTUALLY_PATIENT
    destination: dict[str, Contact] = {}
    state = None
    for number in range(case.reads):
        start = emulator.snapshot(of=case.stream)
        sync_mode = case.sync_mode if number == 0 else "incremental"
        output = read(
            emulator,
            state,
            workers=case.workers,
            lookback=case.lookback,
            sync_mode=sync_mode,
            patience=patience,
            stream=case.stream,
        )
        assert output.failure is None
        state = output.states[-1]
        assert_nothing_is_missing(emulator, start, output.records, destination, case.stream)

    emulator.calm_down()
    output = read(emulator, state, workers=case.workers, lookback=case.lookback, patience=patience, stream=case.stream)
    assert output.failure is None
    upsert(destination, output.records)
    server = emulator.snapshot(of=case.stream)
    # An incremental read can't see deletions: the destination may hold what the server has no more.
    held = {id_: contact for id_, contact in by_id(destination.values()).items() if id_ in server}
    assert held == by_id(server.values())
