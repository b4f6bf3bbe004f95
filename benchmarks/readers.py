"""Who is measured: the connector with so many workers, and what a user could take instead of it."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "benchmarks" / "peers"
HOME = ROOT / ".benchmarks"
OWN_ENVIRONMENT = Path(sys.executable)
"""The connector's; the bare loop and what runs on the CDK need nothing else."""

_FIRST_DAY = "2024-11-01T00:00:00Z"
"""Where the date steps begin: a little before the oldest contact, as a user would choose it."""


class Protocol(Enum):
    """How a reader takes its settings and gives its records."""

    AIRBYTE = "airbyte"
    SINGER = "singer"
    LINES = "lines"
    DLT = "dlt"


@dataclass(frozen=True)
class Reader:
    """A program that reads all contacts, or the lists that it is told to.

    Attributes:
        name: as it stands in tables.
        protocol: how it is spoken to.
        program: its command line, up to where the protocol's arguments begin.
        options: what comes after the protocol's verb.
        workers: requests that it may have under way at once.
        environment: name of its requirements file under peers/, None for the connector's own environment.
        lists: that it reads; only the connector reads others than contacts.
        details: parts that engagements come with.
    """

    name: str
    protocol: Protocol
    program: tuple[str, ...]
    options: tuple[str, ...] = ()
    workers: int = 1
    environment: str | None = None
    lists: tuple[str, ...] = ("contacts",)
    details: tuple[str, ...] = ()

    @property
    def python(self) -> Path:
        """Interpreter of its environment."""
        return HOME / self.environment / "bin" / "python" if self.environment else OWN_ENVIRONMENT

    @property
    def keeps_state(self) -> bool:
        """Whether it can go on from where it was."""
        return self.protocol is not Protocol.LINES

    @property
    def is_connector(self) -> bool:
        """Whether it is this project's."""
        return self.program == _CONNECTOR

    def command(self, verb: str, folder: Path) -> list[str]:
        """Command line for spec, check or read, with the files in the folder; what isn't of Airbyte reads only."""
        command = [str(self.python), *self.program]
        config = ["--config", str(folder / "config.json")]
        state = ["--state", str(folder / "state.json")] if (folder / "state.json").exists() else []
        if self.protocol is Protocol.SINGER:
            return [*command, *config, *state]
        if self.protocol is not Protocol.AIRBYTE:
            return command
        arguments = {
            "spec": [],
            "check": config,
            "read": [*config, "--catalog", str(folder / "catalog.json"), *state],
        }
        return [*command, verb, *self.options, *arguments[verb]]

    def prepare(self, folder: Path, url: str, api_key: str) -> None:
        """Write its settings into the folder."""
        config: dict[str, Any] = {"api_key": api_key, "api_url": url}
        if self.options:  # a manifest
            config["start_date"] = _FIRST_DAY
        elif self.protocol is Protocol.AIRBYTE:
            config = {"credentials": {"auth_type": "api_key", "api_key": api_key}, "api_url": url}
        if self.is_connector:
            config["num_workers"] = self.workers
        if self.details:
            config["engagement_details"] = self.details
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "catalog.json").write_text(json.dumps(_catalog(self.lists)), encoding="utf-8")


def _catalog(lists: Iterable[str]) -> dict[str, Any]:
    return {
        "streams": [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
            }
            for name in lists
        ]
    }


def connector(workers: int) -> Reader:
    """Give this project's connector with so many workers."""
    name = f"this connector, {workers} worker{'s' if workers > 1 else ''}"
    return Reader(name, Protocol.AIRBYTE, _CONNECTOR, workers=workers)


_CONNECTOR = ("-c", "from source_askelephant.run import run; run()")
_BUILDER = ("-c", "from airbyte_cdk.cli.source_declarative_manifest import run; run()")

BARE = Reader("bare requests loop", Protocol.LINES, ("-m", "benchmarks.peers.bare_loop"))
PLAIN = Reader("plain HttpStream", Protocol.AIRBYTE, ("-m", "benchmarks.peers.plain"))
BUILDER = Reader(
    "Connector Builder", Protocol.AIRBYTE, _BUILDER, options=("--manifest-path", str(PEERS / "manifest.yaml"))
)
STEPS = Reader(
    "Connector Builder, steps of 30 days",
    Protocol.AIRBYTE,
    _BUILDER,
    options=("--manifest-path", str(PEERS / "manifest_steps.yaml")),
    workers=10,
)
SINGER = Reader("Singer SDK", Protocol.SINGER, (str(PEERS / "singer_tap.py"),), environment="singer")
DLT = Reader("dlt rest_api, extract only", Protocol.DLT, (str(PEERS / "dlt_pipeline.py"),), environment="dlt")
OTHERS = (BARE, PLAIN, BUILDER, STEPS, SINGER, DLT)
