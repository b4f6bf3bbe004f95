"""Turn the API's OpenAPI document into the streams' JSON schemas.

    python scripts/generate_schemas.py           write them
    python scripts/generate_schemas.py --check   write nothing; fail if a file is not what would be written

A stream's schema is that of one item of ``data`` in the list's answer, in Airbyte's dialect: references
resolved, every field nullable (the API leaves out what has no value, and a column must survive that),
additional properties allowed (a new field of the API must not break a sync).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from source_askelephant.streams import STREAMS

ROOT = Path(__file__).resolve().parent.parent
OPENAPI = ROOT / "openapi" / "askelephant.openapi.yaml"
SCHEMAS = ROOT / "source_askelephant" / "schemas"

Schema = dict[str, Any]


def stream_schema(document: Schema, path: str) -> Schema:
    """Return the JSON schema of the records that a list's path answers.

    Raises:
        KeyError: if the document has no such path, or its answer is no list.
        ValueError: if a schema uses something that this conversion doesn't know.
    """
    answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    records = _resolve(_resolve(answer, document)["properties"]["data"], document)["items"]
    converted = _convert(records, document)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **converted, "type": "object"}


def _convert(schema: Schema, document: Schema) -> Schema:
    """One node in Airbyte's dialect. What destinations have no use for (enum, required, …) is left out."""
    schema = _resolve(schema, document)
    if unknown := schema.keys() & {"allOf", "anyOf", "oneOf", "not"}:
        raise ValueError(f"the conversion doesn't know {', '.join(sorted(unknown))}: {schema}")
    declared = schema["type"]
    types = [declared] if isinstance(declared, str) else [kind for kind in declared if kind != "null"]
    converted: Schema = {"type": [*types, "null"]}
    if "description" in schema:
        converted["description"] = schema["description"]
    if schema.get("format") == "date-time":
        converted |= {"format": "date-time", "airbyte_type": "timestamp_with_timezone"}
    if "items" in schema:
        converted["items"] = _convert(schema["items"], document)
    if schema.get("additionalProperties"):  # not all of its fields are documented, so that any is expected
        converted["additionalProperties"] = True
    elif "properties" in schema:
        fields = schema["properties"].items()
        converted["properties"] = {name: _convert(field, document) for name, field in fields}
        converted["additionalProperties"] = True
    return converted


def _resolve(schema: Schema, document: Schema) -> Schema:
    """Follow a reference. What stands beside it (OpenAPI 3.1 allows that) wins over what it refers to."""
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return beside
    target: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**_resolve(target, document), **beside}


def render(schema: Schema) -> str:
    """The text of a schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the schemas, or check them; return the exit code."""
    parser = argparse.ArgumentParser(description="Generate the streams' JSON schemas from the OpenAPI document.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    check = parser.parse_args(arguments).check
    document = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    drifted = []
    for stream in STREAMS:
        file, text = SCHEMAS / f"{stream.name}.json", render(stream_schema(document, f"/{stream.resource}"))
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            drifted.append(file.relative_to(ROOT))
            if not check:
                file.write_text(text, encoding="utf-8")
    if check and drifted:
        print(f"Out of date: {', '.join(map(str, drifted))}. Run: python scripts/generate_schemas.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
