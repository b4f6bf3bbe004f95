"""Nothing is missed on every kind of server that the API's contract allows, or the read ends in an error that says why.

Each kind is read alone, by a whole command, and many in any combination, with changes aimed at the contacts in
question.
The combinations are generated: by default a few, always the same ones. To search for more, differently each time:

    COMPLETENESS_EXAMPLES=2000 python -m pytest --timeout=0 unit_tests/promises/test_every_kind_of_server.py

What can't be had is left out: contacts stamped in the future, on a server whose Date is absent or hours ahead; and what
becomes visible late, on one whose Date is hours ahead (docs/reading.md).
"""

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Churn, Emulator, Settings, VirtualClock
from source_askelephant.reading.stalled import NO_END
from source_askelephant.reading.tail import TailLimits
from source_askelephant.source import Patience
from unit_tests.helpers.cases import Case, assert_nothing_is_missing, search
from unit_tests.helpers.simulation import PRECISIONS, SHAPES, ago, read
from unit_tests.helpers.support import LISTS, VIRTUALLY_PATIENT, Connector, catalog, sized, slow

KINDS: dict[str, dict[str, list[Any]]] = {
    "a cursor with the position": {"cursor": ["position"]},
    "a cursor whose record's place is looked up": {
        "cursor": ["record"],
        "cursor_lost": ["empty", "first_page", "error"],
    },
    "a cursor from a body that is newer": {"cursor": ["record", "position"], "cursor_from": ["body"]},
    "a cursor that skips ties": {"cursor": ["after"]},
    "an offset": {"cursor": ["offset", "page"]},
    "a snapshot of ids": {"cursor": ["snapshot"]},
    "cursors expire": {"cursor_ttl_requests": [1, 3, 8], "cursor_expired_status": [400, 410, 422]},
    "a cursor comes alone": {
        "cursor_beside": ["ignored", "refused", "alone"],
        "cursor_keeps": ["nothing", "order", "query"],
    },
    "bodies newer than the place": {"index_behind_seconds": [0.2, 2, 8]},
    "bodies newer than the place by some changes": {"index_behind_changes": [1, 5]},
    "ties in any order": {"ties": ["hash", "plan", "request"]},
    "late commits": {"late_commit_seconds": [2, 8, 12], "late_commit_share": [0.2, 1.0]},
    "hidden contacts": {"hidden_share": [0.1, 0.5], "hidden_run": [1, 120, 300]},
    "short pages": {"most_per_page": [10, 37]},
    "stored finer than shown": {
        "precision": ["s", "ms"],
        "stored_precision": ["us"],
        "shown": ["cut", "rounded"],
        "compared": ["stored", "shown"],
    },
    "gte means gt": {"gte_means_gt": [True]},
    "no Date": {"date_absent": [True]},
    "Date from a cache": {"date_cached_seconds": [5, 30]},
    "Date is behind": {"date_skew_seconds": [-60, -7_200]},
    "Date is ahead": {"date_skew_seconds": [60, 7_200]},
    "stamps in the future": {"future_contacts": [1, 150, 600], "future_seconds": [None, 3_600, 86_400]},
    "a filter is ignored": {"ignored_filters": [("lt",), ("gte",), ("all",)]},
}
"""What a kind of server is told, each of several values."""
LATE = {"late commits", "bodies newer than the place", "bodies newer than the place by some changes"}
NOT_TOGETHER = [
    ({"stamps in the future"}, {"no Date", "Date is ahead"}),
    (LATE, {"Date is ahead"}),
]
"""What can't be had beside what."""

REASONS = re.compile(
    r"could not be read to its end: ("
    r"more records than a page holds share the updated_at \S+Z, and (its order changes|its cursors [a-z' ]+|it changes)"
    r"|it doesn't keep to (order_by|filter\[updated_at\]\[(gte|lt)\])"
    r"|it changes faster than it can be read"
    r")"
)


@st.composite
def kinds(draw: st.DrawFn) -> dict[str, Any]:
    """What up to three kinds of server are told."""
    drawn = draw(st.lists(st.sampled_from([*KINDS]), min_size=1, max_size=3, unique=True))
    for these, those in NOT_TOGETHER:
        if those & set(drawn):
            drawn = [kind for kind in drawn if kind not in these]
    return {name: draw(st.sampled_from(values)) for kind in drawn for name, values in KINDS[kind].items()}


@st.composite
def churns(draw: st.DrawFn) -> Churn:
    return Churn(
        creates=draw(st.sampled_from([0, 1, 3])),
        updates=draw(st.sampled_from([0, 1, 2, 5])),
        deletes=draw(st.sampled_from([0, 0, 1])),
        aim=draw(st.sampled_from([0.0, 0.1, 1.0])),
        aim_at=draw(st.sampled_from(["cursor", "last", "page"])),
        between=draw(st.booleans()),
        every=draw(st.sampled_from([1, 1, 3])),
        until_requests=draw(st.sampled_from([0, 20, 60, 150])),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    stream = draw(st.sampled_from(LISTS))
    workspace: dict[str, Any] = {
        **sized(stream, draw(st.sampled_from([0, 1, 99, 100, 101, 460, 1_000, 2_000, 3_000]))),
        "seed": draw(st.integers(0, 1_000_000)),
        "shape": draw(st.sampled_from(SHAPES)),
        "flood_size": draw(st.sampled_from([60, 150, 460, 1_500])),
        "precision": draw(st.sampled_from(PRECISIONS)),
        "clock": VirtualClock(tick_ms=draw(st.sampled_from([100, 500, 1_500]))),
        "churn": draw(churns()),
    }
    return Case(
        Settings(**workspace | draw(kinds())),
        workers=draw(st.sampled_from([1, 2, 4, 10])),
        sync_mode=draw(st.sampled_from(["incremental", "full_refresh"])),
        age=draw(st.sampled_from([None, 0, 3, 30])),
        stream=stream,
    )


@pytest.mark.slow
@given(case=cases())
@search
def test_nothing_is_missed_or_an_error_says_why(shared_emulator: Emulator, case: Case) -> None:
    check(shared_emulator, case, VIRTUALLY_PATIENT)


@pytest.mark.parametrize("seed", [0, *slow(1, 2, 3)])
@pytest.mark.parametrize("lag", [0.3])
def test_replicas_that_are_behind(shared_emulator: Emulator, lag: float, seed: int) -> None:
    """By as many seconds as are waited for at the end, in proportion."""
    churn = Churn(creates=1, updates=2, aim=0.5, aim_at="last", until_requests=20)
    workspace = Settings(contacts=2_000, shape="burst", seed=seed, replica_lag_seconds=lag, churn=churn, latency_ms=5)
    patience = Patience(tail=TailLimits(replica_seconds=2 * lag))
    check(shared_emulator, Case(workspace, sync_mode="full_refresh", age=0), patience)


@pytest.mark.parametrize(("sync_mode", "looks"), [("full_refresh", 2), ("incremental", 1)])
def test_a_full_refresh_looks_at_the_end_once_more(shared_emulator: Emulator, sync_mode: str, looks: int) -> None:
    """After as long as servers may be behind one another; an incremental sync has the next one for that."""
    shared_emulator.reset(Settings(contacts=250))
    began = time.monotonic()
    output = read(shared_emulator, sync_mode=sync_mode, patience=Patience(tail=TailLimits(replica_seconds=0.5)))
    assert (time.monotonic() - began > 0.5) == (looks > 1)
    assert len(output.records) == 250
    without_end = [each.params for each in shared_emulator.requests if "filter[updated_at][lt]" not in each.params]
    assert len(without_end) == 2 + looks, "the first page, the newest contact, and the tail"


def check(emulator: Emulator, case: Case, patience: Patience) -> None:
    """Read while others write, and once more when all is quiet, and what is late has come."""
    workspace = case.workspace
    if case.age is not None:
        workspace = replace(workspace, newest=ago(workspace, case.age))
    emulator.clear_faults()
    emulator.reset(workspace)
    start = emulator.snapshot(of=case.stream)
    output = read(emulator, workers=case.workers, sync_mode=case.sync_mode, patience=patience, stream=case.stream)
    if output.failure is not None:
        assert_says_why(case, output.failure[1])
        return
    assert_nothing_is_missing(emulator, start, output.records, {}, case.stream)
    if is_quiet(workspace.churn) and not workspace.ignored_filters:
        versions = [(record["id"], record["updated_at"]) for record in output.records]
        assert len(versions) == len(set(versions)), f"quiet data comes once: {case}"

    if workspace.index_behind_changes:
        return  # it never catches up with the last ones, however long nothing changes
    if workspace.date_skew_seconds > 0:
        return  # what changes within the second in which the read ends can't be had
    emulator.calm_down()
    emulator.advance(60)
    state = output.states[-1] if output.states else None
    again = read(emulator, state, workers=case.workers, patience=patience, stream=case.stream)
    if again.failure is not None:
        assert_says_why(case, again.failure[1])
        return
    emitted = {(record["id"], record["updated_at"]) for record in output.records + again.records}
    now = emulator.snapshot(of=case.stream)
    missing = [record for id_, record in now.items() if (id_, record["updated_at"]) not in emitted]
    assert not missing, f"{len(missing)} are missing after the second read: {case}"


def assert_says_why(case: Case, message: str) -> None:
    # Without a new Date, time is what passes here, and none does with a virtual clock. Without lt, no time can be cut.
    workspace = case.workspace
    stands_still = workspace.date_absent or workspace.date_cached_seconds or workspace.ignored_filters
    stands_still = stands_still or (workspace.hidden_share and workspace.future_contacts)  # nor can the future
    assert REASONS.search(message) or (stands_still and NO_END in message), f"{message}: {case}"


def is_quiet(churn: Churn) -> bool:
    return churn.until_requests == 0 or not (churn.creates or churn.updates or churn.deletes)


# ---- One command for each kind ----

ALWAYS = "is read"
OUTCOMES = {
    "a cursor that skips ties": "more records than a page holds share the updated_at {flood}, and its cursors ",
    "ties in any order": "more records than a page holds share the updated_at {flood}, and its order changes",
    "a filter is ignored": "it doesn't keep to filter[updated_at]",
}
"""What a command says that can't read all, in a list with a flood; all others can."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_on_each_kind_of_server(
    shared_emulator: Emulator, config: dict[str, Any], connector: Connector, kind: str
) -> None:
    told = {name: values[-1] for name, values in KINDS[kind].items()}
    churn = Churn(creates=1, updates=1, aim=0.5, aim_at="last", between=True, every=3, until_requests=60)
    workspace = Settings(
        contacts=1_500, shape="flood", flood_size=460, clock=VirtualClock(tick_ms=500), **{"churn": churn, **told}
    )
    shared_emulator.reset(workspace)
    start = shared_emulator.snapshot()
    counts: dict[str, int] = {}
    for contact in start.values():
        counts[contact["updated_at"]] = counts.get(contact["updated_at"], 0) + 1
    flood = max(counts, key=counts.__getitem__)
    output = connector("read", patience=VIRTUALLY_PATIENT, config=config, catalog=catalog())
    expected = OUTCOMES.get(kind, ALWAYS).replace("{flood}", flood)
    if output.exit_code == 0:
        assert expected == ALWAYS
        assert_nothing_is_missing(shared_emulator, start, output.records, {})
        return
    _, message = output.failure
    assert expected in message
    assert message.endswith("What was read is kept. Sync again later, and report it to AskElephant if it stays.")
    if expected.startswith("more records"):  # all else was read before
        others = {id_ for id_, contact in start.items() if contact["updated_at"] != flood}
        assert others & shared_emulator.snapshot().keys() <= {record["id"] for record in output.records}
