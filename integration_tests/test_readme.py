"""The README says what is so: its commands run, its PyAirbyte example syncs, its table names every field."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from integration_tests.conftest import ROOT
from source_askelephant.config.models import Config

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

pyairbyte = pytest.mark.skipif(sys.version_info >= (3, 13), reason="PyAirbyte runs on Python 3.10 to 3.12 only")


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


def table(database: Path) -> list[dict[str, Any]]:
    """The rows of the contacts table."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(database, read_only=True) as connection:
        result = connection.execute("SELECT * FROM askelephant.contacts")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def as_the_api_gives_it(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a contact: nested fields parsed, instants with their zone, without what is empty or PyAirbyte's own."""
    nested = {"company", "emails", "phone_numbers", "crm_association"}
    contact: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or name.startswith("_airbyte"):
            continue
        contact[name] = json.loads(value) if name in nested else value
        if isinstance(value, datetime):
            instant = value.replace(tzinfo=timezone.utc).isoformat(timespec="milliseconds")
            contact[name] = instant.replace("+00:00", "Z")
    return contact


def assert_equal(database: Path, emulator: Emulator) -> None:
    """The table holds each contact of the emulator once, with every field."""
    contacts = [as_the_api_gives_it(row) for row in table(database)]
    held = {
        contact_id: {name: value for name, value in contact.items() if value is not None}
        for contact_id, contact in emulator.snapshot().items()
    }
    assert {contact["id"]: contact for contact in contacts} == held
    assert len(contacts) == len(held)


def test_the_commands_work_as_they_stand(workplace: Path, emulator: Emulator) -> None:
    messages = run(["bash", "-euo", "pipefail", "-c", block("sh", "source-askelephant spec")], workplace)
    kinds = [json.loads(line)["type"] for line in messages.splitlines()]
    assert {"SPEC", "CONNECTION_STATUS", "CATALOG"} <= set(kinds)
    first = [json.loads(line)["type"] for line in (workplace / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert first.count("RECORD") == len(emulator.snapshot())
    assert kinds.count("RECORD") == 0, "nothing has changed"


@pyairbyte
def test_the_pyairbyte_example_syncs_into_duckdb_and_then_only_what_changed(
    workplace: Path, emulator: Emulator
) -> None:
    example = [sys.executable, "-c", block("python", "get_source")]
    database = workplace / "contacts.duckdb"

    assert "250 contacts read" in run(example, workplace)
    assert_equal(database, emulator)

    (boundary,) = list(emulator.snapshot())[-1:]
    changed = {*emulator.update([boundary]), *emulator.update(37), *emulator.create(5)}
    emulator.clear_log()
    assert f"{len(changed)} contacts read" in run(example, workplace)
    check, read = emulator.requests
    assert (check.records, read.records) == (1, len(changed))
    assert_equal(database, emulator)

    emulator.clear_log()
    run(example, workplace)
    check, read = emulator.requests
    assert read.records == len(changed), "all of them lie within the lookback of a minute"
    assert_equal(database, emulator)


@pyairbyte
def test_pyairbyte_finds_the_connector_valid(workplace: Path, emulator: Emulator) -> None:
    connector = Path(sysconfig.get_path("scripts")) / "source-askelephant"
    config = ROOT / "integration_tests" / "sample_config.json"
    emulator.clear_log()
    said = run(["pyab", "validate", f"--connector={connector}", f"--config={config}"], workplace)
    assert "Running connector check" in said
    assert [request.status for request in emulator.requests] == [200]


def test_the_table_names_every_field_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", README, re.MULTILINE))
    none_or = {None: "none", (): "none"}
    expected = {
        name: "required" if field.is_required() else none_or.get(field.default, f"`{field.default}`")
        for name, field in Config.model_fields.items()
    }
    assert rows == expected
