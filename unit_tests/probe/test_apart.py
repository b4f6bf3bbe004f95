"""The probe stands beside the connector: it isn't delivered with it, and nothing of the connector needs it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_not_in_the_wheel() -> None:
    packages = re.findall(
        r"packages=find_packages\(include=\[(.*)\]\)", (ROOT / "setup.py").read_text(encoding="utf-8")
    )
    assert packages == ['"source_askelephant", "source_askelephant.*"']


def test_it_is_not_in_the_image() -> None:
    for name in (".dockerignore", "Dockerfile"):
        assert "probe" not in (ROOT / name).read_text(encoding="utf-8")


def test_its_reports_are_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/probe-report.md", "/probe-report.json"} <= set(ignored)


@pytest.mark.parametrize(
    ("folder", "others"),
    [("source_askelephant", "probe|emulator"), ("probe", "emulator|unit_tests"), ("emulator", "probe|source_\\w+")],
)
def test_who_imports_whom(folder: str, others: str) -> None:
    imports = re.compile(rf"^\s*(?:from|import) (?:{others})\b", re.MULTILINE)
    assert [path for path in (ROOT / folder).rglob("*.py") if imports.search(path.read_text(encoding="utf-8"))] == []
