"""A state is true of a start date, of filters and of a time: what happens when the next sync has others."""

import time
from typing import Any

import pytest
from airbyte_cdk.models import Level

from emulator import Emulator, Settings, instants
from unit_tests.helpers.claims import Server, checked_states, state_of, versions
from unit_tests.helpers.support import Connector, Output, catalog, ids

NEWEST = "2026-03-01T12:00:00Z"


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """With 1,000 contacts over two years."""
    shared_emulator.clear_faults()
    shared_emulator.reset(Settings(contacts=1_000, newest=NEWEST))
    return shared_emulator


def last_state(output: Output) -> dict[str, Any]:
    """As it may be given to the next sync."""
    states = [state for state in map(state_of, output.messages) if state]
    return states[-1] if states else {}


def since(emulator: Emulator, instant: str | None, until: str | None = None) -> set[str]:
    """Ids of the contacts stamped from an instant (included) until another (excluded)."""
    begin, end = (None if each is None else instants.parse(each) for each in (instant, until))
    return {
        id_
        for id_, contact in emulator.snapshot().items()
        if (begin is None or instants.parse(contact["updated_at"]) >= begin)
        and (end is None or instants.parse(contact["updated_at"]) < end)
    }


FIRST, EARLIER = "2025-06-01T00:00:00Z", "2024-09-01T00:00:00Z"


@pytest.mark.parametrize("earlier", [EARLIER, None])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_start_date_that_was_moved_back_reads_the_gap(
    emulator: Emulator, config: dict[str, Any], connector: Connector, earlier: str | None, workers: int
) -> None:
    config["num_workers"] = workers
    first = connector("read", config={**config, "start_date": FIRST}, catalog=catalog())
    assert set(ids(first.records)) == since(emulator, FIRST)
    state = last_state(first)
    assert state["start_date"] == FIRST

    moved = config if earlier is None else {**config, "start_date": earlier}
    gap = connector("read", config=moved, catalog=catalog(), state=state)
    assert sorted(ids(gap.records)) == sorted(since(emulator, earlier, FIRST)), "each comes once, and nothing else"
    before = versions(first.messages)
    states = list(checked_states(gap.messages, Server(emulator.snapshot()), before=[*before, *old(emulator, earlier)]))
    assert states[-1].get("start_date") == earlier
    moved_on = instants.parse(states[-1]["updated_at"]) - instants.parse(state["updated_at"])
    assert 0 <= moved_on <= instants.SECOND

    emulator.clear_log()
    nothing = connector("read", config=moved, catalog=catalog(), state=states[-1])
    assert not nothing.records
    assert len(emulator.requests) == 1


def old(emulator: Emulator, until: str | None) -> list[tuple[str, str]]:
    """What a start date leaves out."""
    snapshot = emulator.snapshot()
    return [] if until is None else [(id_, snapshot[id_]["updated_at"]) for id_ in since(emulator, None, until)]


def test_a_read_of_the_gap_that_was_stopped_goes_on(
    emulator: Emulator, config: dict[str, Any], connector: Connector
) -> None:
    first = connector("read", config={**config, "start_date": FIRST}, catalog=catalog())
    emulator.fail_next("status", after=4)
    emulator.revoke()
    stopped = connector("read", config=config, catalog=catalog(), state=last_state(first))
    assert stopped.exit_code == 1
    emulator.reset(Settings(contacts=1_000, newest=NEWEST))
    state = last_state(stopped) if stopped.states else last_state(first)
    rest = connector("read", config=config, catalog=catalog(), state=state)
    assert {*ids(first.records), *ids(stopped.records), *ids(rest.records)} == set(emulator.snapshot())


def test_a_start_date_moved_forth_and_back_loses_nothing(
    emulator: Emulator, config: dict[str, Any], connector: Connector
) -> None:
    first = connector("read", config=config, catalog=catalog())
    within = connector("read", config={**config, "start_date": FIRST}, catalog=catalog(), state=last_state(first))
    assert not within.records, "all since then had been read"
    back = connector("read", config=config, catalog=catalog(), state=last_state(within))
    assert not back.records

    created = emulator.create(3, at="2026-03-02T12:00:00Z")
    beyond = {**config, "start_date": "2026-03-03T00:00:00Z"}
    skipped = connector("read", config=beyond, catalog=catalog(), state=last_state(back))
    assert not skipped.records
    emulator.create(1, at="2026-03-04T00:00:00Z")
    one = connector("read", config=beyond, catalog=catalog(), state=last_state(skipped) if skipped.states else None)
    again = connector("read", config=config, catalog=catalog(), state=last_state(one))
    assert set(created) <= set(ids(again.records))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"search": "ada"}, "with other filters, {}"),
        ({"search": "ada"}, {}, "with other filters, {'search': 'ada'}"),
        ({"search": "ada"}, {"search": "bob"}, "with other filters, {'search': 'ada'}"),
        ({"search": "ada"}, {"search": "ada"}, None),
        ({}, {}, None),
        ({"crm_contact_ids": ["1"]}, {"crm_contact_ids": ["1", "2"]}, "{'crm_contact_ids': ['1']}"),
        ({"crm_contact_ids": ["1"]}, {"crm_contact_ids": ["1"]}, None),
    ],
)
def test_filters_that_were_changed_are_told_of(
    config: dict[str, Any],
    connector: Connector,
    before: dict[str, Any],
    after: dict[str, Any],
    told: str | None,
) -> None:
    first = connector("read", config=config | before, catalog=catalog())
    assert first.exit_code == 0
    state = last_state(first) or {"updated_at": NEWEST, "as_of": NEWEST, "filters": before}
    second = connector("read", config=config | after, catalog=catalog(), state=state)
    warnings = [each for each in second.logs(Level.WARN) if "filters" in each]
    assert [told in each and "reset the stream" in each for each in warnings if told] == ([True] if told else [])
    assert bool(warnings) == bool(told)


def test_what_a_person_or_an_earlier_version_wrote_says_nothing_of_filters(
    config: dict[str, Any], connector: Connector
) -> None:
    output = connector("read", config={**config, "search": "ada"}, catalog=catalog(), state={"updated_at": NEWEST})
    assert output.exit_code == 0
    assert not any("filters" in each for each in output.logs(Level.WARN))


def test_a_state_in_the_servers_future_is_told_of(config: dict[str, Any], connector: Connector) -> None:
    state = {"updated_at": "2999-01-01T00:00:00Z"}
    output = connector("read", config=config, catalog=catalog(), state=state)
    assert (output.exit_code, output.records) == (0, [])
    (warning,) = [each for each in output.logs(Level.WARN) if "in the future" in each]
    assert "the state lets the sync go on from 2998-12-31T23:59:00Z" in warning
    assert "Write an earlier moment into the state, or reset the stream." in warning
    healed = connector("read", config=config, catalog=catalog(), state=last_state(output))
    assert not any("in the future" in each for each in healed.logs(Level.WARN)), "it goes on from that sync"


def test_a_state_of_twenty_thousand_windows_is_read_in_seconds(
    emulator: Emulator, config: dict[str, Any], connector: Connector
) -> None:
    start, second = instants.parse("2024-03-01T00:00:00Z"), instants.SECOND
    hours = [(start + number * 3_000 * second, start + (number * 3_000 + 2_000) * second) for number in range(20_000)]
    windows = [[instants.render(begin, "s"), instants.render(end, "s")] for begin, end in hours]
    state = {"updated_at": "2024-03-01T00:00:00Z", "windows": windows}
    emulator.clear_log()
    began = time.monotonic()
    output = connector("read", config=config, catalog=catalog(), state=state)
    assert time.monotonic() - began < 30
    assert output.exit_code == 0
    assert len(emulator.requests) < 500
    claimed = Server(emulator.snapshot()).claimed(state)
    everything = {(id_, contact["updated_at"]) for id_, contact in emulator.snapshot().items()}
    assert everything - claimed <= set(versions(output.messages))
    assert all(len(each["windows"]) <= 200 for each in map(state_of, output.messages) if each and "windows" in each)


def test_stamps_in_the_future_are_told_of(emulator: Emulator, config: dict[str, Any], connector: Connector) -> None:
    emulator.create(2, at="2999-01-01T00:00:00Z")
    output = connector("read", config=config, catalog=catalog())
    assert output.exit_code == 0
    (warning,) = [each for each in output.logs(Level.WARN) if "stamped in the future" in each]
    assert "up to 2999-01-01T00:00:00Z" in warning
    assert "come again with every sync" in warning


# ---- The ends of time ----

ENDS = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"]
YEAR = 31_536_000


@pytest.mark.parametrize("at", ENDS)
@pytest.mark.parametrize("count", [1, 150])
@pytest.mark.parametrize("lookback", [0, YEAR])
def test_contacts_at_the_ends_of_time(
    emulator: Emulator, config: dict[str, Any], connector: Connector, at: str, count: int, lookback: int
) -> None:
    emulator.create(count, at=at)
    config["lookback_window_seconds"] = lookback
    first = connector("read", config=config, catalog=catalog())
    assert first.exit_code == 0, first.failure
    assert set(ids(first.records)) == set(emulator.snapshot())
    second = connector("read", config=config, catalog=catalog(), state=last_state(first))
    assert second.exit_code == 0, second.failure


@pytest.mark.parametrize("at", ENDS)
@pytest.mark.parametrize(
    "beside", [{}, {"as_of": ENDS[0]}, {"as_of": ENDS[1]}, {"windows": [ENDS]}, {"start_date": ENDS[1]}]
)
@pytest.mark.parametrize("lookback", [0, YEAR])
def test_states_at_the_ends_of_time(
    config: dict[str, Any], connector: Connector, at: str, beside: dict[str, Any], lookback: int
) -> None:
    config["lookback_window_seconds"] = lookback
    output = connector("read", config=config, catalog=catalog(), state={"updated_at": at, **beside})
    assert output.exit_code == 0, output.failure
    assert all(state_of(message) != {} for message in output.messages if message.state)


@pytest.mark.parametrize("start_date", ["0001-01-01", "0001-01-01T00:00:00Z"])
def test_a_start_date_at_the_beginning_of_time(
    emulator: Emulator, config: dict[str, Any], connector: Connector, start_date: str
) -> None:
    output = connector("read", config={**config, "start_date": start_date}, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert set(ids(output.records)) == set(emulator.snapshot())
