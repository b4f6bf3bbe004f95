"""The connector in processes of its own, which can be read slowly and killed.

Importing the connector takes longer than a small read. So one process, the nursery, imports it once, and each run is
a fork of it: its own memory, its own threads, its own stdout. ``start_cold`` starts one as a user does.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer
from typing_extensions import Self

from unit_tests.helpers import leaks

ROOT = Path(__file__).parents[2]
MAX_MESSAGE_BYTES = 65_536
CONSOLE_SCRIPT = [sys.executable, "-c", "from source_askelephant.run import run; run()"]


def environment() -> dict[str, str]:
    """With this checkout before anything that is installed."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def start_cold(arguments: list[str], stderr: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run the console script in a new interpreter, with a pipe as its stdout. It is dead when the context ends."""
    with subprocess.Popen(
        [*CONSOLE_SCRIPT, *arguments], stdout=subprocess.PIPE, stderr=stderr, env=environment()
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def messages(stdout: IO[bytes]) -> Iterator[AirbyteMessage]:
    """Messages as they are printed. A line that a killed process didn't end is left out."""
    for line in stdout:
        if line.endswith(b"\n"):
            leaks.assert_none(line)
            yield AirbyteMessageSerializer.load(json.loads(line))


class Run:
    """A run of the connector in a process of its own; ``messages`` may be read while it goes on."""

    def __init__(self, pid: int, stdout: IO[bytes], nursery: socket.socket) -> None:
        self._pid = pid
        self._nursery = nursery
        self._stdout = stdout
        self.messages = messages(stdout)

    def kill(self) -> None:
        """Kill -9. What it wrote before may still be read."""
        os.kill(self._pid, signal.SIGKILL)

    def end(self) -> int:
        """Wait for its end; return the exit code, or the negative of the signal that killed it."""
        self._nursery.send(b"wait")
        exit_code = int(self._nursery.recv(MAX_MESSAGE_BYTES))
        self._stdout.close()
        return exit_code


class Nursery:
    """Starts runs, one at a time. The nursery ends with the with statement, or with the process that made it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "unit_tests.helpers.processes", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment(),
                cwd=ROOT,
            )

    def start(self, arguments: list[str]) -> Run:
        """Start a run with these arguments."""
        reader, writer = os.pipe()
        socket.send_fds(self._socket, [json.dumps(arguments).encode()], [writer])
        os.close(writer)
        pid = int(self._socket.recv(MAX_MESSAGE_BYTES))
        return Run(pid, os.fdopen(reader, "rb"), self._socket)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()


def serve(commands: socket.socket) -> None:
    """Fork a run for each command line that comes with a stdout, and tell how it ended."""
    from source_askelephant.run import run  # noqa: PLC0415 - only the nursery imports the connector

    pid = 0
    while True:
        text, stdouts, _, _ = socket.recv_fds(commands, MAX_MESSAGE_BYTES, 1)
        if not text:
            return
        if text == b"wait":
            _, status = os.waitpid(pid, 0)
            commands.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        (stdout,) = stdouts
        pid = os.fork()
        if pid == 0:
            commands.close()
            os.dup2(stdout, 1)
            os.close(stdout)
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - it lives as long as the process
            sys.argv = ["source-askelephant", *json.loads(text)]
            run()
            sys.exit(0)
        os.close(stdout)
        commands.send(str(pid).encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
