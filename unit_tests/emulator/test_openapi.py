"""The emulator against the OpenAPI document that the connector's schemas come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings

from emulator import Emulator, Settings
from unit_tests.emulator.asking import Client, Params

DOCUMENT = Path(__file__).parents[2] / "openapi" / "askelephant.openapi.yaml"

# To the document these are strings of any kind; neither the emulator nor AskElephant accepts any string.
POSSIBLE = {
    "cursor": ["eyJpZCI6ImNudF8wMUhRWTNKTVMyUUFYSkdYNlg3Q0g3Q002WCJ9"],
    "filter[crm_associations][eq]": ['[{"id": "500001", "object_type": "contact"}]'],
}


def document() -> Any:
    described = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    for parameter in described["paths"]["/v2/contacts"]["get"]["parameters"]:
        if parameter["name"] in POSSIBLE:
            parameter["schema"]["enum"] = POSSIBLE[parameter["name"]]
    # The document lists problems as application/json and describes them as application/problem+json.
    problem = described["components"]["responses"]["Problem"]["content"]
    problem["application/problem+json"] = problem.pop("application/json")
    return described


@pytest.fixture(scope="module")
def api() -> Iterator[Client]:
    with Client(Emulator(Settings(contacts=150, shape="ties", cursor="record"))) as client:
        yield client


schema = schemathesis.openapi.from_dict(document())
schema.config.generation.update(allow_extra_parameters=False)  # unknown parameters are ignored, not refused


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: Any, api: Client) -> None:
    case.call_and_validate(base_url=api.emulator.url, headers={"Authorization": api.emulator.settings.api_key})


def test_every_page_is_as_documented(api: Client) -> None:
    operation = schema["/v2/contacts"]["GET"]
    asked: list[Params] = [{"limit": 100}, {"limit": 100, "order_by": "updated_at:asc"}, {"search": "no such"}]
    for params in asked:
        operation.validate_response(api.get(params))
