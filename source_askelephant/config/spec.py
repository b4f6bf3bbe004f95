"""The connector specification, derived from the configuration's model: JSON Schema as Airbyte's forms take it.

Airbyte renders neither ``$ref`` nor ``anyOf``, wants an object with ``oneOf`` where there is a choice, and
keeps what it doesn't know (such as what the platform adds) with ``additionalProperties``.
"""

from typing import Any

from airbyte_cdk.models import ConnectorSpecification

from source_askelephant.config.models import Config

DOCUMENTATION_URL = "https://docs.askelephant.ai"

_GROUPS = [
    {"id": "auth", "title": "Authentication"},
    {"id": "what", "title": "What to read"},
    {"id": "how", "title": "How to read"},
]
# What pydantic says for itself and Airbyte has no use for.
_NOT_FOR_FORMS = frozenset({"$defs", "additionalProperties", "discriminator", "writeOnly"})

Schema = dict[str, Any]


def connector_specification() -> ConnectorSpecification:
    """Return what ``spec`` prints."""
    model = Config.model_json_schema()
    form = _for_form(model, model["$defs"])
    form.pop("description", None)  # the model's docstring, which python -OO takes away
    return ConnectorSpecification(
        documentationUrl=DOCUMENTATION_URL,
        supportsIncremental=True,
        connectionSpecification={
            "$schema": "http://json-schema.org/draft-07/schema#",
            **form,
            "additionalProperties": True,
            "groups": _GROUPS,
        },
    )


def _for_form(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """One node of pydantic's schema in Airbyte's dialect, without references."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]] | {k: v for k, v in schema.items() if k != "$ref"}
    if "anyOf" in schema:  # an optional value: Airbyte leaves a field out, it has no null
        (value,) = (option for option in schema["anyOf"] if option != {"type": "null"})
        schema = value | {k: v for k, v in schema.items() if k != "anyOf"}
    form = {key: value for key, value in schema.items() if key not in _NOT_FOR_FORMS}
    if form.get("format") == "password":
        del form["format"]
    if form.get("default", 0) in (None, (), []):
        del form["default"]
    if "properties" in form:
        form["properties"] = {name: _for_form(field, definitions) for name, field in form["properties"].items()}
    if "oneOf" in form:
        form = {
            "type": "object",
            **form,
            "oneOf": [_for_form(option, definitions) for option in form["oneOf"]],
        }
    return form
