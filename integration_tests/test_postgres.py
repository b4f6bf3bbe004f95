"""Two syncs into a real PostgreSQL through PyAirbyte: types, nested fields, upserts, and the views of the docs."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from emulator import Emulator
from emulator.lists import LISTS
from integration_tests.conftest import ROOT, held
from integration_tests.warehouse_page import DETAILS, QUERIES, Rows, assert_views, ordered, statements, sync

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

pytestmark = pytest.mark.skipif(
    PROGRAMS is None, reason="PostgreSQL's server is not installed (apt-get install postgresql)"
)
# PyAirbyte's; Airbyte's own destination makes them "with time zone" and jsonb.
TYPES = {
    "contacts": {
        "id": "character varying",
        "updated_at": "timestamp without time zone",
        "emails": "json",
        "company": "json",
    },
    "engagements": {"transcript": "character varying", "duration_seconds": "bigint", "contacts": "json"},
}
COLUMNS = "SELECT column_name, data_type FROM information_schema.columns"
STAMP = """to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at"""
OLDER = '{"first_name": "Before", "updated_at": "2000-01-01"}'


def unprivileged(*command: object) -> list[str]:
    """PostgreSQL's programs refuse to run as root."""
    words = list(map(str, command))
    return words if os.getuid() else ["runuser", "-u", "postgres", "--", *words]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A database server of its own on a loopback port, gone when the tests are."""
    assert PROGRAMS is not None
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())  # pytest's own lets in its user only
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    if not os.getuid():
        shutil.chown(folder, "postgres")
    try:
        data = folder / "data"
        run(PROGRAMS / "initdb", "--auth=trust", "--username=postgres", "--pgdata", data)
        options = f"-p {number} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
        run(PROGRAMS / "pg_ctl", "--pgdata", data, "--log", folder / "log", "--wait", "-o", options, "start")
        yield number
        run(PROGRAMS / "pg_ctl", "--pgdata", data, "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(*command: object) -> None:
    subprocess.run(unprivileged(*command), check=True, cwd="/", stdout=subprocess.DEVNULL)


def query(port: int, statement: str) -> Rows:
    """Rows of a statement, each as a list of JSON values."""
    answer = json.loads(execute(port, f"SELECT json_agg(row_to_json(t)) FROM ({statement}) AS t") or "[]")
    return [list(row.values()) for row in answer]


def execute(port: int, statement: str) -> str:
    """Execute a statement; returns what it printed."""
    command = ["psql", "--host=127.0.0.1", f"--port={port}", "--username=postgres", "--no-psqlrc", "-qAt"]
    return subprocess.check_output([*command, "-v", "ON_ERROR_STOP=1", "-c", statement], text=True)


def assert_equal(port: int, emulator: Emulator, details: Sequence[str] = ()) -> None:
    """Each table holds each record of its list once, with every field; of engagements, with these details."""
    for of in LISTS:
        schema = json.loads((ROOT / f"source_askelephant/schemas/{of}.json").read_text(encoding="utf-8"))
        fields = [
            name
            for name, about in schema["properties"].items()
            if about.get("format") != "date-time" and (name not in DETAILS or of != "engagements" or name in details)
        ]
        rows = query(port, f"SELECT {STAMP}, {', '.join(fields)} FROM {of}")
        server = emulator.snapshot(of, details if of == "engagements" else ())
        held = [[each["updated_at"], *(each.get(name) for name in fields)] for each in server.values()]
        assert ordered(rows) == ordered(held)


def test_two_syncs_and_the_views(port: int, emulator: Emulator, tmp_path: Path) -> None:
    cache = (
        f"PostgresCache(host='127.0.0.1', port={port}, username='postgres', password='', database='postgres', "
        "schema_name='public', cleanup=False)"
    )
    assert sync(cache, emulator, tmp_path) == sum(map(len, held(emulator).values()))
    for table, expected in TYPES.items():
        types = dict(query(port, f"{COLUMNS} WHERE table_name = '{table}'"))
        assert {name: types[name] for name in expected} == expected
    assert_equal(port, emulator, DETAILS)
    changed = {*emulator.update(3), *emulator.create(2)}
    changed |= {*emulator.update(3, of="engagements"), *emulator.create(2, of="engagements")}

    assert sync(cache, emulator, tmp_path) == len(changed)

    # Without details: where a contact has changed since, an engagement still has it as it was.
    assert_equal(port, emulator)
    for statement in statements("PostgreSQL"):
        execute(port, statement)
    before = {view: query(port, statement) for view, statement in QUERIES.items()}
    assert_views(before, emulator)
    execute(port, f"INSERT INTO contacts SELECT (json_populate_record(contacts, '{OLDER}')).* FROM contacts")
    assert_views({**before, "contacts_current": query(port, QUERIES["contacts_current"])}, emulator)
