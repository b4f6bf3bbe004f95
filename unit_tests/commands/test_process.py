"""The process that a runner starts: how it ends when nobody reads what it writes, or when it is told to stop."""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, Settings
from unit_tests.helpers import leaks
from unit_tests.helpers.processes import environment, start_cold
from unit_tests.helpers.support import catalog, command_line

TIMEOUT = 20

Start = Callable[[], AbstractContextManager[subprocess.Popen[bytes]]]


@pytest.fixture
def start(emulator: Emulator, config: dict[str, Any], tmp_path: Path) -> Start:
    """Start a read of more than the queues and pipes between the workers and stdout can hold."""
    emulator.reset(Settings(contacts=30_000))
    arguments = command_line(tmp_path, "read", config=config, catalog=catalog())
    return lambda: start_cold(arguments, stderr=subprocess.PIPE)


def until_the_first_record(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout
    for line in process.stdout:
        if b'"RECORD"' in line:
            return
    raise AssertionError("the read ended before its first record")


@pytest.mark.slow
def test_nobody_reads_any_more(start: Start) -> None:
    with start() as process:
        until_the_first_record(process)
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(TIMEOUT) == 128 + signal.SIGPIPE
        assert process.stderr.read() == b""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_ends_within_seconds_by_the_signal_itself(start: Start, number: signal.Signals) -> None:
    with start() as process:
        until_the_first_record(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT)
        assert process.returncode == -number, "PyAirbyte takes nothing else of a connector that it has ended"
        leaks.assert_none(out + err)
        assert b"Traceback" not in out + err


@pytest.mark.slow
def test_only_the_host_of_the_configuration_is_contacted(
    emulator: Emulator, config: dict[str, Any], tmp_path: Path
) -> None:
    """Python tells an audit hook of every connection and of every name that is looked up."""
    host, port = emulator.origin.removeprefix("http://").split(":")
    commands = [
        command_line(tmp_path, "spec"),
        command_line(tmp_path, "check", config=config),
        command_line(tmp_path, "discover", config=config),
        command_line(tmp_path, "read", config=config, catalog=catalog()),
    ]
    program = f"""
import sys
contacted = set()
def hook(event, arguments):
    if event == "socket.connect":
        contacted.add(arguments[1])
    elif event == "socket.getaddrinfo":
        contacted.add(arguments[:2])
sys.addaudithook(hook)
from source_askelephant.run import run
for sys.argv[1:] in {commands}:
    run()
sys.stdout.flush()
print(contacted, file=sys.stderr)
assert contacted == {{("{host}", {port})}}
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"type":"RECORD"') == len(emulator.snapshot())
