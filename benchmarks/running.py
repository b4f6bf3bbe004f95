"""An emulator and the readers of it, each in a process of its own, so that none shares the interpreter of another."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

ROOT = Path(__file__).parent.parent
PLAIN = "plain"
_RECORD = b'{"type":"RECORD"'
_CATALOG = {
    "streams": [
        {
            "stream": {"name": "contacts", "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
        }
    ]
}
_PROGRAMS = {
    PLAIN: ["-m", "benchmarks.plain"],
    "connector": ["-c", "from source_askelephant.run import run; run()"],
}
_BYTES_PER_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage's unit differs


class Reader(NamedTuple):
    """Who reads: the connector with so many workers, or the plain one, which has none (0)."""

    workers: int

    @property
    def name(self) -> str:
        """How the reader is called in tables."""
        return f"{self.workers} workers" if self.workers else PLAIN


class Run(NamedTuple):
    """What one full read took. Times are in seconds from the process's start to its end; memory is its peak."""

    wall: float
    cpu: float
    megabytes: float
    requests: int
    records: int


class ReadFailedError(Exception):
    """A reader ended with an error, or with other records than there are."""


class EmulatorProcess(NamedTuple):
    """An emulator that has started."""

    url: str
    api_key: str
    contacts: int

    def requests(self) -> int:
        """How many requests were counted since the last call of ``forget``."""
        count: int = self._control("stats")["requests"]
        return count

    def log(self) -> list[dict[str, Any]]:
        """Each request since then, in the order of arrival."""
        requests: list[dict[str, Any]] = self._control("requests")
        return requests

    def forget(self) -> None:
        """Count requests from nought."""
        self._control("requests", "DELETE")

    def _control(self, path: str, method: str = "GET") -> Any:
        url = f"{self.url.removesuffix('/api')}/_emulator/{path}"
        with urlopen(Request(url, method=method), timeout=60) as response:  # noqa: S310 - this machine's emulator
            return json.load(response)


@contextmanager
def emulator(contacts: int, *options: str) -> Iterator[EmulatorProcess]:
    """Serve made-up contacts, 60 % of them stamped within two hours, until the block ends."""
    command = [sys.executable, "-m", "emulator", "--port=0", "--shape=burst", f"--contacts={contacts}", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            # "AskElephant emulator: http://… (N contacts)" and "API key: …"
            url = process.stdout.readline().split(": ", 1)[-1].split(" (")[0]
            api_key = process.stdout.readline().split(": ", 1)[-1].strip()
            yield EmulatorProcess(url, api_key, contacts)
        finally:
            process.terminate()


def read(reader: Reader, source: EmulatorProcess, folder: Path) -> Run:
    """Read everything once, from no state, as the platform does: a process that writes its messages to a pipe.

    Raises:
        ReadFailedError: if that doesn't bring each contact once.
    """
    config: dict[str, Any] = {"credentials": {"auth_type": "api_key", "api_key": source.api_key}, "api_url": source.url}
    if reader.workers:
        config["num_workers"] = reader.workers
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "catalog.json").write_text(json.dumps(_CATALOG), encoding="utf-8")
    arguments = ["read", "--config", f"{folder}/config.json", "--catalog", f"{folder}/catalog.json"]
    program = _PROGRAMS["connector" if reader.workers else PLAIN]
    source.forget()
    began = time.monotonic()
    # No errors of its own to read: what fails is told on stdout, and the exit code says it.
    process = subprocess.Popen(
        [sys.executable, *program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    with process.stdout as lines:
        records = sum(line.startswith(_RECORD) for line in lines)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or records != source.contacts:
        raise ReadFailedError(f"{reader.name}: exit code {process.returncode}, {records} of {source.contacts} records")
    megabytes = usage.ru_maxrss * _BYTES_PER_RSS_UNIT / 1e6
    return Run(wall, usage.ru_utime + usage.ru_stime, megabytes, source.requests(), records)
