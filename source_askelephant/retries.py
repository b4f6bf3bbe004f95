"""When and how long to wait before a request is tried again."""

import logging
import random
import time
from typing import NamedTuple

from source_askelephant.errors import RequestFailedError

logger = logging.getLogger("airbyte")

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 30.0


class RetryPolicy(NamedTuple):
    """How patient to be with a failing request.

    Attributes:
        attempts: how often a request is sent at most, the first time included.
        longest_wait: the most seconds that the API may ask to wait (``Retry-After``) before giving up.
    """

    attempts: int
    longest_wait: float

    def wait(self, error: RequestFailedError, attempt: int) -> None:
        """Wait before the next try, after the given attempt (counted from 1) has failed.

        Raises:
            RequestFailedError: the error itself if another try is of no use; with the number of tries if they
                are used up; with the time asked for if that is longer than ``longest_wait``.
        """
        if not error.retry:
            raise error
        if attempt >= self.attempts:
            raise _given_up(error, f"The connector tried {attempt} times.")
        seconds = _backoff(attempt) if error.retry_after is None else error.retry_after
        if seconds > self.longest_wait:
            raise _given_up(error, f"The API asks to wait {seconds:.0f} seconds, which is too long for now.")
        logger.info(f"{error} Trying again in {seconds:.1f} seconds (try {attempt} of {self.attempts} failed).")
        time.sleep(seconds)


READ = RetryPolicy(attempts=8, longest_wait=900)
CHECK = RetryPolicy(attempts=3, longest_wait=10)


def _backoff(attempt: int) -> float:
    """Twice as long each time, with jitter so that workers which failed together don't return together."""
    longest = min(_LONGEST_BACKOFF_SECONDS, _FIRST_WAIT_SECONDS * 2**attempt)
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


def _given_up(error: RequestFailedError, why: str) -> RequestFailedError:
    return RequestFailedError(f"{error} {why}", error.failure_type, retry=False, retry_after=error.retry_after)
