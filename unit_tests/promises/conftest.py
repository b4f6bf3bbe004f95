"""An emulator for the promises' tests, most of which read without a process of their own."""

from collections.abc import Iterator

import pytest

from emulator import Emulator, Settings


@pytest.fixture(autouse=True)
def quiet(shared_emulator: Emulator) -> Iterator[Emulator]:
    """An emulator whose contacts stay as they are, unless a test says otherwise; a test says which it has."""
    shared_emulator.clear_faults()
    yield shared_emulator
    shared_emulator.clear_faults()
    shared_emulator.reset(Settings(contacts=0))
