"""The sample configurations, catalogs and states work as they stand with `python -m emulator` running."""

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from emulator import Emulator
from emulator.lists import LISTS
from integration_tests.conftest import ROOT, held

SAMPLES = ROOT / "integration_tests"
CONNECTOR = Path(sysconfig.get_path("scripts")) / "source-askelephant"
CATALOGS: dict[str, list[str]] = {
    "configured_catalog.json": list(LISTS),
    "configured_catalog_full_refresh.json": list(LISTS),
    "configured_catalog_contacts.json": ["contacts"],
}


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the console script in the folder of the sample files; exit code and messages."""
    done = subprocess.run([CONNECTOR, *arguments], cwd=SAMPLES, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def read(*arguments: str) -> list[dict[str, Any]]:
    exit_code, messages = run("read", "--config", "sample_config.json", *arguments)
    assert exit_code == 0
    return messages


def records(messages: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Ids of the records in ascending order, by stream."""
    found: dict[str, list[str]] = {}
    for message in messages:
        if message["type"] == "RECORD":
            found.setdefault(message["record"]["stream"], []).append(message["record"]["data"]["id"])
    return {stream: sorted(ids) for stream, ids in found.items()}


def test_the_sample_config_succeeds_and_the_invalid_one_fails() -> None:
    for file, outcome in (("sample_config.json", "SUCCEEDED"), ("invalid_config.json", "FAILED")):
        exit_code, messages = run("check", "--config", file)
        (status,) = [message["connectionStatus"] for message in messages if message["type"] == "CONNECTION_STATUS"]
        assert (exit_code, status["status"]) == (0, outcome)


@pytest.mark.parametrize(("catalog", "expected"), CATALOGS.items())
def test_the_catalogs_agree_with_discover(catalog: str, expected: list[str]) -> None:
    """All but the schema, which would be a copy that goes out of date."""
    configured = ConfiguredAirbyteCatalogSerializer.load(json.loads((SAMPLES / catalog).read_text())).streams
    _, messages = run("discover", "--config", "sample_config.json")
    (discovered,) = [message["catalog"]["streams"] for message in messages if message["type"] == "CATALOG"]
    assert [each.stream.name for each in configured] == expected
    offered = {stream["name"]: stream for stream in discovered}
    for stream in (each.stream for each in configured):
        found = offered[stream.name]
        assert [mode.value for mode in stream.supported_sync_modes] == found["supported_sync_modes"]
        assert stream.default_cursor_field == found["default_cursor_field"]
        assert stream.source_defined_cursor == found["source_defined_cursor"]
        assert stream.source_defined_primary_key == found["source_defined_primary_key"]


@pytest.mark.parametrize(("catalog", "expected"), CATALOGS.items())
def test_the_catalogs_read_everything(emulator: Emulator, catalog: str, expected: list[str]) -> None:
    workspace = held(emulator)
    assert records(read("--catalog", catalog)) == {of: sorted(workspace[of]) for of in expected}


def test_the_sample_state_reads_what_changed_since(emulator: Emulator) -> None:
    found = records(read("--catalog", "configured_catalog.json", "--state", "sample_state.json"))
    for of in LISTS:
        snapshot = emulator.snapshot(of)
        newer = [id_ for id_, record in snapshot.items() if record["updated_at"] >= "2026-03-01T11:59:00"]
        assert found[of] == sorted(newer)
        assert 0 < len(newer) < len(snapshot)


def test_a_state_of_the_future_reads_nothing_and_stays() -> None:
    """What the section `incremental` of acceptance-test-config.yml asks for."""
    sections = yaml.safe_load((ROOT / "acceptance-test-config.yml").read_text(encoding="utf-8"))["acceptance_tests"]
    (asked,) = sections["incremental"]["tests"]
    config, catalog = ROOT / asked["config_path"], ROOT / asked["configured_catalog_path"]
    state = ROOT / asked["future_state"]["future_state_path"]
    exit_code, messages = run("read", "--config", str(config), "--catalog", str(catalog), "--state", str(state))
    assert exit_code == 0
    assert records(messages) == {}
    states = [message["state"]["stream"] for message in messages if message["type"] == "STATE"]
    last = {state["stream_descriptor"]["name"]: state["stream_state"]["updated_at"] for state in states}
    assert last == dict.fromkeys(LISTS, "2999-01-01T00:00:00Z")
