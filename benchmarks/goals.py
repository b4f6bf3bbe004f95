"""What was promised, judged by what one run of the benchmarks measured."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from benchmarks.bench import CONNECTORS, FOUR, ONE, TEN, TWENTY, Table
from benchmarks.readers import BARE, BUILDER, DLT, PLAIN, SINGER
from benchmarks.scenarios import RATE_LIMITS

_LATENCY_SECONDS = 0.1


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
    sizes = sorted(int(key.removeprefix("scale-")) for key in tables if key.startswith("scale-"))
    if len(sizes) > 1:
        few, many = (tables[f"scale-{size}"].row(TEN).median("megabytes") for size in (sizes[-3:][0], sizes[-1]))
        yield Goal(f"{TEN.name}: MB more for {sizes[-1]:,} contacts than for {sizes[-3:][0]:,}", many - few, 50)
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
        start = tables["start-read"].row(reader).median("wall")
        ideal = start + table.row(reader).median("requests") * _LATENCY_SECONDS / reader.workers
        yield Goal(f"{reader.name}: times the ideal ({ideal:.1f} s)", wall / ideal, 1.2)


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
