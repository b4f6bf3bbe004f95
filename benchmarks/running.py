"""An emulator and the readers of it, each in a process of its own, so that none shares the interpreter of another."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from typing_extensions import Self

from benchmarks.readers import ROOT, Protocol, Reader
from emulator.lists import LISTS

_RECORD = b'{"type":"RECORD"'
_ID = re.compile(rb'"id": ?"(\w+)"')
"""A record's own id is the first in its line: records that belong to it come later."""
_STATE_OF = re.compile(rb'"stream_descriptor": ?\{"name": ?"\w+"')
"""Names the list that a state is of; a Singer tap's is of all."""
_BYTES_PER_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage's unit differs
_MAX_SECONDS = 1_800


class Run(NamedTuple):
    """What one command took.

    Attributes:
        wall: seconds from the process's start to its end.
        cpu: seconds of user and system time.
        megabytes: peak of its memory, or of this process's before: the system hands that on to a child.
        requests: that the emulator answered, 429 among them.
        records: that it emitted.
        missing: records that had to be emitted, in this run or one before; only where ids are compared.
        exit_code: of the process; -9 if it took longer than half an hour.
    """

    wall: float
    cpu: float
    megabytes: float
    requests: int
    records: int
    missing: int
    exit_code: int


def one_after_the_other(runs: Sequence[Run]) -> Run:
    """What these take as one: the sum of each number, but the highest of the peaks, and the exit code of a failure."""
    return Run(
        wall=sum(run.wall for run in runs),
        cpu=sum(run.cpu for run in runs),
        megabytes=max(run.megabytes for run in runs),
        requests=sum(run.requests for run in runs),
        records=sum(run.records for run in runs),
        missing=sum(run.missing for run in runs),
        exit_code=next((run.exit_code for run in runs if run.exit_code), 0),
    )


class Emulator:
    """The emulator of a run of the benchmarks: one process, told anew what to serve before each scenario."""

    def __init__(self, url: str, api_key: str) -> None:
        self.url, self.api_key = url, api_key
        self._defaults = self._control("settings")

    def serve(self, contacts: int, **settings: object) -> None:
        """Begin anew with so many contacts, and nothing else if not told otherwise.

        60 % of each list are stamped within two hours, if not told otherwise.
        """
        given = {**dict.fromkeys(LISTS, 0), "contacts": contacts, "shape": "burst", **settings}
        self._control("reset", "POST", {**self._defaults, **given})

    def change(self, **changes: int) -> None:
        """Create, update or delete so many contacts."""
        self._control("contacts", "POST", changes)

    def advance(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self._control("advance", "POST", {"seconds": seconds})

    def ids(self, lists: Iterable[str] = ("contacts",)) -> set[str]:
        """All records of these lists at the moment."""
        return {each for name in lists for each in self._control(f"snapshot?of={name}")}

    def requests(self) -> int:
        """How many requests were counted since the last call of ``forget``."""
        count: int = self._control("stats")["requests"]
        return count

    def forget(self) -> None:
        """Count requests from nought."""
        self._control("requests", "DELETE")

    def _control(self, path: str, method: str = "GET", body: object = None) -> Any:
        url = f"{self.url.removesuffix('/api')}/_emulator/{path}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(url, method=method, data=data), timeout=600) as response:  # noqa: S310 - this machine's
            return json.load(response)


@contextmanager
def emulator() -> Iterator[Emulator]:
    """Start one; it ends with the block."""
    command = [sys.executable, "-m", "emulator", "--port=0", "--contacts=0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            # "AskElephant emulator: http://… (N contacts)" and "API key: …"
            url = process.stdout.readline().split(": ", 1)[-1].split(" (")[0]
            yield Emulator(url, process.stdout.readline().split(": ", 1)[-1].strip())
        finally:
            process.terminate()


class Workplace:
    """A folder of one reader: its settings, and its state from one read to the next. Gone with the block."""

    def __init__(self, reader: Reader, source: Emulator) -> None:
        self.reader, self._source = reader, source
        self._folder = Path(tempfile.mkdtemp(prefix="askelephant-bench-"))
        self._emitted: set[str] = set()
        reader.prepare(self._folder, source.url, source.api_key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder)

    def run(self, verb: str = "read", *, must_be_there: set[str] | None = None) -> Run:
        """Run a command as a platform does: a process that writes its messages to a pipe.

        Args:
            verb: spec, check or read.
            must_be_there: ids of the records that have to be emitted, if not by a run before; without it, they are
                only counted.
        """
        environment = {
            # A shell's PYTHONUNBUFFERED or PYTHONDONTWRITEBYTECODE would slow down some readers more than others.
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "PYTHONPATH": str(ROOT),
            "ASKELEPHANT_API_URL": self._source.url,
            "ASKELEPHANT_API_KEY": self._source.api_key,
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        }
        ids = self._folder / "ids.txt"
        if must_be_there is not None:
            ids.touch()  # dlt's pipeline fills it; of the others it is taken from what they print
        self._source.forget()
        began = time.monotonic()
        process = subprocess.Popen(
            self.reader.command(verb, self._folder),
            cwd=self._folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        watchdog = threading.Timer(_MAX_SECONDS, process.kill)
        watchdog.start()
        records, states, last = 0, dict[bytes, bytes](), b""
        with process.stdout as lines:
            for line in lines:
                last = line
                records += line.startswith(_RECORD) or self.reader.protocol is Protocol.LINES
                if b'"STATE"' in line[:20]:
                    states[found[0] if (found := _STATE_OF.search(line)) else b""] = line
                elif must_be_there is not None and (found := _ID.search(line)):
                    self._emitted.add(found[1].decode())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        watchdog.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if self.reader.protocol is Protocol.DLT:
            records = int(last or 0)
            self._emitted |= set(ids.read_text(encoding="utf-8").split()) if ids.exists() else set()
        if states:
            self._keep(states.values())
        return Run(
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            megabytes=usage.ru_maxrss * _BYTES_PER_RSS_UNIT / 1e6,
            requests=self._source.requests(),
            records=records,
            missing=len((must_be_there or set()) - self._emitted),
            exit_code=process.returncode,
        )

    def _keep(self, lines: Iterable[bytes]) -> None:
        messages = [json.loads(line) for line in lines]
        is_singer = self.reader.protocol is Protocol.SINGER
        state = messages[0]["value"] if is_singer else [message["state"] for message in messages]
        (self._folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
