"""How fast the connector is, beside a plain sequential one that reads the same: time, CPU, memory, requests.

The readers take turns, so that what else the machine does hits all of them alike; the medians are compared. Ratios
carry over to other machines, seconds don't.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.running import EmulatorProcess, Reader, Run, emulator, read

LATENCY_SECONDS = 0.1
PLAIN = Reader(0)
WORKERS = (1, 4, 10, 20)

FEWEST_TIMES_FASTER = {10: 7.0, 20: 11.0}
MOST_OVER_IDEAL = {10: 1.25}
"""Times (start-up + requests x latency / workers)."""
MOST_CPU_OF_PLAIN = 1.0
MOST_MORE_MEGABYTES = 50.0


class Size(NamedTuple):
    """How much is read, and how often."""

    contacts: int
    small: int
    large: int
    repeats: int


FULL = Size(contacts=100_000, small=10_000, large=1_000_000, repeats=3)
QUICK = Size(contacts=10_000, small=1_000, large=10_000, repeats=1)


class Goal(NamedTuple):
    """What was promised and what was measured; met if the one is on the right side of the other."""

    text: str
    measured: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


class Bench:
    """Runs the scenarios, prints a table of each, and gathers all for the file.

    Args:
        size: how much to read, and how often.
        workers: with how many workers the connector reads.
        folder: for the readers' configuration.
    """

    def __init__(self, size: Size, workers: Sequence[int], folder: Path) -> None:
        self._size = size
        self._readers = [PLAIN, *map(Reader, workers)]
        self._folder = folder
        self.goals: list[Goal] = []
        self.scenarios: dict[str, dict[str, list[dict[str, Any]]]] = {}

    def latency(self) -> None:
        """With latency: what counts is how many requests are under way at once."""
        with emulator(0) as empty:
            start_up = median(self._read(Reader(1), empty).wall for _ in range(3))
        title = f"{self._size.contacts:,} contacts, {LATENCY_SECONDS * 1000:.0f} ms per request"
        with emulator(self._size.contacts, f"--latency-ms={LATENCY_SECONDS * 1000:.0f}") as source:
            runs = self._take_turns(source, self._readers, self._size.repeats)
        self._show(title, runs)
        plain = _median(runs[PLAIN]).wall
        for reader in self._readers:
            run = _median(runs[reader])
            if limit := FEWEST_TIMES_FASTER.get(reader.workers):
                self._judge(Goal(f"{reader.name}, times as fast as plain", plain / run.wall, limit, at_least=True))
            if limit := MOST_OVER_IDEAL.get(reader.workers):
                ideal = start_up + run.requests * LATENCY_SECONDS / reader.workers
                self._judge(Goal(f"{reader.name}, times the ideal ({ideal:.1f} s)", run.wall / ideal, limit))
        _say(f"  start-up (an empty workspace): {start_up:.2f} s")

    def cpu(self) -> None:
        """Without latency: what counts is the work per record."""
        title = f"{self._size.contacts:,} contacts, no latency"
        with emulator(self._size.contacts) as source:
            runs = self._take_turns(source, self._readers, 2 * self._size.repeats - 1)
        self._show(title, runs)
        plain = _median(runs[PLAIN]).cpu
        for reader in self._readers[1:]:
            share = _median(runs[reader]).cpu / plain
            self._judge(Goal(f"{reader.name}, CPU of plain's", share, MOST_CPU_OF_PLAIN))

    def memory(self) -> None:
        """Few and many contacts: what counts is that memory stays as it is."""
        reader, peaks = Reader(10), []
        for contacts in (self._size.small, self._size.large):
            with emulator(contacts) as source:
                runs = self._take_turns(source, [reader], 1)
            self._show(f"{contacts:,} contacts, no latency", runs)
            peaks.append(_median(runs[reader]).megabytes)
        self._judge(Goal("10 workers, MB more for many contacts", peaks[1] - peaks[0], MOST_MORE_MEGABYTES))

    def _take_turns(self, source: EmulatorProcess, readers: Sequence[Reader], repeats: int) -> dict[Reader, list[Run]]:
        turns = [{reader: self._read(reader, source) for reader in readers} for _ in range(repeats)]
        return {reader: [turn[reader] for turn in turns] for reader in readers}

    def _read(self, reader: Reader, source: EmulatorProcess) -> Run:
        return read(reader, source, self._folder)

    def _show(self, title: str, runs: dict[Reader, list[Run]]) -> None:
        self.scenarios[title] = {reader.name: [run._asdict() for run in each] for reader, each in runs.items()}
        first = _median(next(iter(runs.values())))
        _say(f"\n{title} (medians of {len(next(iter(runs.values())))})")
        _say("              wall s   spread   faster    CPU s   of 1st   peak MB  requests   records")
        for reader, each in runs.items():
            run, walls = _median(each), [one.wall for one in each]
            _say(
                f"  {reader.name:<10} {run.wall:8.2f} {(max(walls) - min(walls)) / run.wall:8.0%} "
                f"{first.wall / run.wall:7.2f}x {run.cpu:8.2f} {run.cpu / first.cpu:7.2f}x "
                f"{run.megabytes:9.0f} {run.requests:9,} {run.records:9,}"
            )

    def _judge(self, goal: Goal) -> None:
        self.goals.append(goal)
        wanted = f"at {'least' if goal.at_least else 'most'} {goal.limit:g}"
        _say(f"  {'met   ' if goal.met else 'MISSED'} {goal.text}: {goal.measured:.2f}, goal {wanted}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios that the command line names; return 1 if a goal is missed."""
    scenarios = {"latency": Bench.latency, "cpu": Bench.cpu, "memory": Bench.memory}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(scenarios)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="10,000 contacts: a minute, and no judgement on the goals")
    parser.add_argument("--repeats", type=int, help="how often each reader reads (default: 3, quick: 1)")
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", type=Path, default=Path(".benchmarks/speed.json"), help="default: %(default)s")
    given = parser.parse_args(arguments)
    unknown = set(given.scenarios) - set(scenarios)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(scenarios)}")
    size = QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(size._replace(repeats=given.repeats or size.repeats), given.workers, Path(folder))
        for name, scenario in scenarios.items():
            if name in (given.scenarios or scenarios):
                scenario(bench)
    goals = [{**goal._asdict(), "met": goal.met} for goal in bench.goals]
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps({"goals": goals, "runs": bench.scenarios}, indent=2) + "\n", encoding="utf-8")
    _say(f"\nAll runs are in {given.json}.")
    return 0 if given.quick or all(goal.met for goal in bench.goals) else 1


def _median(runs: Sequence[Run]) -> Run:
    """The median of each number."""
    wall, cpu, megabytes, requests, records = (median(values) for values in zip(*runs, strict=True))
    return Run(wall, cpu, megabytes, round(requests), round(records))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
