"""What the benchmarks say is what was measured, and their readers read."""

import json
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import drawing, report
from benchmarks.bench import CONNECTORS, FOUR, TEN, Bench, Row, Size, Table
from benchmarks.goals import Goal, judge
from benchmarks.readers import BARE, BUILDER, OTHERS, PLAIN, STEPS, Reader, connector
from benchmarks.running import Emulator as Source
from benchmarks.running import Run, Workplace
from benchmarks.scenarios import completeness
from emulator import Emulator

RUN = Run(wall=2.0, cpu=1.0, megabytes=90.0, requests=3, records=250, missing=0, exit_code=0)


@pytest.fixture
def source(emulator: Emulator) -> Source:
    return Source(emulator.url, emulator.settings.api_key)


def table(key: str, **seconds: float) -> Table:
    """One with a row for every reader; those that are named by their first word took so long."""
    rows = [
        Row(reader, [RUN._replace(wall=seconds.get(reader.name.split()[0], 2.0))] * 3)
        for reader in (*OTHERS, *CONNECTORS)
    ]
    return Table(key, f"{key} <title>", ("wall", "records"), rows, 250)


def texts(picture: ET.Element) -> list[str]:
    return [each.text or "" for each in picture.iterfind(".//{*}text")]


def lines(picture: ET.Element, kind: str) -> list[list[tuple[float, ...]]]:
    """The points of the lines of that kind."""
    return [
        [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for line in picture.iterfind(f"{{*}}g[@class='{kind}']/{{*}}polyline")
    ]


def assert_texts_are_apart(picture: ET.Element) -> None:
    """Each is within the picture, and none touches another, even in a wide font."""
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    boxes = []
    for each in picture.iterfind(".//{*}text"):
        text, bold = each.text or "", "font-weight" in each.attrib
        long = len(text) * (9 if bold else 8)
        left = float(each.attrib["x"]) - {"start": 0, "middle": long / 2, "end": long}[each.get("text-anchor", "start")]
        bottom = float(each.attrib["y"]) + 3
        boxes.append((left, bottom - 14, left + long, bottom, text))
    for left, top, right, bottom, text in boxes:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= width, text
        assert bottom <= height, text
    for one, other in combinations(boxes, 2):
        beside = one[2] <= other[0] or other[2] <= one[0]
        assert beside or one[3] <= other[1] or other[3] <= one[1], (one, other)


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


def test_goals_are_judged_by_the_tables() -> None:
    tables = {each.key: each for each in (table("start-read", this=1.0), table("latency-100", this=1.0, plain=9.0))}
    tables["missing-record"] = table("missing-record")
    goals = {goal.text: goal for goal in judge(tables)}
    faster = goals[f"{TEN.name}: times as fast as bare requests loop"]
    assert (faster.measured, faster.limit, faster.met) == (2.0, 7.0, False)
    assert goals[f"{TEN.name}: contacts missing (record)"].met


def test_the_share_of_a_limit_is_judged() -> None:
    tables = {"start-read": table("start-read", this=1.0), "rate-limit-window": table("rate-limit-window", this=2.0)}
    goals = {goal.text: goal for goal in judge(tables)}
    share = goals[f"{TEN.name}: share of the limit (20 in each second)"]
    assert share.measured == RUN.records / 100 / (2.0 - 1.0) / 20


def test_a_goal_is_met_on_its_side_of_the_limit() -> None:
    assert Goal("", 1.0, 1.0).met
    assert Goal("", 1.0, 1.0, at_least=True).met
    assert not Goal("", 1.1, 1.0).met
    assert not Goal("", 0.9, 1.0, at_least=True).met


def test_bars_are_as_many_as_readers() -> None:
    drawn = report.pictures({key: table(key) for key in ("latency-0", "latency-100", "missing-record")})
    for name in ("cpu.svg", "latency.svg", "missing.svg"):
        picture = ET.fromstring(drawn[name])
        assert len(picture.findall("{*}rect")) == len(OTHERS) + len(CONNECTORS)
        assert len(picture.findall("{*}rect[@class='own']")) == len(CONNECTORS)
        assert_texts_are_apart(picture)


def test_workers_have_a_line_for_each_latency() -> None:
    tables = {key: table(key) for key in ("latency-0", "latency-100", "latency-20")}
    tables["latency-300"] = table("latency-300")._replace(expected=25)
    picture = ET.fromstring(report.pictures(tables)["workers.svg"])
    assert [len(line) for line in lines(picture, "own")] == [len(CONNECTORS)] * 4
    assert len(lines(picture, "ideal")) == 1
    labels = [text for text in texts(picture) if "per request" in text]
    assert sorted(labels) == [
        "0 ms per request",
        "100 ms per request",
        "20 ms per request",
        "300 ms per request, 25 contacts",
    ]
    assert_texts_are_apart(picture)


def test_workers_that_are_as_many_times_as_fast_are_on_the_dashed_line() -> None:
    rows = [Row(reader, [RUN._replace(wall=20 / reader.workers)]) for reader in CONNECTORS]
    picture = ET.fromstring(report.pictures({"latency-20": Table("", "", (), rows, 250)})["workers.svg"])
    assert lines(picture, "own") == lines(picture, "ideal")


def test_growth_has_two_lines_for_each_reader() -> None:
    rows = [
        [Row(reader, [RUN._replace(wall=wall)]) for reader in (BARE, FOUR, TEN)] for wall in (0.03, 2.0, 40.0, 4000.0)
    ]
    tables = {f"scale-{10**power}": Table("", "", (), rows[power - 3], None) for power in (6, 5, 4, 3)}
    drawn = report.pictures(tables)
    assert drawn.keys() == {"growth.svg"}
    picture = ET.fromstring(drawn["growth.svg"])
    assert [len(line) for line in lines(picture, "own")] == [4] * 4
    assert [len(line) for line in lines(picture, "peer")] == [4] * 2
    assert all(line == sorted(line) for line in lines(picture, "own"))
    assert_texts_are_apart(picture)


@pytest.mark.parametrize("keys", [(), ("scale-1000",), ("start-read", "rate-limit-window")])
def test_what_was_not_measured_is_not_drawn(keys: tuple[str, ...]) -> None:
    assert report.pictures({key: table(key) for key in keys}) == {}


def test_one_number_of_workers_is_no_line() -> None:
    alone = Table("", "", (), [Row(BARE, [RUN]), Row(connector(1), [RUN])], 250)
    assert report.pictures({"latency-20": alone}) == {}


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([], []),
        ([5, 50], [5, 50]),
        ([50, 50, 90], [45, 55, 90]),
        ([40, 50, 51, 53], [33.5, 43.5, 53.5, 63.5]),
        ([0, 1], [0, 10]),
        ([97, 99], [90, 100]),
    ],
)
def test_labels_move_as_little_as_sets_them_apart(wanted: list[float], placed: list[float]) -> None:
    assert drawing.apart(wanted, gap=10, low=0, high=100) == pytest.approx(placed)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([1, 20], [0, 5, 10, 15, 20]),
        ([119, 29], [0, 50, 100, 150]),
        ([1.0], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([0.7], [0, 0.2, 0.4, 0.6, 0.8]),
    ],
)
def test_ticks_from_nought_are_round(values: list[float], ticks: list[float]) -> None:
    assert drawing.round_steps(values) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([1_000, 100_000], [1_000, 10_000, 100_000]), ([0.18, 54.4], [0.1, 1, 10, 100]), ([10], [10, 100])],
)
def test_logarithmic_ticks_are_powers_of_ten(values: list[float], ticks: list[float]) -> None:
    assert drawing.decades(values) == pytest.approx(ticks)


def test_results_go_into_the_page(tmp_path: Path) -> None:
    results, docs = tmp_path / "results", tmp_path / "docs"
    results.mkdir()
    docs.mkdir()
    machine = {"cores": "2"}
    (results / "results.md").write_text(report.page(machine, [table("latency-0")], [Goal("fast", 2, 1)]), "utf-8")
    (results / "cpu.svg").write_text("<svg/>", "utf-8")
    page = docs / "performance.md"
    for before in ("", "what stood there before\n"):
        page.write_text(f"above\n{report.BEGIN}{before}{report.END}below\n", "utf-8")
        report.put_into_docs(results, docs)
        text = page.read_text("utf-8")
        assert text.startswith("above\n")
        assert text.endswith("below\n")
        assert "what stood there before" not in text
        assert "| fast | 2.00 | ≤ 1 | **missed** |" in text
    assert (docs / "performance" / "cpu.svg").read_text("utf-8") == "<svg/>"
    page.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="has no place for the results"):
        report.put_into_docs(results, docs)


def test_every_run_is_in_the_file() -> None:
    document = json.loads(report.as_json({"cores": "2"}, [table("latency-0")], [Goal("fast", 2, 1)]))
    assert document["tables"]["latency-0"]["readers"][BARE.name] == [RUN._asdict()] * 3
    assert document["goals"][0]["met"] is False
