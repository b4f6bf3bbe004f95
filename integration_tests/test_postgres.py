"""Two syncs into a real PostgreSQL through PyAirbyte: types, nested fields, upserts, and the views of the docs."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from integration_tests.conftest import ROOT
from unit_tests.helpers.support import sample_config

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

pytestmark = [
    pytest.mark.skipif(sys.version_info >= (3, 13), reason="PyAirbyte runs on Python 3.10 to 3.12 only"),
    pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL's server is not installed (apt-get install postgresql)"),
]
# PyAirbyte's; Airbyte's own destination makes them "with time zone" and jsonb.
TYPES = {"id": "character varying", "updated_at": "timestamp without time zone", "emails": "json", "company": "json"}
COLUMNS = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'contacts'"


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


def query(port: int, statement: str) -> list[list[Any]]:
    """Rows of a statement, each as a list of JSON values."""
    command = ["psql", "--host=127.0.0.1", f"--port={port}", "--username=postgres", "--no-psqlrc", "-qAt"]
    wrapped = f"SELECT json_agg(row_to_json(t)) FROM ({statement}) AS t"
    answer = json.loads(subprocess.check_output([*command, "-c", wrapped], text=True) or "[]")
    return [list(row.values()) for row in answer]


def sync(port: int, emulator: Emulator, folder: Path) -> int:
    """One sync, in a process of its own as a scheduler starts it; returns how many records it read."""
    config = sample_config(emulator)
    program = f"""
import airbyte
from airbyte.caches import PostgresCache
source = airbyte.get_source("source-askelephant", local_executable="source-askelephant", config={config!r})
source.select_streams(["contacts"])
cache = PostgresCache(host="127.0.0.1", port={port}, username="postgres", password="", database="postgres",
                      schema_name="public", cleanup=False)
print("records:", source.read(cache=cache).processed_records)
"""
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    environment = {**os.environ, "AIRBYTE_OFFLINE_MODE": "1", "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    return int(re.findall(r"records: (\d+)", done.stdout)[0])


def test_two_syncs_and_the_views(port: int, emulator: Emulator, tmp_path: Path) -> None:
    assert sync(port, emulator, tmp_path) == 250
    types = dict(query(port, COLUMNS))
    assert {name: types[name] for name in TYPES} == TYPES
    changed = set(emulator.update(3)) | set(emulator.create(2))

    assert len(changed) <= sync(port, emulator, tmp_path) < 20

    server = emulator.snapshot()
    rows = {row[0]: row[1:] for row in query(port, "SELECT id, first_name, emails, company FROM contacts")}
    assert len(rows) == len(server)
    for id_, contact in server.items():
        assert rows[id_] == [contact.get(name) for name in ("first_name", "emails", "company")]

    for view in re.findall(r"```sql\n(.*?)```", (ROOT / "docs/running/warehouse.md").read_text("utf-8"), re.DOTALL):
        subprocess.run(
            ["psql", "--host=127.0.0.1", f"--port={port}", "--username=postgres", "-qv", "ON_ERROR_STOP=1", "-c", view],
            check=True,
        )
    assert query(port, "SELECT count(*) FROM contacts_current") == [[len(server)]]
    addresses = sum(len(contact.get("emails") or []) for contact in server.values())
    assert query(port, "SELECT count(*) FROM contact_addresses WHERE kind = 'email'") == [[addresses]]
