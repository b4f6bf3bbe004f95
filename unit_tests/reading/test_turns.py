"""Who may read while records wait to be written."""

import threading
import time
from typing import Any

import pytest

from emulator import Emulator
from source_askelephant.reading.turns import Turns
from unit_tests.helpers.support import Connector, catalog, ids

SECONDS_PER_PAGE = 0.004
ANSWERS = 50
"""Of so many, the fastest takes no time, whatever else the machine does."""


@pytest.fixture(autouse=True)
def _pages_take_time_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source_askelephant.reading.turns.SECONDS_PER_PAGE", SECONDS_PER_PAGE)


def turns_after_an_answer(seconds: float, *, records_wait: bool) -> Turns:
    turns = Turns(lambda: records_wait)
    for _ in range(ANSWERS):
        with turns.answer():
            time.sleep(seconds)
    return turns


def test_any_number_reads_while_nothing_waits_to_be_written() -> None:
    assert turns_after_an_answer(0, records_wait=False).more(19) >= 1


def test_one_reads_ahead_of_an_api_without_latency() -> None:
    turns = turns_after_an_answer(0, records_wait=True)

    assert turns.more(0) >= 1
    assert turns.more(1) < 1


def test_all_read_ahead_of_an_api_with_latency() -> None:
    assert turns_after_an_answer(20 * SECONDS_PER_PAGE, records_wait=True).more(19) >= 1


def test_the_fastest_answer_counts() -> None:
    turns = turns_after_an_answer(20 * SECONDS_PER_PAGE, records_wait=True)
    for _ in range(ANSWERS):
        with turns.answer():
            pass

    assert turns.more(1) < 1


def test_a_reader_that_has_waited_reads_when_another_is_done() -> None:
    turns = turns_after_an_answer(0, records_wait=True)
    read = threading.Event()

    def reader() -> None:
        with turns.turn():
            read.set()

    with turns.turn():
        other = threading.Thread(target=reader)
        other.start()
        assert not read.wait(0.1)
    assert read.wait(10)
    other.join(10)


def test_who_reads_alone_waits_for_those_who_read_and_then_nobody_else_does() -> None:
    turns = turns_after_an_answer(20 * SECONDS_PER_PAGE, records_wait=False)
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def alone() -> None:
        with turns.turn(alone=True):
            order.append("alone")
            entered.set()
            leave.wait(10)
            order.append("done")

    def other() -> None:
        with turns.turn():
            order.append("other")

    with turns.turn():
        first = threading.Thread(target=alone)
        first.start()
        assert not entered.wait(0.1)
        others = [threading.Thread(target=other) for _ in range(3)]
        for thread in others:
            thread.start()
        others[0].join(0.1)
        assert not order, "who comes after waits, too"
    assert entered.wait(10)
    leave.set()
    for thread in [first, *others]:
        thread.join(10)
    assert order == ["alone", "done", *["other"] * 3]


def test_a_read_from_an_api_without_latency_is_complete(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    output = connector("read", config={**config, "num_workers": 20}, catalog=catalog())

    assert sorted(ids(output.records)) == sorted(emulator.snapshot())


def test_an_error_gives_the_turn_back() -> None:
    turns = turns_after_an_answer(0, records_wait=True)

    with pytest.raises(ZeroDivisionError), turns.turn():
        _ = 1 / 0

    with turns.turn():
        pass
