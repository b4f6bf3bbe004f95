"""The connector into DuckDB through PyAirbyte, as in a user's own script; and what is asked of the tables."""

import json
import sysconfig
from datetime import datetime
from pathlib import Path

import airbyte as ab
import duckdb
from airbyte.caches import DuckDBCache

from demo import FOLDER

DATABASE = FOLDER / "warehouse.duckdb"
SCHEMA = "askelephant"
"""Not the name of the file: DuckDB calls a database by its file, and couldn't tell the two apart."""

COMPANIES = """
    SELECT coalesce(companies.name, companies.id) AS company,
           industry,
           count(*) AS contacts,
           count(phone_numbers) AS with_a_phone_number
    FROM askelephant.contacts JOIN askelephant.companies ON companies.id = (company->>'id')
    GROUP BY ALL ORDER BY contacts DESC, company LIMIT 5
"""
# An engagement lists its companies: one row for each of them, found by its id in the table of companies.
MEETINGS = """
    SELECT coalesce(companies.name, companies.id) AS company,
           strftime(start_at, '%Y-%m') AS month,
           count(*) AS meetings,
           sum(duration_seconds) // 60 AS minutes,
           string_agg(DISTINCT concat_ws(' ', first_name, last_name), ', ') FILTER (users.id IS NOT NULL) AS owners
    FROM (SELECT *, unnest(companies->>'$[*].id') AS company_id FROM askelephant.engagements) AS engagement
    JOIN askelephant.companies ON companies.id = company_id
    LEFT JOIN askelephant.users ON users.id = owner_user_id
    WHERE engagement_type IN ('MEETING', 'CALL')
    GROUP BY ALL ORDER BY minutes DESC, company LIMIT 5
"""
RENEWALS = """
    SELECT concat_ws(' ', first_name, last_name) AS contact,
           contacts.emails->0->>'email' AS email,
           count(*) AS engagements,
           sum(length(transcript)) AS characters_said
    FROM (SELECT id, transcript, unnest(contacts->>'$[*].id') AS contact_id, tags->>'$[*].id' AS tag_ids
          FROM askelephant.engagements) AS engagement
    JOIN askelephant.contacts ON contacts.id = contact_id
    WHERE EXISTS (FROM askelephant.tags WHERE list_contains(tag_ids, tags.id) AND name LIKE 'Renewal%')
    GROUP BY ALL ORDER BY engagements DESC, characters_said DESC, email LIMIT 5
"""
NEXT = "SELECT engagement_type, count(*) FROM askelephant.engagements GROUP BY ALL ORDER BY 2 DESC"


def connector(config_file: Path) -> ab.Source:
    """The console script of this environment as a PyAirbyte source."""
    return ab.get_source(
        "source-askelephant",
        local_executable=Path(sysconfig.get_path("scripts")) / "source-askelephant",
        config=json.loads(config_file.read_text(encoding="utf-8")),
    )


def sync(source: ab.Source) -> int:
    """Bring the tables up to date, from the state that PyAirbyte keeps in the same file. Returns the records read."""
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


def stamps(table: str) -> dict[str, datetime]:
    """When each record in a table last changed, by id."""
    with duckdb.connect(DATABASE, read_only=True) as connection:
        return dict(connection.table(f"{SCHEMA}.{table}").select("id, updated_at").fetchall())


def state(stream: str) -> str:
    """A stream's state after the last sync."""
    with duckdb.connect(DATABASE, read_only=True) as connection:
        states = dict(connection.table(f"{SCHEMA}._airbyte_state").select("stream_name, state_json").fetchall())
    return json.dumps(json.loads(states[stream])["stream"]["stream_state"])
