"""What waits between the workers and stdout is bounded in bytes, whatever a record holds."""

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.types import Record
from typing_extensions import override

from emulator import Emulator, Settings
from source_askelephant.reading.outgoing import MAX_BYTES, Outgoing
from source_askelephant.run import Entrypoint
from source_askelephant.source import SourceAskElephant
from unit_tests.helpers.processes import start_cold
from unit_tests.helpers.servers import InFront, Server, serve
from unit_tests.helpers.support import catalog, command_line

TIMEOUT = 10  # seconds that a test waits for what must happen
MOMENT = 0.3  # seconds that a test gives to what must not happen
ITEM: QueueItem = Record({"id": "cnt_1"}, "contacts")

PAGE_BYTES = 8_000_000
TEXT = "x" * (PAGE_BYTES // 100)


class LargeRecords(InFront):
    """Hands out the emulator's contacts, with so long a text in each that a page of them has PAGE_BYTES."""

    @override
    def change(self, page: dict[str, Any]) -> None:
        for record in page["data"]:
            record["job_title"] = TEXT


@pytest.fixture
def server(emulator: Emulator) -> Iterator[Server]:
    emulator.reset(Settings(contacts=2_500))
    emulator.clear_log()
    handler: Any = type("Handler", (LargeRecords,), {"emulator": emulator.url})
    with serve(handler) as server:
        yield server


@pytest.mark.parametrize("workers", [1, 10])
def test_a_slow_reader_of_large_records_holds_the_requests_back(
    server: Server, config: dict[str, Any], tmp_path: Path, workers: int
) -> None:
    config |= {"api_url": f"http://{server.address}/api", "num_workers": workers}
    entrypoint = Entrypoint(SourceAskElephant())
    lines = entrypoint.run(entrypoint.parse_args(command_line(tmp_path, "read", config=config, catalog=catalog())))
    next(line for line in lines if '"RECORD"' in line)
    still = threading.Event()
    seen = -1
    while seen < len(server.requests):  # until no more come: the queue is full
        seen = len(server.requests)
        still.wait(MOMENT)
    # Beside what the bound lets in: a page that it let begin, and the request for the newest contact.
    assert seen * PAGE_BYTES <= MAX_BYTES + 2 * PAGE_BYTES
    records = 1 + sum('"RECORD"' in line for line in lines)
    assert records == 2_500, "and nothing is missing in the end"


def peak_megabytes(arguments: list[str]) -> float:
    with start_cold(arguments) as process:
        assert process.stdout
        for _ in process.stdout:
            pass
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the peak in kilobytes")
def test_memory_does_not_grow_with_the_records(
    server: Server, config: dict[str, Any], tmp_path: Path, emulator: Emulator
) -> None:
    small = peak_megabytes(command_line(tmp_path, "read", config=config, catalog=catalog()))
    config["api_url"] = f"http://{server.address}/api"
    large = peak_megabytes(command_line(tmp_path, "read", config=config, catalog=catalog()))
    assert sum(served.records for served in emulator.requests) >= 2 * 2_500
    assert large < small + 100, "200 MB were read, in pages of 8 MB"


def put(outgoing: Outgoing, size: int, items: int = 1) -> None:
    with outgoing.page("contacts") as weigh:
        weigh(size)
        for _ in range(items):
            outgoing.put(ITEM)


def test_a_page_waits_until_the_last_record_of_another_is_taken() -> None:
    outgoing = Outgoing()
    put(outgoing, MAX_BYTES, items=2)
    with ThreadPoolExecutor() as pool:
        second = pool.submit(put, outgoing, 10)
        outgoing.get()
        outgoing.get()
        threading.Event().wait(MOMENT)
        assert not second.done(), "the engine still works on it"
        pool.submit(outgoing.get, timeout=TIMEOUT)
        second.result(TIMEOUT)


def test_a_page_larger_than_the_bound_goes_alone() -> None:
    outgoing = Outgoing()
    put(outgoing, 3 * MAX_BYTES)
    outgoing.get()
    with ThreadPoolExecutor() as pool:
        taken = pool.submit(outgoing.get, timeout=TIMEOUT)
        put(outgoing, 3 * MAX_BYTES)
        assert taken.result(TIMEOUT) is ITEM


def test_one_large_page_does_not_hold_back_small_ones_for_long() -> None:
    outgoing = Outgoing()
    put(outgoing, MAX_BYTES)
    outgoing.get()
    for _ in range(10):
        with ThreadPoolExecutor() as pool:
            taken = pool.submit(outgoing.get, timeout=TIMEOUT)
            put(outgoing, 10)
            taken.result(TIMEOUT)
    with outgoing.page("contacts") as first, outgoing.page("contacts") as second, outgoing.page("contacts") as third:
        for weigh in (first, second, third):
            weigh(10)


def test_the_large_pages_of_one_list_do_not_hold_back_another() -> None:
    outgoing = Outgoing()
    with outgoing.page("engagements") as weigh:
        weigh(MAX_BYTES // 2)
    with ThreadPoolExecutor() as pool, outgoing.page("engagements") as large:
        large(MAX_BYTES // 2)
        small = pool.submit(put, outgoing, 10)
        threading.Event().wait(MOMENT)
        there_was_room = small.done()
        outgoing.close()
    assert there_was_room


def test_a_page_that_never_came_gives_its_room_back() -> None:
    outgoing = Outgoing()
    put(outgoing, MAX_BYTES)
    outgoing.get()
    with ThreadPoolExecutor() as pool:
        taken = pool.submit(outgoing.get, timeout=TIMEOUT)
        with pytest.raises(OSError, match="no answer"), outgoing.page("contacts"):
            raise OSError("no answer")
        put(outgoing, 10)
        assert taken.result(TIMEOUT) is ITEM


def test_closing_lets_all_go_on_that_wait_for_room() -> None:
    outgoing = Outgoing()
    put(outgoing, MAX_BYTES)
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(put, outgoing, MAX_BYTES) for _ in range(3)]
        threading.Event().wait(MOMENT)
        assert not any(each.done() for each in waiting)
        outgoing.close()
        for each in waiting:
            each.result(TIMEOUT)
