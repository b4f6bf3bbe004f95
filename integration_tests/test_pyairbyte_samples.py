"""PyAirbyte ends a connector early that has given enough records, and says nothing of it."""

import sys
from dataclasses import replace
from pathlib import Path

from emulator import Emulator
from integration_tests.test_readme import SHELL, run

PROGRAM = """
import json
from pathlib import Path
import airbyte
source = airbyte.get_source(
    "source-askelephant",
    local_executable="source-askelephant",
    config=json.loads(Path("integration_tests/sample_config.json").read_text()),
    streams=["contacts"],
)
print(len(source.get_samples()["contacts"]), "in the sample")
"""


def test_a_sample_is_taken_without_a_traceback(workplace: Path, emulator: Emulator) -> None:
    emulator.reset(replace(emulator.settings, contacts=5_000))  # more than pipes hold: it is stopped while it reads
    said = run([*SHELL, '"$0" -c "$1" 2>&1', sys.executable, PROGRAM], workplace)
    assert "Traceback" not in said
    assert "5 in the sample" in said.splitlines()[-1]
    assert len(emulator.requests) < 2 + 50, "it was stopped"
