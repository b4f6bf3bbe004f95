"""What holds for a read of contacts that stay as they are."""

from emulator import Emulator
from emulator.lists import ListName
from source_askelephant.instants import SECOND, parse_instant
from unit_tests.helpers.simulation import Read, changed_at, read
from unit_tests.helpers.support import by_id, most_requests, slow

WORKERS = [4, *slow(1, 10, 20)]
LONG_AT_REST = "2025-06-01T12:00:00Z"


def assert_once(emulator: Emulator, output: Read, workers: int, stream: ListName = "contacts") -> None:
    """Each record exactly once, the state at the newest of them, and few requests."""
    server = emulator.snapshot(of=stream)
    assert output.failure is None
    assert len(output.records) == len(server)
    assert by_id(output.records) == by_id(server.values())
    newest = max(map(changed_at, server.values()))
    # What changed within this very second is not claimed yet: the server tells its clock in whole seconds.
    assert newest - SECOND < parse_instant(output.watermark) <= newest
    assert output.requests <= most_requests(len(server), workers)


def assert_nothing_new_takes_one_request(
    emulator: Emulator, output: Read, workers: int, stream: ListName = "contacts"
) -> None:
    again = read(emulator, output.states[-1], workers=workers, stream=stream)
    assert again.failure is None
    assert again.requests == 1
    assert again.watermark == output.watermark
    assert again.records == []
