"""What an installed connector does from end to end, against an emulator on the port that the sample files name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import Emulator, Settings
from emulator.__main__ import DEFAULT_PORT
from emulator.lists import LISTS

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = Settings(contacts=250, companies=40, users=10, tags=8, engagements=60)


@pytest.fixture(scope="session")
def emulator_at_default_port() -> Iterator[Emulator]:
    taken = ""
    try:
        server = Emulator(WORKSPACE, port=DEFAULT_PORT)
    except OSError as error:
        taken = str(error.strerror)
    if taken:
        pytest.fail(
            f"The sample files name port {DEFAULT_PORT}, which can't be had ({taken}). "
            "Stop what listens there, perhaps python -m emulator.",
            pytrace=False,
        )
    with server:
        yield server


@pytest.fixture(autouse=True)
def emulator(emulator_at_default_port: Emulator) -> Emulator:
    """An emulator as integration_tests/sample_config.json expects it, with all five lists: of contacts, three pages."""
    emulator_at_default_port.reset(WORKSPACE)
    return emulator_at_default_port


def held(emulator: Emulator) -> dict[str, set[str]]:
    """Ids of all records of the workspace, by list."""
    return {of: set(emulator.snapshot(of)) for of in LISTS}


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """An empty folder in which the sample files are found as from the repository's top."""
    (tmp_path / "integration_tests").symlink_to(ROOT / "integration_tests")
    return tmp_path
