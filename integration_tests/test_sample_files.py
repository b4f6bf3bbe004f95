"""The sample configurations, catalogs and states work as they stand with `python -m emulator` running."""

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from emulator import Emulator
from integration_tests.conftest import ROOT

SAMPLES = ROOT / "integration_tests"
CONNECTOR = Path(sysconfig.get_path("scripts")) / "source-askelephant"


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the console script in the folder of the sample files; exit code and messages."""
    done = subprocess.run([CONNECTOR, *arguments], cwd=SAMPLES, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def read(*arguments: str) -> list[dict[str, Any]]:
    exit_code, messages = run("read", "--config", "sample_config.json", *arguments)
    assert exit_code == 0
    return messages


def records(messages: list[dict[str, Any]]) -> list[str]:
    return [message["record"]["data"]["id"] for message in messages if message["type"] == "RECORD"]


def test_the_sample_config_succeeds_and_the_invalid_one_fails() -> None:
    for file, outcome in (("sample_config.json", "SUCCEEDED"), ("invalid_config.json", "FAILED")):
        exit_code, messages = run("check", "--config", file)
        (status,) = [message["connectionStatus"] for message in messages if message["type"] == "CONNECTION_STATUS"]
        assert (exit_code, status["status"]) == (0, outcome)


@pytest.mark.parametrize("catalog", ["configured_catalog.json", "configured_catalog_full_refresh.json"])
def test_the_catalogs_agree_with_discover(catalog: str) -> None:
    """All but the schema, which would be a copy that goes out of date."""
    (configured,) = ConfiguredAirbyteCatalogSerializer.load(json.loads((SAMPLES / catalog).read_text())).streams
    _, messages = run("discover", "--config", "sample_config.json")
    ((discovered,),) = [message["catalog"]["streams"] for message in messages if message["type"] == "CATALOG"]
    assert configured.stream.name == discovered["name"]
    assert [mode.value for mode in configured.stream.supported_sync_modes] == discovered["supported_sync_modes"]
    assert configured.stream.default_cursor_field == discovered["default_cursor_field"]
    assert configured.stream.source_defined_primary_key == discovered["source_defined_primary_key"]


@pytest.mark.parametrize("catalog", ["configured_catalog.json", "configured_catalog_full_refresh.json"])
def test_the_catalogs_read_everything(emulator: Emulator, catalog: str) -> None:
    assert sorted(records(read("--catalog", catalog))) == sorted(emulator.snapshot())


def test_the_sample_state_reads_what_changed_since(emulator: Emulator) -> None:
    found = records(read("--catalog", "configured_catalog.json", "--state", "sample_state.json"))
    newer = [id_ for id_, contact in emulator.snapshot().items() if contact["updated_at"] >= "2026-03-01T11:59:00"]
    assert sorted(found) == sorted(newer)
    assert 0 < len(found) < len(emulator.snapshot())


def test_the_abnormal_state_reads_nothing_and_stays() -> None:
    messages = read("--catalog", "configured_catalog.json", "--state", "abnormal_state.json")
    assert records(messages) == []
    states = [message["state"]["stream"]["stream_state"] for message in messages if message["type"] == "STATE"]
    assert states[-1]["updated_at"] == "2999-01-01T00:00:00Z"
