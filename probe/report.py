"""The report: Markdown for people, JSON for programs."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from probe.findings import Finding, Verdict


def markdown(findings: Sequence[Finding], requests: int) -> str:
    """A table of all findings, what to do, and how each question was asked."""
    lines = [
        "# What this AskElephant API does",
        "",
        f"Asked by source-askelephant {_version()}, with {requests} requests. No personal data is in here: no id, and",
        "no text that the API sent. The connector's docs/probe.md says how to read it.",
        "",
        "| Id | Question | Answer | What that means |",
        "|---|---|---|---|",
        *(f"| `{asked.id}` | {asked.asks} | {came.answer} | {came.verdict.value} |" for asked, came in findings),
        "",
        "## What to do",
        "",
        *([f"- `{asked.id}`: {came.advice}" for asked, came in findings if came.advice] or ["Nothing."]),
        "",
        "## How each was asked, and what came",
    ]
    for asked, came in findings:
        lines += ["", f"### `{asked.id}`: {came.answer}", "", f"- Asked: {asked.how}.", f"- Assumed: {asked.assumed}."]
        lines += [f"- Came: {came.came}"]
    return "\n".join([*lines, ""])


def as_json(findings: Sequence[Finding], requests: int) -> str:
    """The same for programs."""
    document: dict[str, Any] = {
        "connector": _version(),
        "requests": requests,
        "findings": [
            {
                "id": asked.id,
                "question": asked.asks,
                "how": asked.how,
                "assumed": asked.assumed,
                "answer": came.answer,
                "came": came.came,
                "verdict": came.verdict.name.lower(),
                "advice": came.advice,
            }
            for asked, came in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def is_good(findings: Sequence[Finding]) -> bool:
    """Whether there is nothing that the connector can't deal with."""
    return all(came.verdict is not Verdict.NOT_COVERED for _, came in findings)


def _version() -> str:
    return version("airbyte-source-askelephant")
