"""Python's -OO takes docstrings and asserts away: every command does the same without them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from unit_tests.helpers.processes import CONSOLE_SCRIPT, environment
from unit_tests.helpers.support import catalog, command_line


def printed(arguments: list[str], optimize: str) -> list[dict[str, Any]]:
    """What a command prints beside its log, without the times at which it did."""
    done = subprocess.run(
        [*CONSOLE_SCRIPT, *arguments],
        env={**environment(), "PYTHONOPTIMIZE": optimize},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    messages = [message for line in done.stdout.splitlines() if (message := json.loads(line))["type"] != "LOG"]
    for message in messages:
        message.get(message["type"].lower(), {}).pop("emitted_at", None)
        message.get("state", {}).get("stream", {}).get("stream_state", {}).pop("as_of", None)
    return messages


@pytest.mark.slow
@pytest.mark.parametrize("command", ["spec", "check", "discover", "read"])
def test_a_command_without_docstrings(config: dict[str, Any], tmp_path: Path, command: str) -> None:
    documents = {"spec": {}, "read": {"config": config, "catalog": catalog()}}
    arguments = command_line(tmp_path, command, **documents.get(command, {"config": config}))
    without = printed(arguments, "2")
    assert without == printed(arguments, "")
    assert without
