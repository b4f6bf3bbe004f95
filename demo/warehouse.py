"""The connector into DuckDB through PyAirbyte, as in a user's own script; and what is asked of the table."""

import json
import sysconfig
from datetime import datetime
from pathlib import Path
from typing import Any

import airbyte as ab
import duckdb
from airbyte.caches import DuckDBCache

from demo import FOLDER

DATABASE = FOLDER / "contacts.duckdb"
SCHEMA = "askelephant"
TABLE = f"{SCHEMA}.contacts"

COUNTS = """
    SELECT count(*) AS contacts,
           count(emails) AS with_email,
           count(phone_numbers) AS with_phone,
           count(company) AS with_company,
           min(updated_at) AS oldest_change,
           max(updated_at) AS newest_change
    FROM askelephant.contacts
"""
SAMPLE = """
    SELECT concat_ws(' ', first_name, last_name) AS name,
           emails->0->>'email' AS email,
           phone_numbers->0->>'phone_number' AS phone,
           company->>'id' IS NOT NULL AS has_company,
           updated_at
    FROM askelephant.contacts ORDER BY updated_at DESC, id LIMIT 5
"""
# A contact has a list of addresses: one row for each, then grouped by what stands behind the @.
DOMAINS = """
    SELECT lower(split_part(address.email, '@', 2)) AS email_domain,
           count(DISTINCT id) AS contacts,
           count(DISTINCT id) FILTER (phone_numbers IS NOT NULL) AS with_a_phone_number
    FROM (SELECT id, phone_numbers, unnest(from_json(emails, '[{"email": "VARCHAR"}]')) AS address
          FROM askelephant.contacts)
    GROUP BY ALL ORDER BY contacts DESC
"""
NEXT = "SELECT time_zone, count(*) FROM askelephant.contacts GROUP BY ALL ORDER BY 2 DESC"


def connector(config_file: Path) -> ab.Source:
    """The console script of this environment as a PyAirbyte source."""
    return ab.get_source(
        "source-askelephant",
        local_executable=Path(sysconfig.get_path("scripts")) / "source-askelephant",
        config=json.loads(config_file.read_text(encoding="utf-8")),
    )


def sync(source: ab.Source) -> int:
    """Bring the table up to date, from the state that PyAirbyte keeps in the same file. Returns the records read."""
    cache = DuckDBCache(db_path=DATABASE, schema_name=SCHEMA)
    try:
        read: int = source.read(cache=cache).processed_records
        return read
    finally:
        cache.close()


def show(query: str) -> None:
    """Print a query's result as a table."""
    with duckdb.connect(DATABASE, read_only=True) as connection:
        connection.sql(query).show()


def stamps() -> dict[str, datetime]:
    """When each contact in the table last changed, by id."""
    return dict(_rows("SELECT id, updated_at FROM askelephant.contacts"))


def state() -> str:
    """The stream's state after the last sync."""
    ((message,),) = _rows("SELECT state_json FROM askelephant._airbyte_state")
    return json.dumps(json.loads(message)["stream"]["stream_state"])


def _rows(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(DATABASE, read_only=True) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return rows
