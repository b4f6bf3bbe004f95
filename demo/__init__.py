"""The demo: `make demo`, or `python -m demo.run` where the connector is installed with its extra `demo`."""

import os
from pathlib import Path

FOLDER = Path(".demo")
"""Everything that the demo writes, below the folder it is started in."""

# PyAirbyte reads these when it is imported.
os.environ.update(
    AIRBYTE_OFFLINE_MODE="1",  # neither registry look-ups nor telemetry
    AIRBYTE_CACHE_ROOT=str(FOLDER / "cache"),
    AIRBYTE_LOGGING_ROOT=str(FOLDER / "logs"),
    NO_LIVE_PROGRESS="1",  # an animation doesn't help in a log
)
