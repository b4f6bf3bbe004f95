"""The specification that ``spec`` prints: a snapshot, and Airbyte's rules for forms."""

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import ConnectorSpecificationSerializer
from jsonschema import Draft7Validator

from source_askelephant.config.models import Config
from source_askelephant.config.parsing import parse_config
from source_askelephant.config.spec import connector_specification
from unit_tests.config.test_config import INVALID, KEY, VALID, with_key, with_oauth, with_token
from unit_tests.helpers.support import Connector, nodes

SNAPSHOT = Path(__file__).parent / "spec.json"
SPEC: dict[str, Any] = ConnectorSpecificationSerializer.dump(connector_specification())
FORM: dict[str, Any] = SPEC["connectionSpecification"]


def test_it_is_what_the_snapshot_says() -> None:
    """A change of the form is seen in review: copy the new one into spec.json when it is meant."""
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == SPEC


def test_the_command_prints_it(connector: Connector) -> None:
    (spec,) = [message.spec for message in connector("spec").messages if message.spec]
    assert ConnectorSpecificationSerializer.dump(spec) == SPEC


def test_it_is_a_json_schema_without_what_forms_cannot_show() -> None:
    Draft7Validator.check_schema(FORM)
    for node in nodes(FORM):
        assert not node.keys() & {"$ref", "$defs", "anyOf", "allOf", "not", "writeOnly", "discriminator"}


def test_every_field_is_explained_and_has_its_place() -> None:
    assert FORM["properties"].keys() == Config.model_fields.keys()
    groups = {group["id"] for group in FORM["groups"]}
    for field in FORM["properties"].values():
        assert field["title"]
        assert field["description"].endswith(".")
        assert field["group"] in groups
        assert ("pattern" in field) == ("pattern_descriptor" in field)
    orders = [field["order"] for field in FORM["properties"].values()]
    assert orders == list(range(len(orders)))


def test_the_choice_of_credentials_has_one_constant_each() -> None:
    credentials = FORM["properties"]["credentials"]
    assert credentials["type"] == "object"
    constants = [option["properties"]["auth_type"]["const"] for option in credentials["oneOf"]]
    assert constants == ["api_key", "access_token", "oauth2.0"]
    for option in credentials["oneOf"]:
        assert option["type"] == "object"
        assert "auth_type" in option["required"]
        for secret in option["properties"].keys() - {"auth_type", "token_expiry_date"}:
            assert option["properties"][secret]["airbyte_secret"] is True
            stored = constants[-1] == option["properties"]["auth_type"]["const"] and secret == "access_token"
            assert (secret in option["required"]) != stored
        orders = [field["order"] for field in option["properties"].values()]
        assert orders == list(range(len(orders)))


@pytest.mark.parametrize(
    "accepted",
    [
        VALID,
        with_key(f" Bearer {KEY}\n"),
        with_token("demo-access-token"),
        with_oauth(),
        *(
            {**VALID, "start_date": date}
            for date in ("2024-01-01", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00+02:00")
        ),
        {**VALID, "api_url": "http://127.0.0.1:8765/api/", "crm_contact_ids": ["1"], "num_workers": 20},
    ],
)
def test_what_the_connector_accepts_the_form_accepts(accepted: dict[str, Any]) -> None:
    parse_config(accepted)
    Draft7Validator(FORM).validate(accepted)


@pytest.mark.parametrize(("raw", "_sentence"), [case for case in INVALID if "T00:00:00'" not in case[1]])
def test_no_mistake_makes_the_form_itself_fail(raw: dict[str, Any], _sentence: str) -> None:
    """The form may accept what the connector refuses, but validating it never raises."""
    list(Draft7Validator(FORM).iter_errors(raw))
