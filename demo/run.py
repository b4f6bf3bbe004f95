"""Show the connector at work: five lists into a DuckDB file, some changes, and a second sync of only those."""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

from demo import FOLDER
from emulator import Emulator, Settings
from emulator.lists import LISTS, ListName

WORKSPACE = Settings(contacts=5000, companies=400, users=25, tags=20, engagements=600, shape="burst")
CHANGES: Mapping[ListName, tuple[int, int]] = {"contacts": (37, 5), "engagements": (8, 2)}
"""How many records of a list are updated, and how many created, before the second sync."""

CONFIG_FILE = FOLDER / "config.json"
LOG_FILE = FOLDER / "log.txt"


def main() -> int:
    """Run the demo; return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    say("A workspace of AskElephant into DuckDB: everything first, then only what changed.\n")
    try:
        with Emulator(WORKSPACE) as emulator:
            demonstrate(emulator)
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    except ModuleNotFoundError as error:
        say(f"\nThe demo needs PyAirbyte, which make demo installs ({error}).")
        return 1
    except Exception:
        say(f"\nThe demo failed. What PyAirbyte and the connector said until then is in {LOG_FILE}.")
        raise
    return 0


def demonstrate(emulator: Emulator) -> None:
    """Do each step, say what it did, and make sure of it."""
    counts = ", ".join(f"{count:,} {name}" for name, count in WORKSPACE.counts.items())
    say(f"1. Workspace: an emulator with {counts}, all made up, answers at {emulator.url}.")
    config = {
        "credentials": {"auth_type": "api_key", "api_key": WORKSPACE.api_key},
        "engagement_details": ["transcript", "companies", "contacts", "tags"],
        "api_url": emulator.url,
    }
    CONFIG_FILE.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    say(f"   The connector's configuration is in {CONFIG_FILE}. Loading PyAirbyte ...")
    with into_log():
        from demo import warehouse  # noqa: PLC0415 - PyAirbyte takes seconds to load, with many words

        source = warehouse.connector(CONFIG_FILE)

    with timer() as took, into_log():
        source.check()
    say(f"2. check: the key is good for each list ({requests(emulator)}, {took()}).")

    with timer() as took, into_log():
        streams = {name: source.get_stream_json_schema(name)["properties"] for name in source.get_available_streams()}
    fields = ", ".join(f"{name} ({len(properties)} fields)" for name, properties in streams.items())
    say(f"3. discover: the streams {fields} ({took()}).")

    with timer() as took, into_log():
        source.select_all_streams()
        read = warehouse.sync(source)
    say(f"4. First sync: {read:,} records read ({requests(emulator)}, {took()}).")
    expect("records read", read, sum(WORKSPACE.counts.values()))
    expect_same(warehouse.stamps, emulator)
    say(f"   The state of engagements to go on from: {warehouse.state('engagements')}")
    say("\n   Which companies have most contacts?")
    warehouse.show(warehouse.COMPANIES)
    say("   With which companies were the longest meetings and calls of a month, and who owned them?")
    warehouse.show(warehouse.MEETINGS)
    say("   Who was in most engagements tagged as a renewal, and how much was said there?")
    warehouse.show(warehouse.RENEWALS)

    changes = [f"{updated} {of} updated and {created} created" for of, (updated, created) in CHANGES.items()]
    say(f"5. Changes in the workspace: {', '.join(changes)}.")
    for of, (updated, created) in CHANGES.items():
        emulator.update(updated, of=of)
        emulator.create(created, of=of)

    with timer() as took, into_log():
        read = warehouse.sync(source)
    say(f"6. Second sync: {read:,} records read ({requests(emulator)}, {took()}): what changed, and nothing else.")
    expect("records read", read, sum(map(sum, CHANGES.values())))
    expect_same(warehouse.stamps, emulator)
    counts = ", ".join(f"{len(emulator.snapshot(of)):,} {of}" for of in LISTS)
    say(f"   The tables equal the workspace: {counts}, each as of its last change.")

    say(f"\nDone. The tables are in {warehouse.DATABASE}, schema {warehouse.SCHEMA}. To ask on:")
    python = ".venv/bin/python" if Path(sys.prefix) == Path.cwd() / ".venv" else "python"
    code = f'import duckdb; db = duckdb.connect("{warehouse.DATABASE}"); db.sql("{warehouse.NEXT}").show()'
    say(f"  {python} -c '{code}'")


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def into_log() -> Iterator[None]:
    """Let what is printed go to the log file, also by child processes: PyAirbyte's notes, third parties' warnings."""
    streams = (sys.stdout, sys.stderr)
    with LOG_FILE.open("ab") as log:
        terminals = [os.dup(stream.fileno()) for stream in streams]
        for stream in streams:
            os.dup2(log.fileno(), stream.fileno())
        try:
            yield
        finally:
            for stream, terminal in zip(streams, terminals, strict=True):
                stream.flush()
                os.dup2(terminal, stream.fileno())
                os.close(terminal)


@contextlib.contextmanager
def timer() -> Iterator[Callable[[], str]]:
    """Measure what is done inside; what it gives tells the time afterwards."""
    begin = time.monotonic()
    end = begin
    yield lambda: f"{end - begin:.1f} s"
    end = time.monotonic()


def requests(emulator: Emulator) -> str:
    """How many requests the emulator got since this was asked last."""
    count = emulator.stats().requests
    emulator.clear_log()
    return f"{count} request{'' if count == 1 else 's'}"


def instants(snapshot: Mapping[str, Mapping[str, Any]]) -> dict[str, datetime]:
    """When each record of a snapshot last changed (UTC, without a zone, as DuckDB gives it), by id."""
    return {
        id_: datetime.fromisoformat(fields["updated_at"].replace("Z", "+00:00"))
        .astimezone(timezone.utc)
        .replace(tzinfo=None)
        for id_, fields in snapshot.items()
    }


def expect(what: str, found: int, expected: int) -> None:
    """Stop the demo if a number is off."""
    if found != expected:
        raise AssertionError(f"{what}: {found:,}, where {expected:,} were expected")


def expect_same(stamps: Callable[[str], Mapping[str, datetime]], emulator: Emulator) -> None:
    """Stop the demo if a table is not what the workspace holds."""
    for of in LISTS:
        table, held = stamps(of), instants(emulator.snapshot(of))
        differing = [id_ for id_ in {*table, *held} if table.get(id_) != held.get(id_)]
        expect(f"{of} that differ between the table and the workspace", len(differing), 0)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
