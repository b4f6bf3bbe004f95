"""Write the table of a stream's fields into its page of the documentation, from the JSON schema.

python scripts/generate_docs.py           write it
python scripts/generate_docs.py --check   write nothing; fail if the page is not what would be written
What stands between the page's two marks is replaced.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "integrations" / "sources" / "askelephant.md"
SCHEMA = ROOT / "source_askelephant" / "schemas" / "contacts.json"
BEGIN, END = "<!-- fields: begin (make schemas) -->\n", "<!-- fields: end -->"

Schema = dict[str, Any]


def rows(schema: Schema, prefix: str = "") -> Iterator[str]:
    """Give a line for each field, and for each field within it."""
    for name, field in schema.get("properties", {}).items():
        kind = field.get("airbyte_type") or next(kind for kind in field["type"] if kind != "null")
        yield f"| `{prefix}{name}` | {kind} | {field.get('description', '')} |"
        yield from rows(field, f"{prefix}{name}.")
        yield from rows(field.get("items", {}), f"{prefix}{name}[].")


def with_table(page: str, schema: Schema) -> str:
    """Return the page with its table made anew.

    Raises:
        ValueError: if the page has no place for it.
    """
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page has no place for the table: {BEGIN!r} … {END!r}")
    table = "\n".join(["| Field | Type | Meaning |", "|---|---|---|", *rows(schema)])
    return f"{before}{BEGIN}\n{table}\n\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if the page has drifted from the schema."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page would change")
    given = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    wanted = with_table(page, json.loads(SCHEMA.read_text(encoding="utf-8")))
    if given.check and page != wanted:
        print(f"{PAGE.relative_to(ROOT)} is not what the schema gives. Run: make schemas", file=sys.stderr)
        return 1
    if not given.check:
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
