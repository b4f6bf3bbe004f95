"""From the OpenAPI document to the streams' JSON schemas."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import generate_schemas
from unit_tests.helpers.support import nodes

ROOT = Path(__file__).resolve().parents[2]


def document(record: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """An OpenAPI document whose list at /v2/things answers such records."""
    data = {"type": "array", "items": record}
    answer = {"schema": {"type": "object", "properties": {"data": data}}}
    operation = {"responses": {"200": {"content": {"application/json": answer}}}}
    return {"paths": {"/v2/things": {"get": operation}}, "components": {"schemas": schemas}}


def field(schema: dict[str, Any], **schemas: Any) -> Any:
    record = {"type": "object", "properties": {"field": schema}}
    return generate_schemas.stream_schema(document(record, **schemas), "/v2/things")["properties"]["field"]


@pytest.mark.parametrize(
    ("openapi", "airbyte"),
    [
        ({"type": "string"}, {"type": ["string", "null"]}),
        ({"type": ["string", "null"], "description": "D."}, {"type": ["string", "null"], "description": "D."}),
        ({"type": "string", "enum": ["a"], "format": "email"}, {"type": ["string", "null"]}),
        (
            {"type": "string", "format": "date-time"},
            {"type": ["string", "null"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
        ),
        (
            {"type": "array", "items": {"type": "integer"}},
            {"type": ["array", "null"], "items": {"type": ["integer", "null"]}},
        ),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}},
            {
                "type": ["object", "null"],
                "properties": {"a": {"type": ["boolean", "null"]}},
                "additionalProperties": True,
            },
        ),
        (
            {"type": "object", "properties": {"a": {"type": "boolean"}}, "additionalProperties": True},
            {"type": ["object", "null"], "additionalProperties": True},
        ),
    ],
)
def test_converts(openapi: dict[str, Any], airbyte: dict[str, Any]) -> None:
    assert field(openapi) == airbyte


def test_references_are_resolved_and_what_stands_beside_them_wins() -> None:
    reference = {"$ref": "#/components/schemas/outer", "description": "Beside."}
    outer, inner = {"$ref": "#/components/schemas/inner"}, {"type": "string", "description": "Inner."}
    assert field(reference, outer=outer, inner=inner) == {"type": ["string", "null"], "description": "Beside."}


def test_what_it_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="doesn't know oneOf"):
        field({"oneOf": [{"type": "string"}]})


def test_the_real_document_gives_a_schema_that_destinations_accept() -> None:
    source = yaml.safe_load(generate_schemas.OPENAPI.read_text(encoding="utf-8"))
    schema = generate_schemas.stream_schema(source, "/v2/contacts")
    assert schema["properties"].keys() == source["components"]["schemas"]["contact"]["properties"].keys()
    assert all("null" in kind["type"] for kind in schema["properties"].values())
    for node in nodes(schema):
        assert not node.keys() & {"$ref", "allOf", "not", "required", "enum"}
        assert node.get("additionalProperties", True) is True


def test_check_fails_on_drift_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate_schemas.main(["--check"]) == 0, "the repository's own schemas are up to date"
    monkeypatch.setattr(generate_schemas, "ROOT", tmp_path)
    monkeypatch.setattr(generate_schemas, "SCHEMAS", tmp_path)
    assert generate_schemas.main(["--check"]) == 1
    assert "Out of date: contacts.json" in capsys.readouterr().err
    assert not list(tmp_path.iterdir()), "a check writes nothing"
    assert generate_schemas.main([]) == 0
    assert generate_schemas.main(["--check"]) == 0
    (tmp_path / "contacts.json").write_text("{}", encoding="utf-8")
    assert generate_schemas.main(["--check"]) == 1
