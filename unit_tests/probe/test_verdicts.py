"""What an answer means for the connector, and what to do: a person who reads the report knows what to change."""

from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.faults import Fault
from probe.findings import Verdict
from unit_tests.helpers.servers import page
from unit_tests.probe.asking import FEW_OF_EACH, Ask

NAMED_LIKE_AN_ID = "cnt_01HQY3JMS2QAXJGX6X7CH7CM6X"


@pytest.mark.parametrize(
    ("settings", "id_", "verdict", "advice"),
    [
        ({"cursor_beside": "alone"}, "cursor-beside", Verdict.NOT_COVERED, "streams/base.py"),
        ({"cursor_beside": "alone", "cursor_keeps": "query"}, "cursor-beside", Verdict.COVERED, ""),
        ({"ignored_filters": ("gte",)}, "filters", Verdict.NOT_COVERED, "Reading ends in an error"),
        ({"ignored_filters": ("gt",)}, "filters", Verdict.COVERED, ""),
        ({"ignored_filters": ("crm_associations",)}, "crm", Verdict.NOT_COVERED, "crm_contact_ids"),
        ({"ties": "request", "shape": "ties"}, "ties-order", Verdict.COVERED, "ask AskElephant"),
        ({"date_skew_seconds": 3600.0}, "clock", Verdict.COVERED, "clocks is wrong"),
        ({"scopes": ("contacts:read",)}, "lists", Verdict.AS_ASSUMED, "Add the scopes"),
    ],
)
def test_what_it_means(
    emulator: Emulator, ask: Ask, settings: dict[str, Any], id_: str, verdict: Verdict, advice: str
) -> None:
    emulator.reset(Settings(**{**FEW_OF_EACH, **settings}))
    outcome = ask()[id_].outcome
    assert (outcome.verdict, advice in outcome.advice, bool(outcome.advice)) == (verdict, True, bool(advice))


def test_a_list_that_is_refused_for_no_scope(emulator: Emulator, ask: Ask) -> None:
    emulator.fail_next(Fault("status", status=404), after=1)
    outcome = ask()["lists"].outcome
    assert (outcome.answer, outcome.verdict) == ("all but companies", Verdict.NOT_COVERED)
    assert "companies 404" in outcome.came
    assert "Leave these streams out" in outcome.advice


def test_how_a_refusal_looks(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(scopes=("contacts:read",)))
    came = ask()["errors"].outcome.came
    assert "a wrong key: 401 as application/problem+json and WWW-Authenticate, fields: detail, request_id" in came
    assert "a broken timestamp: 400 as application/problem+json, fields: detail, errors" in came
    assert "an unknown list: 404 as application/problem+json" in came
    assert "a missing scope: 403 as application/problem+json" in came


def test_one_question_that_the_server_fails_at_leaves_the_others_alone(emulator: Emulator, ask: Ask) -> None:
    emulator.fail_next(Fault("status", status=500), after=5, times=3)
    findings = ask()
    assert findings["credential"].outcome.answer == "no usable answer"
    assert findings["credential"].outcome.came == "Status 500, again and again."
    assert findings["order"].outcome.answer == "kept"


def test_fields_that_nobody_declared(emulator: Emulator, ask: Ask) -> None:
    record = {
        "id": "cnt_1",
        "updated_at": "2026-03-01T12:00:00Z",
        "nickname": "Ada",
        "first_name": 7,
        "emails": [{"email": "ada@example.com", "kind": "work"}],
        "custom_fields": {"Shoe size": 38},
        NAMED_LIKE_AN_ID: [1],
    }
    emulator.fail_next(Fault("body", body=page([record])))
    outcome = ask()["schema"].outcome
    assert outcome.answer == "differs"
    assert outcome.came == (
        "Fields that the schema doesn't have: contacts.custom_fields (object), contacts.emails[].kind (string), "
        "contacts.nickname (string), contacts.… (array). Of another type: contacts.first_name is declared as string or "
        "null, but came as integer (1 times)."
    )


def test_an_envelope_that_lacks_something(emulator: Emulator, ask: Ask) -> None:
    emulator.fail_next(Fault("body", body={"data": [], "has_more": False, "total": 0}), times=100)
    outcome = ask()["envelope"].outcome
    assert (outcome.answer, outcome.verdict) == ("without next_cursor object", Verdict.COVERED)
    assert outcome.came == "Fields of 5 pages: data, has_more, total."
