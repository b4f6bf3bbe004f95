"""No value that the API sent, and no credential, stands in a report."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.lists import LISTS, SCOPES
from probe import asked, report
from probe.access import PARTS
from probe.asked import QUESTIONS, probe
from probe.asking import Api
from probe.findings import Outcome, Question, Verdict
from probe.session import Session
from unit_tests.helpers import leaks
from unit_tests.helpers.support import sample_config, slow
from unit_tests.probe.asking import FEW_OF_EACH

SHORTEST = 4
"""Of the texts that are looked for: shorter ones stand everywhere."""
VERSION = version("airbyte-source-askelephant")
KINDS_OF_CONTENT = {"application/json", "application/problem+json"}
"""The report says how an error is written. A header's value that isn't one of these is looked for."""
CODE = " ".join([*PARTS, *(path.read_text(encoding="utf-8") for path in Path(asked.__file__).parent.glob("*.py"))])
"""What stands in the report whatever is sent: words of the probe's own, and the names of parts that it asks for."""


def values(node: Any) -> Iterator[str]:
    """All texts and numbers in a JSON document, as texts. (The names of fields are what a report is for.)"""
    if isinstance(node, Mapping):
        for inner in node.values():
            yield from values(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner)
    elif node is not None and not isinstance(node, bool):
        yield str(node)


def sent(emulator: Emulator, session: Session) -> set[str]:
    """All that the emulator has sent to the probe, and all else that its records hold; and each word of it."""
    found = {value for answer in session.api.answers for value in values(answer.document)}
    found |= {value for answer in session.api.answers for value in answer.headers.values()} - KINDS_OF_CONTENT
    for name, listing in LISTS.items():
        found |= set(values(emulator.snapshot(of=name, expand=list(listing.parts))))
    found |= set(leaks.forms(emulator.settings.api_key).values())
    found |= {word.rstrip(".:") for value in found for word in re.findall(r"[\w.+@:-]{5,}", value)}
    return {value for value in found if len(value) >= SHORTEST}


def leaked(texts: list[str], values: set[str]) -> set[str]:
    """Those of the values that stand in one of the texts; but for what the report has of its own."""
    everything = "\n".join(texts)
    everything = everything.replace(f"source-askelephant {VERSION}", "")
    return {value for value in values if value in everything and value not in CODE}


def run(emulator: Emulator, questions: tuple[Question, ...] = QUESTIONS) -> set[str]:
    """Run the probe; return what its reports leak."""
    session = Session(Api(sample_config(emulator), lambda _: None), [0.0])
    findings = list(probe(session, questions))
    as_json = report.as_json(findings, session.api.requests)
    document = json.loads(as_json)
    assert document.pop("connector") == VERSION
    texts = [report.markdown(findings, session.api.requests), json.dumps(document), "\n".join(values(document))]
    found = sent(emulator, session)
    assert len(found) > 1_000
    return leaked(texts, found)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"shape": "ties", "cursor": "record", "scopes": SCOPES[:3]},
        *slow(
            {"cursor_beside": "alone", "cursor_keeps": "query"},
            {"cursor_ttl_requests": 0, "validation_status": 422},
            {"ignored_filters": ("all",)},
            {"precision": "us", "stored_precision": "us", "most_per_page": 30, "hidden_share": 0.3},
            {"rate_limit": 1000, "rate_limit_kind": "window", "rate_limit_headers": "x", "future_contacts": 5},
        ),
    ],
)
def test_nothing_that_was_sent_is_in_a_report(emulator: Emulator, settings: dict[str, Any]) -> None:
    emulator.reset(Settings(**{**FEW_OF_EACH, "private_share": 0.2, **settings}))
    assert run(emulator) == set()


def _first_id(session: Session) -> object:
    return session.sample[0]["id"]


def _name(session: Session) -> object:
    return next(record["first_name"] for record in session.sample if len(record.get("first_name", "")) > SHORTEST)


def _timestamp(session: Session) -> object:
    return session.sample[0]["updated_at"]


def _cursor(session: Session) -> object:
    return session.pages[0].cursor


def _request_id(session: Session) -> object:
    return session.page(session.main, gte="broken").document["request_id"]


def _key(_: Session) -> object:
    return Settings().api_key


@pytest.mark.parametrize("secret", [_first_id, _name, _timestamp, _cursor, _request_id, _key])
def test_a_question_that_leaks_is_found(emulator: Emulator, secret: Any) -> None:
    def leak(session: Session) -> Outcome:
        return Outcome("leaks", f"It begins with {secret(session)}.", Verdict.UNKNOWN)

    emulator.reset(Settings(**FEW_OF_EACH))
    assert run(emulator, (*QUESTIONS, Question("leak", "?", "?", "nothing", leak)))
