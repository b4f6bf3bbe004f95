"""How many requests may be under way at once, and when none may, because of a rate limit."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from source_askelephant.api.throttle import SUCCESSES_PER_WORKER_REGAINED, Throttle

TIMEOUT = 10  # seconds that a test waits for what must happen
MOMENT = 0.2  # seconds that a test gives to what must not happen


@contextmanager
def held(throttle: Throttle, workers: int) -> Iterator[threading.Semaphore]:
    """Workers that each take a slot and hold it until the block ends; the semaphore counts those that have one."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def work() -> None:
        with throttle.slot():
            entered.release()
            leave.wait(TIMEOUT)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(leave.set)
        yield entered


def at_once(throttle: Throttle, workers: int) -> int:
    """How many of so many workers get a slot."""
    with held(throttle, workers) as entered:
        count = 0
        while entered.acquire(timeout=MOMENT):
            count += 1
        return count


def test_after_pauses_fewer_workers_are_used_and_they_come_back() -> None:
    throttle = Throttle(8)
    assert at_once(throttle, 9) == 8
    throttle.pause(0.0)
    assert at_once(throttle, 9) == 4
    for _ in range(5):
        throttle.pause(0.0)
    assert at_once(throttle, 2) == 1, "one worker always goes on"
    for _ in range(SUCCESSES_PER_WORKER_REGAINED):
        with throttle.slot():
            pass
    assert at_once(throttle, 9) == 2


def test_nothing_passes_during_a_pause_and_all_of_it_after() -> None:
    throttle = Throttle(2)
    throttle.pause(1.0)
    throttle.pause(0.1)  # does not shorten it
    assert throttle.pauses == 1
    with held(throttle, 1) as entered:
        assert not entered.acquire(timeout=0.5)
        assert entered.acquire(timeout=TIMEOUT)


def test_requests_that_are_held_back_are_counted_while_they_are() -> None:
    throttle = Throttle(2)
    with held(throttle, 5) as entered:
        assert entered.acquire(timeout=TIMEOUT)
        assert entered.acquire(timeout=TIMEOUT)
        assert not entered.acquire(timeout=MOMENT)
        assert throttle.waiting == 3
    assert throttle.waiting == 0


def test_a_failed_request_frees_its_slot() -> None:
    throttle = Throttle(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="failed"), throttle.slot():
            raise ValueError("failed")
    assert at_once(throttle, 1) == 1
