"""What was promised, judged by what one run of the benchmarks measured."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from benchmarks.bench import CONNECTORS, FOUR, ONE, TEN, TWENTY, Table
from benchmarks.readers import BARE, BUILDER, DLT, PLAIN, SINGER, Reader
from benchmarks.scenarios import LATENCY_MS, RATE_LIMITS, of_all_lists, with_transcripts


class Goal(NamedTuple):
    """A promise and what was measured; met if the one is on the right side of the other."""

    text: str
    measured: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def judge(tables: Mapping[str, Table]) -> Iterator[Goal]:
    """Give the goals that these tables are enough for."""
    if {"latency-100", "missing-record", "start-read"} <= tables.keys():
        yield from _speed(tables)
    if {"latency-0", "start-read"} <= tables.keys():
        yield from _without_latency(tables)
    if "start-read" in tables:
        yield from _rate_limits(tables)
    if {"incremental-0", "start-check"} <= tables.keys():
        nothing_new = tables["incremental-0"].row(FOUR).median("wall")
        check = tables["start-check"].row(TEN).median("wall")
        yield Goal("sync with nothing new, times `check`", nothing_new / check, 1.2)
    yield from _memory(tables, "scale-", TEN, "contacts")
    yield from _memory(tables, "transcripts-", with_transcripts(TEN), "engagements with transcripts")
    if {"lists-empty", "lists-together"} <= tables.keys():
        yield from _lists(tables)
    for key, table in tables.items():
        if key.startswith("missing-"):
            for reader in (FOUR, TEN):
                kind = key.removeprefix("missing-")
                yield Goal(f"{reader.name}: contacts missing ({kind})", table.row(reader).median("missing"), 0)


def _speed(tables: Mapping[str, Table]) -> Iterator[Goal]:
    table = tables["latency-100"]
    lossless = [
        row.reader
        for row in tables["missing-record"].rows
        if not row.median("missing") and row.reader not in CONNECTORS
    ]
    # If every peer loses contacts, the comparison is with the connector that asks one at a time.
    fastest = min((table.row(reader) for reader in lossless or (ONE,)), key=lambda row: row.median("wall"))
    sequential = min(
        (table.row(reader) for reader in (BARE, PLAIN, SINGER, DLT, BUILDER)), key=lambda r: r.median("wall")
    )
    for reader, times in ((TEN, 7.0), (TWENTY, 11.0)):
        wall = table.row(reader).median("wall")
        other = fastest.reader.name
        yield Goal(f"{reader.name}: times as fast as {other}", fastest.median("wall") / wall, times, at_least=True)
        other = sequential.reader.name
        yield Goal(f"{reader.name}: times as fast as {other}", sequential.median("wall") / wall, times, at_least=True)
        ideal = _ideal(tables["start-read"], table, reader)
        yield Goal(f"{reader.name}: times the ideal ({ideal:.1f} s)", wall / ideal, 1.2)


def _ideal(started: Table, table: Table, reader: Reader) -> float:
    """Seconds of a read whose workers all have a request under way all the time, at the usual latency."""
    requests = table.row(reader).median("requests")
    return started.row(reader).median("wall") + requests * LATENCY_MS / 1_000 / reader.workers


def _lists(tables: Mapping[str, Table]) -> Iterator[Goal]:
    table = tables["lists-together"]
    four, ten = map(of_all_lists, (FOUR, TEN))
    ideal = _ideal(tables["lists-empty"], table, ten)
    yield Goal(f"{ten.name}: five lists, times the ideal ({ideal:.1f} s)", table.row(ten).median("wall") / ideal, 1.25)
    for reader in (four, ten):
        difference = abs(table.row(reader).median("records") - (table.expected or 0))
        yield Goal(f"{reader.name}: records of five lists too few or too many", difference, 0)


def _memory(tables: Mapping[str, Table], prefix: str, reader: Reader, records: str) -> Iterator[Goal]:
    """Compare the largest of the tables with the one two sizes before, or the smallest."""
    sizes = sorted(int(key.removeprefix(prefix)) for key in tables if key.startswith(prefix))
    if len(sizes) > 1:
        small, large = sizes[-3:][0], sizes[-1]
        few, many = (tables[f"{prefix}{size}"].row(reader).median("megabytes") for size in (small, large))
        yield Goal(f"{reader.name}: MB more for {large:,} {records} than for {small:,}", many - few, 50)


def _without_latency(tables: Mapping[str, Table]) -> Iterator[Goal]:
    table, started = tables["latency-0"], tables["start-read"]
    work = {r: table.row(r).median("wall") - started.row(r).median("wall") for r in (BARE, FOUR)}
    yield Goal(f"{FOUR.name}: times the bare loop, without start-up", work[FOUR] / work[BARE], 2.0)


def _rate_limits(tables: Mapping[str, Table]) -> Iterator[Goal]:
    for name, limit in RATE_LIMITS.items():
        if (limited := tables.get(f"rate-limit-{name}")) is None:
            continue
        for reader in (FOUR, TEN):
            row = limited.row(reader)
            seconds = row.median("wall") - tables["start-read"].row(reader).median("wall")
            share = row.median("records") / 100 / seconds / limit.per_second
            yield Goal(f"{reader.name}: share of the limit ({limit.what})", share, 0.9, at_least=True)
