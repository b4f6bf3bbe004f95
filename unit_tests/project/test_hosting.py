"""What GitHub and Renovate read of this repository has the form that they take, and finds what it is meant for."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def found(manager: dict[str, Any]) -> dict[str, list[tuple[str, ...]]]:
    """What one of Renovate's custom managers finds, file by file."""
    (pattern,) = manager["matchStrings"]
    places = {}
    for path in (*ROOT.glob("*"), *ROOT.glob("scripts/*")):
        name = str(path.relative_to(ROOT))
        if any(re.search(each.strip("/"), name) for each in manager["managerFilePatterns"]):
            places[name] = re.findall(pattern.replace("(?<", "(?P<"), path.read_text(encoding="utf-8"))
    return places


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-issue-forms", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))),
        ("renovate", [ROOT / ".github/renovate.json"]),
    ],
)
def test_the_files_have_the_form_that_is_taken(schema: str, files: list[Path]) -> None:
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_actions_are_pinned_to_a_commit_and_say_its_version() -> None:
    for workflow in WORKFLOWS:
        for action in re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8")):
            assert re.fullmatch(r"\./\S+( #.*)?|[\w./-]+@[0-9a-f]{40} # v[\d.]+", action), action


def test_the_workflow_tests_each_python_that_the_package_names() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))["jobs"]
    tested = {*jobs["unit"]["strategy"]["matrix"]["python"], jobs["all"]["steps"][1]["with"]["python-version"]}
    named = re.findall(r"Programming Language :: Python :: (3\.\d+)", (ROOT / "setup.py").read_text(encoding="utf-8"))
    assert tested >= set(named)


def test_renovate_finds_the_base_image_in_both_places_and_the_tools_of_scripts() -> None:
    base, tools = json.loads((ROOT / ".github/renovate.json").read_text(encoding="utf-8"))["customManagers"]
    places = found(base)
    assert set(places) == {"Dockerfile", "metadata.yaml"}
    assert places["Dockerfile"] == places["metadata.yaml"] != []
    for name, tool in found(tools).items():
        assert bool(tool) is bool(re.search(r"\w==\d", (ROOT / name).read_text(encoding="utf-8"))), name


def test_renovate_can_run_the_command_that_made_the_lock() -> None:
    # It knows neither other commands nor an option's value after a blank.
    header = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()[1]
    assert re.fullmatch(r"#    uv pip compile( --[a-z-]+(=\S+)?)+ setup\.py", header)
