"""The README says what is so: its commands run, its PyAirbyte example syncs, its table names every field."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from emulator import Emulator
from emulator.lists import LISTS, ListName
from integration_tests.conftest import ROOT, held
from source_askelephant.config.models import Config

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

SHELL = ["bash", "-euo", "pipefail", "-c"]


def block(language: str, word: str) -> str:
    """The one code block in this language with this word."""
    (text,) = [text for found, text in BLOCKS if found == language and word in text]
    return str(text)


def run(arguments: list[str], folder: Path) -> str:
    """Run a command in the folder, in this environment; what it printed."""
    path = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    environment = {
        **os.environ,
        "PATH": path,
        "AIRBYTE_LOGGING_ROOT": str(folder / "logs"),
        "AIRBYTE_OFFLINE_MODE": "1",
    }
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def table(database: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    with duckdb.connect(database, read_only=True) as connection:
        result = connection.table(f"askelephant.{name}")
        return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def as_the_api_gives_it(of: ListName, row: dict[str, Any]) -> dict[str, Any]:
    """A row as a record: nested fields parsed, instants with their zone, without what is empty or PyAirbyte's own."""
    record: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or name.startswith("_airbyte"):
            continue
        record[name] = json.loads(value) if is_nested(of, name) else value
        if isinstance(value, datetime):
            instant = value.replace(tzinfo=timezone.utc).isoformat(timespec="milliseconds")
            record[name] = instant.replace("+00:00", "Z")
    return record


@cache
def is_nested(of: ListName, field: str) -> bool:
    """Whether a field holds a list or an object."""
    schema = json.loads((ROOT / f"source_askelephant/schemas/{of}.json").read_text(encoding="utf-8"))
    return not {"array", "object"}.isdisjoint(schema["properties"][field]["type"])


def assert_equal(database: Path, emulator: Emulator) -> None:
    """Each table holds each record of its list once, with every field."""
    for of in LISTS:
        records = [as_the_api_gives_it(of, row) for row in table(database, of)]
        server = {
            id_: {name: value for name, value in record.items() if value is not None}
            for id_, record in emulator.snapshot(of).items()
        }
        assert {record["id"]: record for record in records} == server
        assert len(records) == len(server)


def received(emulator: Emulator) -> dict[str, list[int]]:
    """How many records the answers since the last call had, by list."""
    found: dict[str, list[int]] = {of: [] for of in LISTS}
    for request in emulator.requests:
        found[request.path.rpartition("/")[2]].append(request.records)
    emulator.clear_log()
    return found


def test_the_commands_work_as_they_stand(workplace: Path, emulator: Emulator) -> None:
    *commands, second = block("sh", "source-askelephant spec").splitlines()
    kinds = [json.loads(line)["type"] for line in run([*SHELL, "\n".join(commands)], workplace).splitlines()]
    assert {"SPEC", "CONNECTION_STATUS", "CATALOG"} <= set(kinds)
    assert read_by(workplace / "out.jsonl") == Counter({of: len(ids) for of, ids in held(emulator).items()})

    again = workplace / "again.jsonl"
    again.write_text(run([*SHELL, second], workplace), encoding="utf-8")
    assert read_by(again) == Counter(), "nothing has changed"

    for change in block("sh", "/_emulator/").splitlines():
        run([*SHELL, change], workplace)
    again.write_text(run([*SHELL, second], workplace), encoding="utf-8")
    assert read_by(again) == Counter(contacts=42, engagements=3)


def read_by(output: Path) -> Counter[str]:
    """How many records a read printed, by stream."""
    messages = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    return Counter(message["record"]["stream"] for message in messages if message["type"] == "RECORD")


def test_the_pyairbyte_example_syncs_into_duckdb_and_then_only_what_changed(
    workplace: Path, emulator: Emulator
) -> None:
    example = [sys.executable, "-c", block("python", "get_source")]
    database = workplace / "warehouse.duckdb"
    everything = sum(map(len, held(emulator).values()))

    assert f"\n{everything} records read" in run(example, workplace)
    assert_equal(database, emulator)

    (boundary,) = list(emulator.snapshot())[-1:]
    contacts = {*emulator.update([boundary]), *emulator.update(37), *emulator.create(5)}
    engagements = {*emulator.update(6, of="engagements"), *emulator.create(2, of="engagements")}
    changed = {"contacts": len(contacts), "engagements": len(engagements)}
    received(emulator)
    assert f"\n{sum(changed.values())} records read" in run(example, workplace)
    # A check takes one record of each list.
    expected = {of: [1, changed.get(of, 0)] for of in LISTS}
    assert received(emulator) == expected
    assert_equal(database, emulator)

    run(example, workplace)
    assert received(emulator) == expected, "all of them lie within the lookback of a minute"
    assert_equal(database, emulator)


def test_with_a_key_for_some_lists_only_the_example_names_the_streams(workplace: Path, emulator: Emulator) -> None:
    emulator.reset(replace(emulator.settings, scopes=("contacts:read", "companies:read")))
    example = block("python", "get_source")
    with pytest.raises(AssertionError, match="AirbyteConnectorFailedError"):
        run([sys.executable, "-c", example], workplace)
    (named,) = re.findall(r"`(source\.select_streams\(.*\))`", README)
    example = example.replace("source.select_all_streams()", named)
    assert "\n290 records read" in run([sys.executable, "-c", example], workplace), "nothing was loaded before"


def test_pyairbyte_finds_the_connector_valid(workplace: Path, emulator: Emulator) -> None:
    connector = Path(sysconfig.get_path("scripts")) / "source-askelephant"
    config = ROOT / "integration_tests" / "sample_config.json"
    received(emulator)
    said = run(["pyab", "validate", f"--connector={connector}", f"--config={config}"], workplace)
    assert "Running connector check" in said
    assert received(emulator) == {of: [1] for of in LISTS}


def test_the_table_names_every_field_with_its_default() -> None:
    configuration = README.partition("\n## Configuration\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", configuration, re.MULTILINE))
    none_or = {None: "none", (): "none"}
    expected = {
        name: "required" if field.is_required() else none_or.get(field.default, f"`{field.default}`")
        for name, field in Config.model_fields.items()
    }
    assert rows == expected
