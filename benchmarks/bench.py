"""What scenarios are made of: how much is read, by whom, and the tables that come of it."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.readers import OTHERS, Reader, connector
from benchmarks.running import Emulator, Run, Workplace

WORKERS = (1, 4, 10, 20)
CONNECTORS = tuple(map(connector, WORKERS))
ONE, FOUR, TEN, TWENTY = CONNECTORS


class Size(NamedTuple):
    """How much is read, and how often.

    Attributes:
        contacts: in the workspace, where nothing else is said.
        slow_contacts: at 300 ms per request, where sequential readers would take minutes.
        scale: numbers of contacts over which cost is measured.
        repeats: of each run, but for those of minutes in which one request waits for another: they scatter little.
    """

    contacts: int
    slow_contacts: int
    scale: tuple[int, ...]
    repeats: int


FULL = Size(100_000, 10_000, (1_000, 10_000, 100_000, 1_000_000), 3)
SHORT = Size(4_000, 1_000, (1_000, 10_000), 1)


class Row(NamedTuple):
    """All runs of one reader in one table."""

    reader: Reader
    runs: list[Run]

    def median(self, field: str) -> float:
        """The median of one number of the runs."""
        return float(median(getattr(run, field) for run in self.runs))


class Table(NamedTuple):
    """What is compared side by side.

    Attributes:
        key: short name, for goals, pictures and the file.
        title: what was read, and how.
        columns: fields of a run that are shown.
        rows: in the order of the readers.
        expected: how many records each run should bring, None if that differs.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: list[Row]
    expected: int | None

    def row(self, reader: Reader) -> Row:
        """The row of a reader. KeyError if it was not measured."""
        for row in self.rows:
            if row.reader == reader:
                return row
        raise KeyError(reader.name)


class Bench(NamedTuple):
    """Where the scenarios run: an emulator, how much of it, how to report progress, and which readers take part."""

    source: Emulator
    size: Size
    say: Callable[[str], None]
    readers: tuple[Reader, ...] = (*OTHERS, *CONNECTORS)

    def only(self, *wanted: Reader) -> list[Reader]:
        """Those of the readers that take part."""
        return [reader for reader in wanted if reader in self.readers]

    def take_turns(
        self, readers: Sequence[Reader], repeats: int, verb: str = "read", *, ids: bool = False, slow: bool = False
    ) -> list[Row]:
        """Let the readers run one after the other, and again, so that what else the machine does hits all alike.

        If requests are slow, those that send one after the other run once.
        """
        rows = [Row(reader, []) for reader in readers]
        for turn in range(repeats):
            for row in [row for row in rows if turn == 0 or not slow or row.reader.workers > 1]:
                with Workplace(row.reader, self.source) as workplace:
                    row.runs.append(self.run(workplace, verb, ids=ids))
        return rows

    def run(self, workplace: Workplace, verb: str = "read", *, ids: bool = False) -> Run:
        """Run one command, and show what it took."""
        run = workplace.run(verb, must_be_there=self.source.ids(workplace.reader.lists) if ids else None)
        self.say(
            f"    {workplace.reader.name:38} {run.wall:7.2f} s {run.records:9,} records {run.requests:7,} requests"
        )
        return run
