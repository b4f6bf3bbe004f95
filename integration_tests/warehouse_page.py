"""The views of docs/running/warehouse.md: what the page says for an engine, and what has to come out of them."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from emulator import Emulator
from integration_tests.conftest import ROOT
from unit_tests.helpers.support import sample_config

PAGE = (ROOT / "docs/running/warehouse.md").read_text(encoding="utf-8")
DETAILS = ("transcript", "tags", "companies", "contacts", "owner")
QUERIES = {
    "contacts_current": "SELECT id, first_name FROM contacts_current",
    "contact_addresses": "SELECT id, kind, address, is_primary FROM contact_addresses",
    "contacts_with_company": "SELECT id, company_id, company, industry, domains FROM contacts_with_company",
    "engagement_companies": "SELECT engagement_id, company_id FROM engagement_companies",
    "engagement_contacts": "SELECT engagement_id, contact_id FROM engagement_contacts",
    "meetings_by_company_and_month": (
        "SELECT company_id, company, CAST(CAST(month AS date) AS varchar(10)) AS month, meetings, minutes "
        "FROM meetings_by_company_and_month"
    ),
    "contact_transcripts": (
        "SELECT contact_id, engagement_id, CAST(CAST(took_place_at AS date) AS varchar(10)) AS day, transcript "
        "FROM contact_transcripts"
    ),
}
Rows = list[list[Any]]


def statements(engine: str) -> list[str]:
    """The page's blocks for an engine, in order: its own, and those that are for any."""
    blocks = re.findall(r"^([^\n]*)\n\n```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    engines = {"PostgreSQL:", "DuckDB:"}
    assert engines < {before for before, _ in blocks}
    return [sql for before, sql in blocks if before not in engines - {f"{engine}:"}]


def ordered(rows: Rows) -> Rows:
    """Rows in an order that doesn't depend on the engine."""
    return sorted(rows, key=lambda row: json.dumps(row, ensure_ascii=False))


def expected(emulator: Emulator) -> dict[str, Rows]:
    """Rows of each view, in order, as the workspace has it."""
    contacts, companies = emulator.snapshot(), emulator.snapshot("companies")
    engagements = emulator.snapshot("engagements", DETAILS)
    addresses = [
        [id_, kind, item[field], item["is_primary"]]
        for id_, contact in contacts.items()
        for kind, field, items in (("email", "email", "emails"), ("phone", "phone_number", "phone_numbers"))
        for item in contact.get(items, [])
    ]
    with_company: Rows = []
    for id_, contact in contacts.items():
        company = companies.get(contact.get("company", {}).get("id"), {})
        domains = [each["domain"] for each in company["domains"]] if "domains" in company else None
        with_company.append([id_, company.get("id"), company.get("name"), company.get("industry"), domains])
    meetings: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for each in engagements.values():
        if each["engagement_type"] in {"MEETING", "CALL"}:
            for company in each["companies"]:
                meetings[company["id"], each["start_at"][:7]].append(each["duration_seconds"])
    parts = {
        name: [[id_, item["id"]] for id_, each in engagements.items() for item in each[name]]
        for name in ("companies", "contacts")
    }
    said = {id_: each for id_, each in engagements.items() if each["transcript"]}
    return {
        "contacts_current": [[id_, contact["first_name"]] for id_, contact in contacts.items()],
        "contact_addresses": addresses,
        "contacts_with_company": with_company,
        "engagement_companies": parts["companies"],
        "engagement_contacts": parts["contacts"],
        "meetings_by_company_and_month": [
            [id_, companies[id_]["name"], f"{month}-01", len(seconds), round(sum(seconds) / 60)]
            for (id_, month), seconds in meetings.items()
        ],
        "contact_transcripts": [
            [contact, id_, said[id_].get("start_at", said[id_]["engagement_at"])[:10], said[id_]["transcript"]]
            for id_, contact in parts["contacts"]
            if id_ in said
        ],
    }


def assert_views(found: dict[str, Rows], emulator: Emulator) -> None:
    """Each view gives what the workspace holds, and there is something of it."""
    for view, rows in expected(emulator).items():
        assert len(rows) > 5, view
        assert ordered(found[view]) == ordered(rows), view
    assert found.keys() == expected(emulator).keys()
    assert {f"CREATE VIEW {view} AS" for view in found} == set(re.findall(r"CREATE VIEW \w+ AS", PAGE))


def sync(cache: str, emulator: Emulator, folder: Path) -> int:
    """One sync of all streams, in a process of its own as a scheduler starts it; returns how many records it read.

    Args:
        cache: PyAirbyte's, as an expression.
        emulator: to read from.
        folder: to run in.
    """
    config = sample_config(emulator, engagement_details=list(DETAILS))
    program = f"""
import airbyte
from airbyte.caches import DuckDBCache, PostgresCache
source = airbyte.get_source("source-askelephant", local_executable="source-askelephant", config={config!r})
source.select_all_streams()
print("records:", source.read(cache={cache}).processed_records)
"""
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    environment = {**os.environ, "AIRBYTE_OFFLINE_MODE": "1", "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    return int(re.findall(r"records: (\d+)", done.stdout)[0])
