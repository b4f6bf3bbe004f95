"""How many requests go out at once, and when none may: one throttle for all workers of a read.

A 429 says that the whole workspace asked too much, so it pauses all workers until ``Retry-After`` has passed. What
is under way then can't be called back; nothing else goes out. After a pause half as many requests go out at once,
and one more again after each stretch of successes; and they go out at a pace (see pace.py).
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from source_askelephant.api.pace import Pace
from source_askelephant.api.waits import LONGEST_NAP, Waits

logger = logging.getLogger("airbyte")

SUCCESSES_PER_WORKER_REGAINED = 10


class Throttle:
    """Lets requests pass, up to a number at once, and none during a pause. Shared by threads.

    Args:
        workers: how many requests may be under way at once.
        on_pause: called when a pause begins.
        seconds_per_log: during a pause, a line is logged this often: Airbyte stops a source that is silent for long.
        waits: end when the read does; its own if none are given.

    Attributes:
        waits: the same, for whoever waits before another try.
        pauses: how many pauses there were.
        retries: how many requests were sent again; counted by whoever sends.
        waiting: how many requests are held back at the moment: more workers would bring nothing.
    """

    def __init__(
        self,
        workers: int,
        on_pause: Callable[[], None] = lambda: None,
        seconds_per_log: float = 30.0,
        waits: Waits | None = None,
    ) -> None:
        self.waits = waits or Waits()
        self._workers = workers
        self._allowed = workers
        self._on_pause = on_pause
        self._seconds_per_log = seconds_per_log
        self._changed = threading.Condition()
        self._under_way = 0
        self._successes = 0
        self._pace = Pace()
        self._paused_until = self._logged = time.monotonic()
        self.pauses = 0
        self.retries = 0
        self.waiting = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait until a request may go out, and count it as under way while the block runs.

        Each time that some requests have succeeded (left the block without an error), one more is let out at once.

        Raises:
            StoppedError: if the read is over before.
        """
        self._wait_for_turn()
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            with self._changed:
                self._under_way -= 1
                if succeeded:
                    self._successes += 1
                    self._pace.succeed()
                if self._successes >= SUCCESSES_PER_WORKER_REGAINED:
                    self._allowed, self._successes = min(self._workers, self._allowed + 1), 0
                self._changed.notify_all()

    def _wait_for_turn(self) -> None:
        with self._changed:
            self.waiting += 1
        while not self._takes_turn():
            self.waits.check()

    def _takes_turn(self) -> bool:
        """Let a request go out if it may, else wait for a moment."""
        with self._changed:
            wait = self._wait()
            if wait > 0:
                self._log_wait()
                self._changed.wait(min(wait, self._seconds_per_log, LONGEST_NAP))
                return False
            self.waiting -= 1
            self._under_way += 1
            self._pace.start(time.monotonic())
            return True

    def pause(self, seconds: float) -> None:
        """Let nothing pass for so many seconds from now.

        A pause that is on already is prolonged if need be; only a new one costs workers and is announced.
        """
        with self._changed:
            now = time.monotonic()
            begins = now >= self._paused_until
            self._paused_until = max(self._paused_until, now + seconds)
            if begins:
                self.pauses += 1
                self._pace.refuse(now, seconds)
                self._allowed, self._successes, self._logged = max(1, self._allowed // 2), 0, now
                logger.info(
                    f"AskElephant's rate limit is reached: no request for {seconds:.1f} seconds, then at most "
                    f"{self._allowed} at once until it gets better."
                )
        if begins:
            self._on_pause()

    def _wait(self) -> float:
        """Seconds until a request may go out, for ever if one that is under way must end first."""
        if self._under_way >= self._allowed:
            return math.inf
        now = time.monotonic()
        return max(self._paused_until - now, self._pace.wait(now))

    def _log_wait(self) -> None:
        now = time.monotonic()
        left = self._paused_until - now
        if left > 0 and now >= self._logged + self._seconds_per_log:
            self._logged = now
            logger.info(f"Waiting for AskElephant's rate limit: {left:.0f} seconds more.")
