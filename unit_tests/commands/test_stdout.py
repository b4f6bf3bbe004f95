"""stdout is UTF-8 whatever the environment says, and a platform without SIGPIPE will do."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unit_tests.helpers.processes import CONSOLE_SCRIPT, environment
from unit_tests.helpers.servers import page, serve
from unit_tests.helpers.support import catalog, command_line

NAME = "Żółć 🐘 名"
# Without UTF-8 mode, which Python would turn on by itself for the C locale (PEP 540 and 538).
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENVIRONMENTS = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "ascii-ignore": {"PYTHONIOENCODING": "ascii:ignore"},
    "utf-16": {"PYTHONIOENCODING": "utf-16"},
    "C": C_LOCALE,
}
WITHOUT_SIGPIPE = "import signal; del signal.SIGPIPE; from source_askelephant.run import run; run()"


def command(
    arguments: list[str], variables: dict[str, str], program: list[str] = CONSOLE_SCRIPT
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*program, *arguments], env={**environment(), **variables}, capture_output=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_records_are_utf_8(config: dict[str, Any], tmp_path: Path, name: str) -> None:
    record = {"id": "1", "updated_at": "2026-01-01T00:00:00Z", "full_name": NAME}
    with serve() as server:
        server.body = json.dumps(page([record])).encode()
        config["api_url"] = f"http://{server.address}/api"
        done = command(command_line(tmp_path, "read", config=config, catalog=catalog()), ENVIRONMENTS[name])
    assert (done.returncode, done.stderr) == (0, b"")
    messages = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert [message["record"]["data"] for message in messages if message["type"] == "RECORD"] == [record]


@pytest.mark.parametrize("name", ["ascii", "C"])
def test_what_is_said_is_utf_8(config: dict[str, Any], tmp_path: Path, name: str) -> None:
    done = command(command_line(tmp_path, "check", config={**config, "start_date": NAME}), ENVIRONMENTS[name])
    assert (done.returncode, done.stderr) == (0, b"")
    assert NAME in json.loads(done.stdout.splitlines()[-1])["connectionStatus"]["message"]


def test_the_help_is_utf_8() -> None:
    done = command(["--help"], ENVIRONMENTS["utf-16"])
    assert done.returncode == 0
    assert b"usage" in done.stdout


def test_a_platform_without_sigpipe(config: dict[str, Any], tmp_path: Path) -> None:
    done = command(command_line(tmp_path, "check", config=config), {}, [sys.executable, "-c", WITHOUT_SIGPIPE])
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"SUCCEEDED" in done.stdout
