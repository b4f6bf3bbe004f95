"""The documentation names every assumption as the probe does, its example is true, and the issue form can be read."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator import Emulator, Settings
from emulator.__main__ import DEFAULT_COUNTS
from probe import load, report
from probe.asked import QUESTIONS, probe
from probe.asking import Api
from probe.findings import Question
from probe.session import Session
from unit_tests.helpers.support import sample_config

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "probe.md").read_text(encoding="utf-8")
ASKED = (*QUESTIONS, load.question())
IDS = {question.id for question in ASKED}
ID = re.compile(r"`([a-z]+(?:-[a-z]+)*)`")


def ids(section: str, column: int = 1) -> set[str]:
    """The ids in a column of the tables of a section."""
    rows = [line.split("|")[column] for line in section.splitlines() if line.startswith("| `")]
    return {found for cell in rows for found in ID.findall(cell)}


def test_ids_are_given_once() -> None:
    assert len(IDS) == len(ASKED)


def test_each_assumption_has_an_id_that_the_report_names() -> None:
    reading = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    section = reading.partition("## What is assumed of the server")[2].partition("What can't be had")[0]
    table = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert len(table) == 10
    assert all(ID.search(line.split("|")[1]) for line in table)
    assumed = section.partition("Assumed are:")[2]
    named = ids(section) | set(ID.findall(assumed)) - {"lookback_window_seconds"}
    assert named <= IDS
    assert {"filters", "order", "change-moves", "late-changes"} <= set(ID.findall(assumed))


@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.id)
def test_each_question_is_explained(question: Question) -> None:
    id_, asks, how, assumed, _ = question
    assert f"| `{id_}` | {asks} | {how} | {assumed} |\n" in PAGE


def test_what_to_change_is_said_of_each_question_that_is_asked() -> None:
    section = PAGE.partition("## How to read it")[2].partition("## An example")[0]
    assert ids(section) == IDS - {"page-shows", "late-changes", "change-moves"}


def test_the_numbers_are_so() -> None:
    assert f"with {load.most()} requests at most" in PAGE


def test_the_example_is_what_comes(emulator: Emulator) -> None:
    settings: dict[str, Any] = {
        "shape": "ties",
        "cursor": "after",
        "stored_precision": "us",
        "newest": "2026-03-01T12:00:00Z",
        "ignored_filters": ("crm_associations",),
        "date_skew_seconds": 3600.0,
        "scopes": ("contacts:read", "companies:read", "engagements:read"),
    }
    emulator.reset(Settings(**{**DEFAULT_COUNTS, **settings}))
    session = Session(Api(sample_config(emulator), lambda _: None), [0.0])
    came = report.markdown(list(probe(session)), session.api.requests)
    (example,) = re.findall(r"```markdown\n(.*?)\n```", PAGE, re.DOTALL)
    lines = [line for line in example.splitlines() if "…" not in line or line.startswith("| `")]
    assert [line for line in lines if line not in came.splitlines()] == []


def test_the_issue_form_asks_for_what_is_needed() -> None:
    (path,) = (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"] == "Records are missing"
    fields = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    required = {id_ for id_, field in fields.items() if field.get("validations", {}).get("required")}
    assert required == {"what", "report", "version", "configuration", "log"}
    for field in fields.values():
        assert field["type"] in {"input", "textarea"}
        assert field["attributes"].keys() <= {"label", "description", "placeholder", "value", "render"}
    assert "make probe CONFIG=secrets/config.json" in fields["report"]["attributes"]["description"]


def test_the_readme_says_what_to_send() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## When something is missing")[2]
    section = section.partition("\n## ")[0]
    assert "make probe CONFIG=secrets/config.json" in section
    assert "docs/probe.md" in section
