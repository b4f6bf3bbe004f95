"""PyAirbyte ends a connector early that has given enough records, and says nothing of it."""

import os
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

from emulator import Emulator

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
    environment = {
        **os.environ,
        "PATH": sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"],
        "AIRBYTE_LOGGING_ROOT": str(workplace / "logs"),
        "AIRBYTE_OFFLINE_MODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=workplace, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "5 in the sample" in done.stdout.splitlines()[-1]
    assert len(emulator.requests) < 2 + 50, "it was stopped"
