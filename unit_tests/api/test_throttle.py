"""How threads wait for the rate control: what it decides is tested in test_rate_control.py."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from airbyte_cdk.models import FailureType

from source_askelephant.api.throttle import Throttle
from source_askelephant.errors import RequestFailedError, StoppedError

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


def refused(throttle: Throttle, status: int, retry_after: float | None) -> None:
    """Send a request that the API refuses."""
    error = RequestFailedError("Refused.", FailureType.transient_error, status=status, retry_after=retry_after)
    with pytest.raises(RequestFailedError), throttle.slot():
        raise error


def test_so_many_go_out_at_once() -> None:
    assert at_once(Throttle(8), 9) == 8


@pytest.mark.parametrize("status", [429, 503])
def test_nothing_passes_during_a_pause_and_all_of_it_after(status: int) -> None:
    throttle = Throttle(2)
    refused(throttle, status, 1.0)
    assert throttle.pauses == 1
    with held(throttle, 1) as entered:
        assert not entered.acquire(timeout=0.5)
        assert entered.acquire(timeout=TIMEOUT)


@pytest.mark.parametrize(("status", "retry_after"), [(500, 5.0), (503, None), (503, 0.0)])
def test_what_is_no_limit_holds_back_nobody(status: int, retry_after: float | None) -> None:
    throttle = Throttle(1)
    refused(throttle, status, retry_after)
    assert throttle.pauses == 0
    assert at_once(throttle, 1) == 1


def test_requests_that_are_held_back_are_counted_while_they_are() -> None:
    throttle = Throttle(2)
    with held(throttle, 5) as entered:
        assert entered.acquire(timeout=TIMEOUT)
        assert entered.acquire(timeout=TIMEOUT)
        assert not entered.acquire(timeout=MOMENT)
        assert throttle.waiting == 3
    assert throttle.waiting == 0


def test_who_comes_first_is_served_first() -> None:
    throttle = Throttle(1)
    served: list[int] = []

    def work(number: int) -> None:
        with throttle.slot():
            served.append(number)

    threads = [threading.Thread(target=work, args=[number]) for number in range(20)]
    with throttle.slot():
        for waiting, thread in enumerate(threads):
            thread.start()
            while throttle.waiting <= waiting:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_who_gives_up_leaves_the_line() -> None:
    throttle = Throttle(1)

    def give_up() -> None:
        with pytest.raises(StoppedError), throttle.slot():
            raise AssertionError("there was no turn")

    with throttle.slot(), ThreadPoolExecutor() as pool:
        waiting = pool.submit(give_up)
        while not throttle.waiting:
            threading.Event().wait(0.001)
        throttle.waits.end()
        waiting.result(TIMEOUT)
    assert throttle.waiting == 0


def test_a_failed_request_frees_its_slot() -> None:
    throttle = Throttle(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="failed"), throttle.slot():
            raise ValueError("failed")
    assert at_once(throttle, 1) == 1


def test_an_answer_that_says_that_none_is_left_holds_back_the_next_one() -> None:
    throttle = Throttle(1)
    with throttle.slot() as note:
        note({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"})
    with held(throttle, 1) as entered:
        assert not entered.acquire(timeout=0.5)
        assert entered.acquire(timeout=TIMEOUT)
