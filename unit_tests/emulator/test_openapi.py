"""The emulator against the OpenAPI document that the connector's schemas come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings

from emulator import Emulator, Settings
from unit_tests.emulator.asking import EVERY_LIST, Client, Params

DOCUMENT = Path(__file__).parents[2] / "openapi" / "askelephant.openapi.yaml"
PARTS = ("companies", "contacts", "owner", "action_items", "signals", "transcript", "media_url", "tags")

# To the document these are strings of any kind; neither the emulator nor AskElephant accepts any string.
POSSIBLE = {
    "cursor": ["eyJpZCI6ImNudF8wMUhRWTNKTVMyUUFYSkdYNlg3Q0g3Q002WCJ9"],
    "filter[engagement_type][eq]": ["MEETING", "CALL"],
    "filter[engagement_type][in]": ["MEETING", "CALL,EMAIL,NOTE"],
    "filter[processing_status][eq]": ["COMPLETED"],
    "filter[processing_status][in]": ["PENDING,PROCESSING", "FAILED"],
    "filter[company_ids][eq]": ["cmp_01HQY3JMS2QAXJGX6X7CH7CM6X"],
    "filter[company_ids][in]": ["cmp_01HQY3JMS2QAXJGX6X7CH7CM6X,cmp_2"],
    "filter[contact_ids][eq]": ["cnt_01HQY3JMS2QAXJGX6X7CH7CM6X"],
    "filter[contact_ids][in]": ["cnt_01HQY3JMS2QAXJGX6X7CH7CM6X,cnt_2"],
}
CRM = "filter[crm_associations][eq]"
POSSIBLE_CRM = {
    "/v2/contacts": ['[{"id": "500001", "object_type": "contact"}]'],
    "/v2/companies": ['[{"id": "700001", "object_type": "company"}]'],
    "/v2/engagements": [f'[{{"id": "900001", "object_type": "{kind}"}}]' for kind in ("company", "contact", "deal")],
}


def document() -> Any:
    described = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    described["components"]["parameters"]["cursor"]["schema"]["enum"] = POSSIBLE["cursor"]
    for path, operations in described["paths"].items():
        for parameter in operations["get"]["parameters"]:
            if parameter.get("name") == CRM:
                parameter["schema"]["enum"] = POSSIBLE_CRM[path]
            elif parameter.get("name") in POSSIBLE:
                parameter["schema"]["enum"] = POSSIBLE[parameter["name"]]
    # The document lists problems as application/json and describes them as application/problem+json.
    problem = described["components"]["responses"]["Problem"]["content"]
    problem["application/problem+json"] = problem.pop("application/json")
    return described


@pytest.fixture(scope="module")
def api() -> Iterator[Client]:
    counts = {"contacts": 150, "companies": 60, "users": 30, "tags": 30, "engagements": 150}
    kinds = {"shape": "ties", "cursor": "record", "private_share": 0.2, "processing_share": 0.2}
    with Client(Emulator(Settings(**counts, **kinds))) as client:  # type: ignore[arg-type]  # fields of any type
        yield client


schema = schemathesis.openapi.from_dict(document())
schema.config.generation.update(allow_extra_parameters=False)  # unknown parameters are ignored, not refused


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: Any, api: Client) -> None:
    case.call_and_validate(base_url=api.emulator.url, headers={"Authorization": api.emulator.settings.api_key})


@EVERY_LIST
def test_every_page_is_as_documented(api: Client, of: str) -> None:
    operation = schema[f"/v2/{of}"]["GET"]
    asked: list[Params] = [{"limit": 100}, {"limit": 100, "order_by": "updated_at:asc"}, {"search": "no such"}]
    for params in asked:
        answer = api.get(params, of=of)
        operation.validate_response(answer)
        assert answer.json()["data"] or params.get("search")


def test_every_part_is_as_documented(api: Client) -> None:
    operation = schema["/v2/engagements"]["GET"]
    for expand in (*PARTS, ",".join(PARTS)):
        answer = api.get({"limit": 100, "expand": expand}, of="engagements")
        operation.validate_response(answer)
        assert all(part in engagement for engagement in answer.json()["data"] for part in expand.split(","))


def test_all_parts_are_those_of_the_document() -> None:
    (expand,) = (
        each for each in document()["paths"]["/v2/engagements"]["get"]["parameters"] if each.get("name") == "expand"
    )
    assert set(expand["schema"]["items"]["enum"]) == set(PARTS)
