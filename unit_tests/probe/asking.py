"""What the probe's tests share."""

from collections.abc import Callable
from typing import Any

from probe.findings import Finding

Ask = Callable[..., dict[str, Finding]]
"""Runs the whole probe; see conftest.py."""

FEW_OF_EACH: dict[str, Any] = {"contacts": 350, "companies": 30, "users": 12, "tags": 5, "engagements": 40}


def answers(findings: dict[str, Finding]) -> dict[str, str]:
    """The answers by the questions' ids."""
    return {id_: finding.outcome.answer for id_, finding in findings.items()}
