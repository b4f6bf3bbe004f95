"""How workers wait for minutes, as the API asks them to: not beyond the end of the read that they work for."""

import threading

from source_askelephant.errors import StoppedError

LONGEST_NAP = 0.5
"""Seconds after which whoever waits looks whether the read is over."""


class Waits:
    """The waits of one read. Shared by threads."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def end(self) -> None:
        """Let all that wait go on, now and from now on, with a StoppedError."""
        self._over.set()

    def check(self) -> None:
        """To be called once in ``LONGEST_NAP`` by whoever waits.

        Raises:
            StoppedError: if the read is over.
        """
        if self._over.is_set():
            raise StoppedError

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds.

        Raises:
            StoppedError: if the read is over before.
        """
        self._over.wait(seconds)
        self.check()
