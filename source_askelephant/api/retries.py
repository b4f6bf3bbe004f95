"""Whether, when and how often a failed request is tried again."""

import itertools
import logging
import random
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from source_askelephant.api.throttle import Throttle
from source_askelephant.errors import RequestFailedError

logger = logging.getLogger("airbyte")

_FIRST_WAIT_SECONDS = 0.5
_MAX_BACKOFF_SECONDS = 30.0

_Result = TypeVar("_Result")


class RetryPolicy(NamedTuple):
    """How patient to be with a failing request.

    Attributes:
        attempts: how often a request is sent at most, the first time included. A 429 doesn't count.
        longest_wait: the most seconds that the API may ask to wait (``Retry-After``) before giving up.
        rate_limited_for: the most seconds from a request's first 429 to its last.
    """

    attempts: int
    longest_wait: float
    rate_limited_for: float

    def run(self, send: Callable[[], _Result], throttle: Throttle) -> _Result:
        """Send a request until it succeeds or another try is of no use.

        Raises:
            RequestFailedError: the last failure, with why it was the last one.
        """
        failures, refusals, began = 0, 0, time.monotonic()
        for _ in itertools.count():
            try:
                with throttle.slot():
                    return send()
            except RequestFailedError as error:
                throttle.retries += error.retry
                if error.rate_limited:
                    refusals += 1
                    self._pause(error, throttle, refusals, time.monotonic() - began)
                else:
                    failures += 1
                    self._wait(error, failures)
        raise AssertionError("unreachable: the loop above has no end of its own")

    def _pause(self, error: RequestFailedError, throttle: Throttle, refusals: int, waited: float) -> None:
        seconds = error.retry_after or _backoff(refusals)  # "after 0 seconds" is no answer when it is refused again
        if seconds > self.longest_wait:
            raise _given_up(error, f"The API asks to wait {seconds:.0f} seconds, which is too long for now.")
        if waited + seconds > self.rate_limited_for:
            raise _given_up(error, f"It has said so for {waited:.0f} seconds, {refusals} times.")
        throttle.pause(seconds)

    def _wait(self, error: RequestFailedError, failures: int) -> None:
        if not error.retry:
            raise error
        if failures >= self.attempts:
            raise _given_up(error, f"The connector tried {failures} times.")
        seconds = _backoff(failures) if error.retry_after is None else error.retry_after
        if seconds > self.longest_wait:
            raise _given_up(error, f"The API asks to wait {seconds:.0f} seconds, which is too long for now.")
        logger.info(f"{error} Trying again in {seconds:.1f} seconds (try {failures} of {self.attempts} failed).")
        time.sleep(seconds)


READ = RetryPolicy(attempts=8, longest_wait=900, rate_limited_for=4 * 3600)
CHECK = RetryPolicy(attempts=3, longest_wait=10, rate_limited_for=10)


def _backoff(failures: int) -> float:
    """Twice as long each time, with jitter so that workers which failed together don't return together."""
    longest = min(_MAX_BACKOFF_SECONDS, _FIRST_WAIT_SECONDS * 2**failures)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


def _given_up(error: RequestFailedError, why: str) -> RequestFailedError:
    return RequestFailedError(f"{error} {why}", error.failure_type, status=error.status, retry=False)
