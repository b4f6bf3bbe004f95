"""The connector beside what a user could take instead: time, CPU, memory, requests, and what is missing.

The readers take turns at one emulator, so that what else the machine does hits all of them alike. Ratios carry over to
other machines, seconds don't.
"""

import argparse
import os
import platform
import subprocess
import sys
import venv
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

from benchmarks import report
from benchmarks.bench import FULL, SHORT, Bench, Table
from benchmarks.goals import judge
from benchmarks.readers import HOME, OTHERS, PEERS, ROOT
from benchmarks.running import emulator
from benchmarks.scenarios import SCENARIOS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios that the command line names; return 1 if a full run misses a goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--short", action="store_true", help="few records, about five minutes; goals aren't judged")
    parser.add_argument("--docs", action="store_true", help="run nothing; put the last results into docs/")
    given = parser.parse_args(arguments)
    unknown = set(given.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    if given.docs:
        report.put_into_docs(HOME, ROOT / "docs")
        return 0
    set_up()
    size = SHORT if given.short else FULL
    tables: dict[str, Table] = {}
    with emulator() as source:
        bench = Bench(source, size, _say)
        for name, scenario in SCENARIOS.items():
            if name in (given.scenarios or SCENARIOS):
                _say(f"\n{name}")
                for table in scenario(bench):
                    tables[table.key] = table
                    _say("\n" + report.markdown(table))
    goals = [] if given.short else list(judge(tables))
    if goals:
        _say(report.goals_table(goals))
    machine = _machine()
    (HOME / "results.json").write_text(report.as_json(machine, tables.values(), goals), encoding="utf-8")
    (HOME / "results.md").write_text(report.page(machine, tables.values(), goals), encoding="utf-8")
    for name, picture in report.pictures(tables).items():
        (HOME / name).write_text(picture, encoding="utf-8")
    _say(f"All runs, tables and pictures are in {HOME.relative_to(ROOT)}/.")
    return 0 if all(goal.met for goal in goals) else 1


def set_up() -> None:
    """Make each peer's environment, once for each change of its requirements."""
    for name in {reader.environment for reader in OTHERS if reader.environment}:
        requirements = PEERS / f"{name}.txt"
        done = HOME / name / "requirements.txt"
        if done.exists() and done.read_bytes() == requirements.read_bytes():
            continue
        _say(f"Setting up {name}'s environment")
        venv.create(HOME / name, clear=True, with_pip=True)
        python = HOME / name / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", requirements], check=True)
        done.write_bytes(requirements.read_bytes())


def _machine() -> dict[str, str]:
    pinned = [line for path in sorted(PEERS.glob("*.txt")) for line in path.read_text().splitlines() if "==" in line]
    return {
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "airbyte-cdk": version("airbyte-cdk"),
        **dict(line.split("==") for line in pinned),
        "on": str(date.today()),  # noqa: DTZ011 - the day as whoever measures knows it
    }


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
