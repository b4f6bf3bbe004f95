"""Whatever ends a read, the process has ended within seconds, with its exit code and one sentence.

Each is tried with workers that are busy, and with workers that wait for minutes as the API asked them to. What happens
to the main thread comes with a signal, or from a piece of Python or of the CDK that a program replaces beforehand.
"""

import contextlib
import gc
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from airbyte_cdk.models import AirbyteMessage, ConfiguredAirbyteCatalog, ConfiguredAirbyteCatalogSerializer, Type

from emulator import FOREVER, Emulator, Fault, Settings
from source_askelephant.source import SourceAskElephant
from unit_tests.helpers import leaks
from unit_tests.helpers.processes import CONSOLE_SCRIPT, environment
from unit_tests.helpers.support import catalog, command_line

SECONDS = 10.0
"""What an end may take, on a machine that is busy with other tests."""
WAITS = {
    "busy": None,
    "rate limit": Fault("status", status=429, headers={"Retry-After": "600"}),
    "outage": Fault("status", status=503, headers={"Retry-After": "600"}),
}
PAGES_BEFORE = 20

STRUCK = """
import signal
def strike(*_):
    raise {error}
signal.signal(signal.SIGUSR1, strike)
"""
THREADS = """
import threading
start = threading.Thread.start
def refuse(thread):
    if sum("worker" in other.name for other in threading.enumerate()) >= 3:
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = refuse
"""
NEARLY_NO_MEMORY = """
import pathlib, tempfile
from airbyte_cdk.utils import memory_monitor
folder = pathlib.Path(tempfile.mkdtemp())
for name, text in {"CURRENT": "990", "MAX": "1000", "STAT": "anon 980"}.items():
    (folder / name).write_text(text)
    setattr(memory_monitor, f"_CGROUP_V2_{name}", folder / name)
memory_monitor.MemoryMonitor.__init__.__defaults__ = (500,)  # looks so often
"""
REPOSITORY = """
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
calls = []
def fail(self, *_):
    calls.append(1)
    if len(calls) > {calls}:
        raise OSError("the repository is broken")
    return []
ConcurrentMessageRepository.{method} = fail
"""
RUN = "from source_askelephant.run import run\nrun()\n"


@pytest.fixture(params=WAITS)
def waits(request: pytest.FixtureRequest, emulator: Emulator) -> None:
    """A read that goes on for long: of many contacts, or since the API lets it wait."""
    emulator.reset(Settings(contacts=12_000))
    fault = WAITS[request.param]
    if fault is not None:
        emulator.fail_next(fault, after=PAGES_BEFORE, times=FOREVER)


@pytest.fixture
def arguments(config: dict[str, Any], tmp_path: Path) -> list[str]:
    return command_line(tmp_path, "read", config=config, catalog=catalog())


@contextlib.contextmanager
def started(program: str, arguments: list[str], stdout: int | IO[Any]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=stdout, stderr=subprocess.PIPE, env=environment()
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[bytes], text: bytes) -> None:
    assert process.stdout
    assert any(text in line for line in process.stdout)


def whole(lines: list[bytes], cut: int) -> Iterator[dict[str, Any]]:
    """The messages, of which so many at most may have been cut."""
    for line in filter(None, lines):
        try:
            yield json.loads(line)
        except ValueError:
            cut -= 1
            assert cut >= 0, line


def end(process: subprocess.Popen[bytes], cut: int = 0) -> tuple[int, list[dict[str, Any]], str]:
    """Wait for its end: exit code, messages (of which some may be cut) and what stood on stderr."""
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        # Not communicate(): it passes over what has been taken from the pipe and not been asked for.
        out = process.stdout.read() if process.stdout else b""
        assert process.stderr
        err = process.stderr.read()
        leaks.assert_none(out + err)
        return process.wait(), list(whole(out.splitlines(), cut)), err.decode()
    finally:
        watchdog.cancel()


def sentences(messages: list[dict[str, Any]]) -> list[str]:
    return [message["trace"]["error"]["message"] for message in messages if "error" in message.get("trace", {})]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "exit_code", "sentence"),
    [
        ("MemoryError", 1, "The connector failed: MemoryError. What was read is kept"),
        ("SystemExit(3)", 3, None),
    ],
)
@pytest.mark.usefixtures("waits")
def test_the_main_thread_is_struck(arguments: list[str], error: str, exit_code: int, sentence: str | None) -> None:
    with started(STRUCK.format(error=error) + RUN, arguments, subprocess.PIPE) as process:
        until(process, b'"STATE"')
        time.sleep(0.5)  # a part of the runs waits by now
        process.send_signal(signal.SIGUSR1)
        began = time.monotonic()
        ended_with, messages, err = end(process, cut=1)  # it may be in the middle of a line
    assert time.monotonic() - began < SECONDS
    assert (ended_with, err) == (exit_code, "")
    said = sentences(messages)
    assert (sentence in said[0] and len(said) == 1) if sentence else not said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (THREADS, "RuntimeError: can't start new thread. What was read is kept"),
        (NEARLY_NO_MEMORY, "Source memory usage exceeded critical threshold (99% of container limit)."),
        (REPOSITORY.format(calls=300, method="consume_queue"), "OSError: the repository is broken"),
        (REPOSITORY.format(calls=0, method="emit_message"), "An unexpected error occurred in stream contacts: OSError"),
    ],
    ids=["threads", "memory guard", "repository", "repository of a worker"],
)
@pytest.mark.parametrize("waits", ["outage"], indirect=True)
@pytest.mark.usefixtures("waits")
def test_what_python_or_the_cdk_refuses(arguments: list[str], program: str, sentence: str) -> None:
    began = time.monotonic()
    with started(program + RUN, arguments, subprocess.PIPE) as process:
        exit_code, messages, err = end(process)
    assert time.monotonic() - began < 3 * SECONDS
    assert (exit_code, err) == (1, "")
    assert sentence in sentences(messages)[0]  # a worker's is told of with its stream


@pytest.mark.slow
@pytest.mark.parametrize("waits", ["busy"], indirect=True)
@pytest.mark.usefixtures("waits")
def test_stdout_is_full(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full, started(RUN, arguments, full) as process:
        began = time.monotonic()
        exit_code, _, err = end(process)
    assert time.monotonic() - began < 2 * SECONDS
    assert exit_code == 1
    assert err.count("\n") == 1
    assert err.startswith("Messages can't be written to stdout: [Errno 28] No space left on device. What was read")


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
def test_stdout_is_full_and_there_is_nothing_but_log_lines(
    emulator: Emulator, arguments: list[str], status: int
) -> None:
    emulator.fail_next(Fault("status", status=status, headers={"Retry-After": "600"}), times=FOREVER)
    with Path("/dev/full").open("wb") as full, started(RUN, arguments, full) as process:
        began = time.monotonic()
        exit_code, _, err = end(process)
    assert time.monotonic() - began < 2 * SECONDS
    assert exit_code == 1
    assert err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("waits", ["rate limit", "outage"], indirect=True)
@pytest.mark.usefixtures("waits")
def test_nobody_reads_any_more(arguments: list[str]) -> None:
    with started(RUN, arguments, subprocess.PIPE) as process:
        until(process, b'"RECORD"')
        assert process.stdout
        process.stdout.close()
        assert process.wait(SECONDS) == 128 + signal.SIGPIPE
        assert process.stderr
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_what_was_read_is_out_when_a_pause_begins(emulator: Emulator, config: dict[str, Any], tmp_path: Path) -> None:
    """The CDK writes its buffer out when more comes, which may be in ten minutes."""
    emulator.fail_next(WAITS["rate limit"] or "status", after=2, times=FOREVER)
    arguments = command_line(tmp_path, "read", config=config, catalog=catalog())
    with started(RUN, arguments, subprocess.PIPE) as process:
        watchdog = threading.Timer(SECONDS, process.kill)
        watchdog.start()
        until(process, b'"RATE_LIMITED"')
        until(process, b'"STATE"')
        watchdog.cancel()


@pytest.mark.slow
def test_stdout_is_closed(arguments: list[str]) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *CONSOLE_SCRIPT, *arguments],
        stderr=subprocess.PIPE,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"Messages can't be written to stdout: it is closed.")


@pytest.mark.slow
@pytest.mark.parametrize("wait", ["rate limit", "outage"])
def test_an_error_of_one_worker_ends_the_waits_of_the_others(
    emulator: Emulator, arguments: list[str], wait: str
) -> None:
    emulator.reset(Settings(contacts=12_000, latency_ms=200))  # so that other requests are under way
    fault = WAITS[wait]
    assert fault
    emulator.fail_next(fault, after=PAGES_BEFORE)
    emulator.fail_next(Fault("status", status=401), after=PAGES_BEFORE, times=FOREVER)
    began = time.monotonic()
    with started(RUN, arguments, subprocess.PIPE) as process:
        exit_code, messages, err = end(process)
    assert time.monotonic() - began < 3 * SECONDS
    assert (exit_code, err) == (1, "")
    (said,) = sentences(messages)
    assert "with status 401" in said


def reading(config: dict[str, Any]) -> Iterator[AirbyteMessage]:
    """A read in this process, as a runner of one's own may do it; it has gone as far as the first STATE."""
    catalog_: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(catalog())
    messages = SourceAskElephant().read(logging.getLogger("airbyte"), config, catalog_, None)
    while next(messages).type is not Type.STATE:
        pass
    return messages


@pytest.mark.parametrize("how", ["close", "drop", "throw"])
@pytest.mark.usefixtures("waits")
def test_a_runner_in_the_same_process_wants_no_more(config: dict[str, Any], how: str) -> None:
    before = set(threading.enumerate())
    messages = reading(config)
    time.sleep(0.5)
    assert set(threading.enumerate()) - before
    began = time.monotonic()
    if how == "close":
        messages.close()  # type: ignore[attr-defined]
    elif how == "drop":
        del messages
        gc.collect()
    else:
        with pytest.raises(KeyError):
            messages.throw(KeyError)  # type: ignore[attr-defined]
    assert time.monotonic() - began < SECONDS
    assert set(threading.enumerate()) <= before


def test_a_runner_wants_no_more_while_a_token_is_waited_for(emulator: Emulator, config: dict[str, Any]) -> None:
    config["credentials"] = {
        "auth_type": "oauth2.0",
        "client_id": emulator.settings.client_id,
        "client_secret": emulator.settings.client_secret,
        "refresh_token": emulator.settings.refresh_token,
    }
    emulator.fail_next(Fault("status", status=503, headers={"Retry-After": "600"}), times=FOREVER)
    before = set(threading.enumerate())
    catalog_ = ConfiguredAirbyteCatalogSerializer.load(catalog())
    messages = SourceAskElephant().read(logging.getLogger("airbyte"), config, catalog_, None)
    next(messages)
    time.sleep(0.5)
    messages.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before


def test_no_thread_is_left_after_a_read(config: dict[str, Any]) -> None:
    before = set(threading.enumerate())
    assert sum(message.type is Type.RECORD for message in reading(config)) < 250
    assert set(threading.enumerate()) <= before
