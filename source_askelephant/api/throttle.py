"""Lets requests out as the API's limits allow: one throttle for all workers and streams of a read.

When, is decided in ``rate_control.py``; here threads wait for it, and the log hears of it.
"""

import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from source_askelephant.api.limit_headers import parse_quota
from source_askelephant.api.rate_control import RateControl
from source_askelephant.api.stretch import Ticket
from source_askelephant.api.waits import LONGEST_NAP, Waits
from source_askelephant.errors import RequestFailedError

logger = logging.getLogger("airbyte")


class Throttle:
    """Lets requests out, first come, first served: a small list doesn't wait behind a large one. Shared by threads.

    Args:
        workers: how many requests may be under way at once.
        on_pause: called when a pause begins.
        seconds_per_log: during a pause, a line is logged this often: Airbyte stops a source that is silent for long.
        waits: end when the read does; its own if none are given.

    Attributes:
        waits: the same, for whoever waits before another try.
        pauses: how many pauses there were.
        retries: how many requests were sent again, by what they were for.
    """

    def __init__(
        self,
        workers: int,
        on_pause: Callable[[], None] = lambda: None,
        seconds_per_log: float = 30.0,
        waits: Waits | None = None,
    ) -> None:
        self.waits = waits or Waits()
        self._control = RateControl(workers)
        self._on_pause = on_pause
        self._seconds_per_log = seconds_per_log
        self._changed = threading.Condition()
        self._logged = 0.0
        self.pauses = 0
        self.retries: Counter[str] = Counter()
        self._line: deque[object] = deque()  # who waits for a turn, in the order of arrival

    @contextmanager
    def slot(self) -> Iterator[Callable[[Mapping[str, str]], None]]:
        """Wait until a request may go out, and count it as under way while the block runs.

        If it leaves the block with an error that says that the API asks for fewer, no other one goes out for a while.

        Yields:
            What is to be given the headers of the answer.

        Raises:
            StoppedError: if the read is over before.
        """
        ticket = self._wait_for_turn()

        def note(headers: Mapping[str, str]) -> None:
            if quota := parse_quota(headers):
                with self._changed:
                    self._control.note(quota, ticket, time.monotonic())

        try:
            yield note
        except RequestFailedError as error:
            if error.asks_for_fewer:
                self._pause(ticket, error.retry_after)
            else:
                self._end(ticket)
            raise
        except BaseException:
            self._end(ticket)
            raise
        self._end(ticket)

    @property
    def limit(self) -> str:
        """What was found out of the API's limit, in words; empty if there seems to be none."""
        with self._changed:
            return str(self._control)

    @property
    def waiting(self) -> int:
        """How many requests are held back at the moment: more workers would bring nothing."""
        return len(self._line)

    def count_retry(self, what: str) -> None:
        """Note that a request is sent again, for what it was."""
        with self._changed:
            self.retries[what] += 1

    def _end(self, ticket: Ticket) -> None:
        with self._changed:
            self._control.end(ticket, time.monotonic())
            self._changed.notify_all()

    def _pause(self, ticket: Ticket, seconds: float | None) -> None:
        with self._changed:
            now = time.monotonic()
            begins = self._control.refuse(ticket, now, seconds)
            self._changed.notify_all()
            if begins:
                self.pauses += 1
                self._logged = now
                limit = str(self._control)
                found = f" So far it seems to allow {limit}." if limit else ""
                logger.info(
                    f"AskElephant's rate limit is reached: no request for {self._control.pause_left(now):.1f} seconds."
                    f"{found}"
                )
        if begins:
            self._on_pause()

    def _wait_for_turn(self) -> Ticket:
        place = object()
        with self._changed:
            self._line.append(place)
        try:
            while (ticket := self._take_turn(place)) is None:
                self.waits.check()
        finally:
            with self._changed:
                self._line.remove(place)
                self._changed.notify_all()  # of whom another one is the first now
        return ticket

    def _take_turn(self, place: object) -> Ticket | None:
        """Let a request go out if it is the first in the line and may, else wait for a moment."""
        with self._changed:
            now = time.monotonic()
            wait = self._control.wait(now) if place is self._line[0] else math.inf
            if wait > 0:
                self._log_wait(now)
                self._changed.wait(min(wait, self._seconds_per_log, LONGEST_NAP))
                return None
            return self._control.start(now)

    def _log_wait(self, now: float) -> None:
        left = self._control.pause_left(now)
        if left > 0 and now >= self._logged + self._seconds_per_log:
            self._logged = now
            logger.info(f"Waiting for AskElephant's rate limit: {left:.0f} seconds more.")
