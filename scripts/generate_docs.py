"""Write the streams and the tables of their fields into the documentation's page, from their facts and JSON schemas.

python scripts/generate_docs.py           write it
python scripts/generate_docs.py --check   write nothing; fail if the page is not what would be written
What stands between the page's two marks is replaced.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from source_askelephant.streams import STREAMS
from source_askelephant.streams.base import ListStream

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "integrations" / "sources" / "askelephant.md"
SCHEMAS = ROOT / "source_askelephant" / "schemas"
API_REFERENCE = "https://docs.askelephant.ai"
BEGIN, END = "<!-- streams: begin (make schemas) -->\n", "<!-- streams: end -->"

Schema = dict[str, Any]


def rows(schema: Schema, prefix: str = "") -> Iterator[str]:
    """Give a line for each field, and for each field within it."""
    for name, field in schema.get("properties", {}).items():
        kind = field.get("airbyte_type") or next(kind for kind in field["type"] if kind != "null")
        yield f"| `{prefix}{name}` | {kind} | {field.get('description', '')} |"
        yield from rows(field, f"{prefix}{name}.")
        yield from rows(field.get("items", {}), f"{prefix}{name}[].")


def section(stream: type[ListStream], schema: Schema) -> str:
    """Give what the page says of one stream."""
    facts = f"primary key `{stream.primary_key}`, cursor field `{stream.cursor_field}`, scope `{stream.scope}`"
    table = "\n".join(["| Field | Type | Meaning |", "|---|---|---|", *rows(schema)])
    return f"- [{stream.name}]({API_REFERENCE}) ({facts})\n\n{table}\n"


def with_streams(page: str, sections: Iterable[str]) -> str:
    """Return the page with its streams written anew.

    Raises:
        ValueError: if the page has no place for it.
    """
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page has no place for the streams: {BEGIN!r} … {END!r}")
    return "\n".join([f"{before}{BEGIN}", *sections, f"{END}{after}"])


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if the page has drifted from the streams."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page would change")
    given = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    schemas = {stream: json.loads((SCHEMAS / f"{stream.name}.json").read_text(encoding="utf-8")) for stream in STREAMS}
    wanted = with_streams(page, itertools.starmap(section, schemas.items()))
    if given.check and page != wanted:
        print(
            f"{PAGE.relative_to(ROOT)} is not what the streams and their schemas give. Run: make schemas",
            file=sys.stderr,
        )
        return 1
    if not given.check:
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
