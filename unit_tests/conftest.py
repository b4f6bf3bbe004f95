"""The connector as a user runs it, against an emulator: a command line in, protocol messages out."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from emulator import Emulator, Settings
from source_askelephant.run import run
from source_askelephant.source import Patience, SourceAskElephant
from unit_tests.helpers import leaks
from unit_tests.helpers.processes import Nursery
from unit_tests.helpers.support import PATIENT, Connector, Output, command_line, sample_config

DEBUG = '{"type": "DEBUG"'
"""What --debug prints is JSON, but no message of the protocol."""


@pytest.fixture
def connector(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Connector:
    """Run the console script in this process: ``connector("check", config={…})``; files are written for it."""

    def command(
        verb: str,
        *options: str,
        patience: Patience | None = None,
        source_type: type[SourceAskElephant] = SourceAskElephant,
        **documents: object,
    ) -> Output:
        arguments = command_line(tmp_path, verb, *options, **documents)
        monkeypatch.setattr(sys, "argv", ["source-askelephant", *arguments])
        leaks.watch_config(documents.get("config"))
        capfd.readouterr()
        exit_code = 0
        ctrl_c = signal.getsignal(signal.SIGINT)
        try:
            run(source_type(patience or PATIENT))
        except SystemExit as exit_:
            exit_code = int(exit_.code or 0)
        finally:
            signal.signal(signal.SIGINT, ctrl_c)  # it is pytest's again
        printed = capfd.readouterr()
        leaks.assert_none(printed.out)
        leaks.assert_none(printed.err)
        lines = [line for line in printed.out.splitlines() if not line.startswith(DEBUG)]
        return Output([AirbyteMessageSerializer.load(json.loads(line)) for line in lines], exit_code)

    return command


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Starts runs in processes of their own."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[Emulator]:
    with Emulator(Settings(contacts=0)) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """An emulator with 250 contacts, three pages; a test that needs others resets it."""
    shared_emulator.clear_faults()
    shared_emulator.reset(Settings(contacts=250))
    shared_emulator.clear_log()
    return shared_emulator


@pytest.fixture
def config(emulator: Emulator) -> dict[str, Any]:
    """A configuration that works with the emulator."""
    return sample_config(emulator)
