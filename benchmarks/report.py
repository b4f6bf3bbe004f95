"""Tables, pictures and the page of the documentation, from what was measured."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench import Table
from benchmarks.drawing import Axis, Bar, Kind, Line, Panel, bars, chart, decades, round_steps
from benchmarks.goals import Goal
from benchmarks.readers import Reader

COLUMNS = {
    "wall": ("seconds", "{:,.2f}"),
    "cpu": ("CPU seconds", "{:,.2f}"),
    "megabytes": ("peak MB", "{:,.0f}"),
    "requests": ("requests", "{:,.0f}"),
    "records": ("records", "{:,.0f}"),
    "missing": ("missing", "{:,.0f}"),
}
BEGIN, END = "<!-- results: begin (make bench-docs) -->\n", "<!-- results: end -->"


def markdown(table: Table) -> str:
    """Give a table of medians, with what went wrong in its last column."""
    names = [COLUMNS[column][0] for column in table.columns]
    lines = [f"| {table.title} | {' | '.join(names)} | |", "|---|" + "--:|" * len(names) + "---|"]
    for row in table.rows:
        numbers = [COLUMNS[column][1].format(row.median(column)) for column in table.columns]
        wrong = {f"exit code {run.exit_code}" for run in row.runs if run.exit_code}
        if table.expected is not None:
            wrong |= {
                f"{run.records:,} of {table.expected:,} records" for run in row.runs if run.records != table.expected
            }
        lines.append(f"| {row.reader.name} | {' | '.join(numbers)} | {', '.join(sorted(wrong))} |")
    return "\n".join(lines) + "\n"


def goals_table(goals: Iterable[Goal]) -> str:
    """Give a table of what was promised and what was measured."""
    lines = ["| Goal | measured | wanted | |", "|---|--:|--:|---|"]
    for goal in goals:
        wanted = f"{'≥' if goal.at_least else '≤'} {goal.limit:g}"
        lines.append(f"| {goal.text} | {goal.measured:.2f} | {wanted} | {'met' if goal.met else '**missed**'} |")
    return "\n".join(lines) + "\n"


def pictures(tables: Mapping[str, Table]) -> dict[str, str]:
    """Give the pictures that these tables are enough for, by file name."""
    wanted = {
        "latency-100": ("latency.svg", "wall", "seconds", "{:.1f} s"),
        "latency-0": ("cpu.svg", "cpu", "CPU seconds", "{:.1f} s"),
        "missing-record": ("missing.svg", "missing", "contacts missing", "{:,.0f}"),
    }
    drawn = {}
    for key, (name, field, what, form) in wanted.items():
        if table := tables.get(key):
            values = [(row.reader, row.median(field)) for row in table.rows]
            rows = [Bar(reader.name, value, form.format(value), _kind(reader)) for reader, value in values]
            drawn[name] = bars(f"{what[0].upper()}{what[1:]}: {table.title.split(', cursors')[0]}", rows)
    charts = {
        "workers.svg": _workers(_numbered(tables, "latency-")),
        "growth.svg": _growth(_numbered(tables, "scale-")),
    }
    return drawn | {name: picture for name, picture in charts.items() if picture}


def _numbered(tables: Mapping[str, Table], prefix: str) -> dict[int, Table]:
    """Give the tables whose keys are the prefix and a number, by that number, in its order."""
    found = {int(key.removeprefix(prefix)): table for key, table in tables.items() if key.startswith(prefix)}
    return dict(sorted(found.items()))


def _workers(latencies: Mapping[int, Table]) -> str | None:
    """Draw how many times as fast as one worker more of them are; None if no table has two numbers of workers."""
    most = max((table.expected or 0 for table in latencies.values()), default=0)
    lines = []
    for milliseconds, table in latencies.items():
        walls = {row.reader.workers: row.median("wall") for row in table.rows if row.reader.is_connector}
        if 1 in walls and len(walls) > 1:
            points = [(workers, walls[1] / wall) for workers, wall in sorted(walls.items())]
            fewer = f", {table.expected:,} contacts" if table.expected and table.expected < most else ""
            lines.append(Line(f"{milliseconds} ms per request{fewer}", points, "own"))
    if not lines:
        return None
    workers = sorted({x for line in lines for x, _ in line.points})
    lines.insert(0, Line("as many times as workers", [(number, number) for number in workers], "ideal"))
    times = round_steps(y for line in lines for _, y in line.points)
    panel = Panel(Axis("workers", workers), Axis("times as fast as with one worker", times), lines)
    return chart(f"With more workers: {most:,} contacts", [panel])


def _growth(sizes: Mapping[int, Table]) -> str | None:
    """Draw seconds and memory of each reader by number of contacts; None if there is only one number."""
    if len(sizes) <= 1:
        return None
    contacts = Axis("contacts", decades(sizes), logarithmic=True)
    readers = [row.reader for row in next(iter(sizes.values())).rows]
    panels = []
    for field, scale, logarithmic in (("wall", decades, True), ("megabytes", round_steps, False)):
        lines = [
            Line(reader.name, [(size, table.row(reader).median(field)) for size, table in sizes.items()], _kind(reader))
            for reader in readers
        ]
        values = [y for line in lines for _, y in line.points]
        panels.append(Panel(contacts, Axis(COLUMNS[field][0], scale(values), logarithmic=logarithmic), lines))
    return chart("As the workspace grows: no latency", panels)


def _kind(reader: Reader) -> Kind:
    return "own" if reader.is_connector else "peer"


def as_json(machine: Mapping[str, str], tables: Iterable[Table], goals: Iterable[Goal]) -> str:
    """Every single run, and the machine."""
    document: dict[str, Any] = {
        "machine": dict(machine),
        "goals": [{**goal._asdict(), "met": goal.met} for goal in goals],
        "tables": {
            table.key: {
                "title": table.title,
                "readers": {row.reader.name: [run._asdict() for run in row.runs] for row in table.rows},
            }
            for table in tables
        },
    }
    return json.dumps(document, indent=1) + "\n"


def page(machine: Mapping[str, str], tables: Iterable[Table], goals: Sequence[Goal]) -> str:
    """All of it as Markdown."""
    said = ", ".join(f"{name} {value}" for name, value in machine.items())
    parts = [f"Measured with {said}. Medians.\n"]
    if goals:
        parts.append(goals_table(goals))
    return "\n".join([*parts, *map(markdown, tables)])


def put_into_docs(results: Path, docs: Path) -> None:
    """Replace what stands between the marks of performance.md, and its pictures.

    Raises:
        ValueError: if the page has no place for it.
    """
    target = docs / "performance.md"
    before, _, rest = target.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{target.name} has no place for the results: {BEGIN!r} … {END!r}")
    text = (results / "results.md").read_text(encoding="utf-8")
    target.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    (docs / "performance").mkdir(exist_ok=True)
    for picture in results.glob("*.svg"):
        (docs / "performance" / picture.name).write_bytes(picture.read_bytes())
