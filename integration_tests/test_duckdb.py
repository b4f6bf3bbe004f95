"""A sync into DuckDB through PyAirbyte, and the views of docs/running/warehouse.md in it."""

from pathlib import Path

import duckdb

from emulator import Emulator
from integration_tests.conftest import held
from integration_tests.warehouse_page import QUERIES, assert_views, statements, sync


def test_the_views(emulator: Emulator, tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    cache = f"DuckDBCache(db_path={str(database)!r}, schema_name='askelephant', cleanup=False)"
    assert sync(cache, emulator, tmp_path) == sum(map(len, held(emulator).values()))

    with duckdb.connect(database) as connection:
        connection.execute("USE askelephant")
        for statement in statements("DuckDB"):
            connection.execute(statement)
        found = {view: [list(row) for row in connection.execute(query).fetchall()] for view, query in QUERIES.items()}
        assert_views(found, emulator)
        connection.execute(
            "INSERT INTO contacts SELECT * REPLACE ('Before' AS first_name, TIMESTAMP '2000-01-01' AS updated_at) "
            "FROM contacts"
        )
        found["contacts_current"] = [list(row) for row in connection.execute(QUERIES["contacts_current"]).fetchall()]
        assert_views(found, emulator)
