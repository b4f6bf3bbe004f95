"""What the benchmarks say of their tables: goals, pictures, and the page of the documentation."""

import json
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import drawing, report
from benchmarks.bench import CONNECTORS, FOUR, TEN, Row, Table
from benchmarks.goals import Goal, judge
from benchmarks.readers import BARE, OTHERS, Reader, connector
from benchmarks.running import Run, one_after_the_other
from benchmarks.scenarios import of_all_lists, with_transcripts

RUN = Run(wall=2.0, cpu=1.0, megabytes=90.0, requests=3, records=250, missing=0, exit_code=0)


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


def test_runs_one_after_the_other_are_summed_up() -> None:
    failed = RUN._replace(megabytes=50.0, records=0, missing=250, exit_code=-9)
    assert one_after_the_other([RUN, failed, RUN._replace(exit_code=1)]) == Run(
        wall=6.0, cpu=3.0, megabytes=90.0, requests=9, records=500, missing=250, exit_code=-9
    )


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


def one_row(key: str, reader: Reader, **changes: float) -> Table:
    return Table(key, key, ("wall",), [Row(reader, [RUN._replace(**changes)])], 1_000)  # type: ignore[arg-type]


def test_lists_together_are_judged_by_the_ideal_and_by_what_came() -> None:
    four, ten = map(of_all_lists, (FOUR, TEN))
    empty, together = one_row("lists-empty", ten, wall=1.0), one_row("lists-together", ten, wall=3.0, requests=100)
    together.rows[0].runs[0] = together.rows[0].runs[0]._replace(records=1_000)
    together.rows.append(Row(four, [RUN._replace(records=999)]))
    goals = {goal.text: goal for goal in judge({each.key: each for each in (empty, together)})}
    ideal = goals[f"{TEN.name}: five lists, times the ideal (2.0 s)"]
    assert (ideal.measured, ideal.limit, ideal.met) == (1.5, 1.25, False)
    assert goals[f"{TEN.name}: records of five lists too few or too many"].met
    assert not goals[f"{FOUR.name}: records of five lists too few or too many"].met


@pytest.mark.parametrize(
    ("prefix", "reader", "records"),
    [("scale-", TEN, "contacts"), ("transcripts-", with_transcripts(TEN), "engagements with transcripts")],
)
def test_memory_is_judged_by_the_largest_and_the_one_two_sizes_before(
    prefix: str, reader: Reader, records: str
) -> None:
    tables = {
        f"{prefix}{size}": one_row("", reader, megabytes=megabytes)
        for size, megabytes in ((1_000, 10.0), (10_000, 90.0), (100_000, 500.0), (1_000_000, 141.0))
    }
    (goal,) = judge(tables)
    assert goal == Goal(f"{TEN.name}: MB more for 1,000,000 {records} than for 10,000", 51.0, 50)
    del tables[f"{prefix}100000"], tables[f"{prefix}1000000"]
    (goal,) = judge(tables)
    assert goal == Goal(f"{TEN.name}: MB more for 10,000 {records} than for 1,000", 80.0, 50)
    del tables[f"{prefix}10000"]
    assert not list(judge(tables))


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


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("scale-1000",),
        ("start-read", "rate-limit-window"),
        ("lists-together", "transcripts-1000", "transcripts-10000"),
    ],
)
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
