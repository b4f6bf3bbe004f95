"""The benchmarks' readers read, and their scenarios give tables of what was measured."""

from dataclasses import replace

import pytest

from benchmarks import report
from benchmarks.bench import FOUR, TEN, Bench, Row, Size, Table
from benchmarks.readers import BARE, BUILDER, PLAIN, STEPS, Reader, connector
from benchmarks.running import Emulator as Source
from benchmarks.running import Workplace
from benchmarks.scenarios import SCENARIOS, SHARES, completeness, lists, of_all_lists, transcripts, with_transcripts
from emulator import Emulator
from emulator.lists import LISTS


@pytest.fixture
def source(emulator: Emulator) -> Source:
    return Source(emulator.url, emulator.settings.api_key)


@pytest.mark.slow
@pytest.mark.parametrize("reader", [BARE, PLAIN, BUILDER, STEPS, connector(4)], ids=lambda reader: reader.name)
def test_a_reader_brings_every_contact(source: Source, reader: Reader) -> None:
    with Workplace(reader, source) as workplace:
        run = workplace.run(must_be_there=source.ids())
    assert (run.exit_code, run.records, run.missing) == (0, 250, 0)
    assert run.requests >= 3
    assert run.wall >= 0
    assert run.cpu > 0


def test_a_reader_that_fails_or_misses_contacts_is_shown_as_such(source: Source) -> None:
    with Workplace(BARE, Source(source.url, "sk-apik_fake.wrong")) as workplace:
        run = workplace.run(must_be_there=source.ids())
    assert (run.exit_code, run.missing) == (1, 250)
    shown = report.markdown(Table("key", "title", ("records",), [Row(BARE, [run])], 250))
    assert "| bare requests loop | 0 | 0 of 250 records, exit code 1 |" in shown


@pytest.mark.slow
def test_a_second_read_goes_on_from_the_state_of_the_first(source: Source) -> None:
    with Workplace(FOUR, source) as workplace:
        workplace.run()
        source.change(update=10)
        assert 10 <= workplace.run().records <= 12


def test_contacts_are_served_alone_unless_more_is_wanted(emulator: Emulator) -> None:
    emulator.reset(replace(emulator.settings, companies=8, users=4, tags=3, engagements=12))
    source = Source(emulator.url, emulator.settings.api_key)
    source.serve(5)
    assert emulator.settings.counts == dict.fromkeys(LISTS, 0) | {"contacts": 5}
    source.serve(2, tags=3)
    assert emulator.settings.counts == dict.fromkeys(LISTS, 0) | {"contacts": 2, "tags": 3}
    assert source.ids() == set(emulator.snapshot())
    assert source.ids(("contacts", "tags")) == {*emulator.snapshot(), *emulator.snapshot("tags")}


def test_the_lists_that_are_measured_are_all_that_there_are() -> None:
    assert list(SHARES) == list(LISTS)
    assert FOUR.lists == ("contacts",), "what is measured beside the peers"


@pytest.mark.slow
def test_the_connector_reads_all_lists_and_goes_on_with_each(source: Source) -> None:
    source.serve(40, companies=30, users=20, tags=10, engagements=50)
    reader = of_all_lists(FOUR)
    with Workplace(reader, source) as workplace:
        first = workplace.run(must_be_there=source.ids(reader.lists))
        second = workplace.run()
    assert (first.exit_code, first.records, first.missing) == (0, 150, 0)
    assert (second.exit_code, second.records, second.requests) == (0, 0, 5)


def test_records_of_other_lists_can_be_missing_too(source: Source) -> None:
    source.serve(5, tags=3)
    with Workplace(BARE, source) as workplace:
        run = workplace.run(must_be_there=source.ids(("contacts", "tags")))
    assert (run.records, run.missing) == (5, 3)


@pytest.mark.slow
def test_transcripts_come_in_pages_of_their_own_size(source: Source, emulator: Emulator) -> None:
    bench = Bench(source, Size(100, 100, (100,), 1), lambda _: None, readers=(BARE, TEN))
    few, many = transcripts(bench)
    assert [each.key for each in (few, many)] == ["transcripts-30", "transcripts-300"]
    assert [(each.expected, each.rows[0].median("records")) for each in (few, many)] == [(30, 30), (300, 300)]
    assert [each.rows[0].reader for each in (few, many)] == [with_transcripts(TEN)] * 2
    assert {each.params["expand"] for each in emulator.requests} == {"transcript"}
    assert max(int(each.params["limit"]) for each in emulator.requests) == 25
    assert many.title == "300 engagements with transcripts of 60 kB, 100 ms per request"


@pytest.mark.slow
def test_lists_are_read_together_and_each_by_itself(source: Source) -> None:
    bench = Bench(source, Size(200, 100, (100,), 1), lambda _: None, readers=(BARE, TEN))
    empty, together, alone = lists(bench)
    assert [run.records for row in empty.rows for run in row.runs] == [0] * 3
    assert together.expected == 200 + 40 + 2 + 0 + 60
    assert together.title.startswith("200 contacts, 40 companies, 2 users, 0 tags, 60 engagements, ")
    assert [row.median("records") for row in together.rows] == [302, 302]
    assert [row.reader.lists for row in alone.rows] == [(name,) for name in LISTS]
    assert [row.median("records") for row in alone.rows] == [200, 40, 2, 0, 60]
    assert together.rows[1].median("wall") == pytest.approx(sum(row.median("wall") for row in alone.rows))
    assert len({row.reader.name for row in (*together.rows, *alone.rows)}) == 7, "in the file, names are keys"


def test_what_fills_this_process_comes_last() -> None:
    assert list(SCENARIOS)[-1] == "completeness", "or its ids would count as the memory of what comes after"


def test_a_scenario_gives_tables_and_tells_of_progress(source: Source) -> None:
    said: list[str] = []
    bench = Bench(source, Size(100, 100, (100,), 1), said.append, readers=(BARE,))
    tables = list(completeness(bench))
    assert [each.key for each in tables] == [
        f"missing-{kind}" for kind in ("position", "record", "bodies", "ties", "late")
    ]
    assert [row.reader for each in tables for row in each.rows] == [BARE] * 4, "without a state there is no second sync"
    assert [line.split()[:3] for line in said] == [["bare", "requests", "loop"]] * 4


@pytest.mark.slow
@pytest.mark.parametrize(("slow", "runs"), [(False, [2, 2]), (True, [1, 2])])
def test_readers_run_several_times_but_for_slow_ones_that_send_one_request_after_the_other(
    source: Source, *, slow: bool, runs: list[int]
) -> None:
    said: list[str] = []
    bench = Bench(source, Size(100, 100, (100,), 2), said.append, readers=(BARE, TEN))
    rows = bench.take_turns(bench.readers, 2, slow=slow)
    assert [len(row.runs) for row in rows] == runs
    names = [BARE.name, TEN.name] * 2
    assert [line[4:42].strip() for line in said] == (names if not slow else [names[0], names[1], names[1]])
