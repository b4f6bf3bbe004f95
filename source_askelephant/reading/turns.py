"""How many workers read at once: as many as keep whoever takes the records busy, and no more.

More would only wait for the interpreter's lock: on two cores and an API without latency, 20 workers without turns
took a quarter more CPU than one, and no less time.

A flood whose cursors the API refuses is read alone: they may last only as long as nobody else asks (see paginator.py).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_PER_PAGE = 0.004
"""What the CDK's main thread needs at most to write a page of records."""


class Turns:
    """Lets workers read, fewer of them while records wait to be written. Shared by threads.

    Args:
        records_wait: whether there are records that have been read and not been written yet.
    """

    def __init__(self, records_wait: Callable[[], bool]) -> None:
        self._records_wait = records_wait
        self._changed = threading.Condition()
        self._reading = 0
        self._alone = 0  # readers that read alone, or wait for it
        self._fastest = float("inf")

    @contextmanager
    def turn(self, *, alone: bool = False) -> Iterator[None]:
        """Wait until another reader is of use, or until nobody else reads, and count as one while the block runs."""
        with self._changed:
            self._alone += alone
            while self._reading > 0 if alone else self._alone > 0 or self.more(self._reading) < 1:
                self._changed.wait()
            self._reading += 1
            self._changed.notify()  # the next one looks for itself
        try:
            yield
        finally:
            with self._changed:
                # Whoever wants to read alone may be any of those that wait; all others wait for him.
                notify = self._changed.notify_all if self._alone else self._changed.notify
                self._reading -= 1
                self._alone -= alone
                notify()

    def more(self, readers: int) -> float:
        """How many more readers, beside so many, would bring records before those that wait are written."""
        more = self._fastest / SECONDS_PER_PAGE + 1 - readers
        return more if self._records_wait() else max(more, 1)

    @contextmanager
    def answer(self) -> Iterator[None]:
        """Measure how long the API takes for an answer. The fastest counts: others waited for something else."""
        began = time.monotonic()
        yield
        self._fastest = min(self._fastest, time.monotonic() - began)
