"""How workers wait for minutes, as the API asks them to: not beyond the end of the read, and with signs of life."""

import threading
import time
from collections.abc import Callable

from source_askelephant.errors import StoppedError

LONGEST_NAP = 0.5
"""Seconds after which whoever waits looks whether the read is over."""
SECONDS_PER_SIGN = 300.0
"""Seconds between two signs of life. Airbyte stops a source that emits neither record nor state for long."""


class Waits:
    """The waits of one read. Shared by threads.

    Args:
        give_sign: called now and then while somebody waits, by one who does.
        seconds_per_sign: how often.
    """

    def __init__(
        self, give_sign: Callable[[], None] = lambda: None, seconds_per_sign: float = SECONDS_PER_SIGN
    ) -> None:
        self._over = threading.Event()
        self._give_sign = give_sign
        self._seconds_per_sign = seconds_per_sign
        self._lock = threading.Lock()
        self._signed = time.monotonic()

    def end(self) -> None:
        """Let all that wait go on, now and from now on, with a StoppedError."""
        self._over.set()

    def check(self) -> None:
        """To be called once in ``LONGEST_NAP`` by whoever waits. Not with a lock held: it may take long.

        Raises:
            StoppedError: if the read is over.
        """
        if self._over.is_set():
            raise StoppedError
        with self._lock:
            now = time.monotonic()
            due = now >= self._signed + self._seconds_per_sign
            self._signed = now if due else self._signed
        if due:
            self._give_sign()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds.

        Raises:
            StoppedError: if the read is over before.
        """
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            self._over.wait(min(left, LONGEST_NAP))
            self.check()
