from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from emulator import Emulator, Settings, VirtualClock
from unit_tests.emulator.asking import Client, Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts emulators with 30 contacts and a virtual clock if not told otherwise; they end with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Client:
            settings = {"contacts": 30, "clock": VirtualClock(), **settings}
            return stack.enter_context(Client(Emulator(Settings(**settings))))

        yield start
