"""Whether, when and how often a failed request is tried again."""

import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from source_askelephant.api.throttle import Throttle
from source_askelephant.errors import RequestFailedError

logger = logging.getLogger("airbyte")

_Result = TypeVar("_Result")
Note = Callable[[Mapping[str, str]], None]
"""What takes the headers of an answer."""


class RetryPolicy(NamedTuple):
    """How patient to be with a failing request.

    Attributes:
        attempts: how often a request is sent at most, the first time included. Not counted is when the API asks for
            fewer requests.
        max_retry_after: the most seconds that the API may ask to wait (``Retry-After``) before giving up.
        rate_limit_timeout: the most seconds for which the API may ask for fewer, from the first time to the last.
        wait_initial: seconds before the first try again, at most; each wait is at most twice as long as the one before.
        wait_max: seconds that no wait of our own exceeds.
    """

    attempts: int
    max_retry_after: float
    rate_limit_timeout: float
    wait_initial: float = 1.0
    wait_max: float = 30.0

    def run(self, send: Callable[[Note], _Result], throttle: Throttle, what: str) -> _Result:
        """Send a request until it succeeds or another try can't help.

        Args:
            send: sends it once, and passes on the headers of the answer.
            throttle: lets it out.
            what: it is for, for the log.

        Raises:
            RequestFailedError: the last failure, with why it was the last one.
            StoppedError: if the read is over while this waits.
        """
        failures, refusals, began = 0, 0, time.monotonic()
        while True:
            try:
                with throttle.slot() as note:
                    return send(note)
            except RequestFailedError as error:
                if error.retry:
                    throttle.count_retry(what)
                if error.asks_for_fewer:
                    refusals += 1
                    self._check_patience(error, refusals, time.monotonic() - began)
                else:
                    failures += 1
                    self._wait(error, throttle, failures, what)

    def _check_patience(self, error: RequestFailedError, refusals: int, waited: float) -> None:
        """Give up if the throttle would wait for too long."""
        if waited + self._asked(error) > self.rate_limit_timeout:
            raise _given_up(error, f"It has said so for {waited:.0f} seconds, {refusals} times.")

    def _wait(self, error: RequestFailedError, throttle: Throttle, failures: int, what: str) -> None:
        if not error.retry:
            raise error
        if failures >= self.attempts:
            raise _given_up(error, f"The connector tried {failures} times.")
        # Not less than without the API's word: "after 0 seconds" ends no outage.
        seconds = max(self._asked(error), self._backoff(failures))
        logger.info(
            f"{what}: {error} Trying again in {seconds:.1f} seconds (try {failures} of {self.attempts} failed)."
        )
        throttle.waits.sleep(seconds)

    def _asked(self, error: RequestFailedError) -> float:
        """Seconds that the API asks to wait, 0 if it doesn't say."""
        asked = error.retry_after or 0.0
        if asked > self.max_retry_after:
            raise _given_up(error, f"The API asks to wait {asked:.6g} seconds, which is too long for now.")
        return asked

    def _backoff(self, failures: int) -> float:
        """Twice as long each time, with jitter so that workers which failed together don't return together."""
        longest = min(self.wait_max, self.wait_initial * 2 ** (failures - 1))
        return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


READ = RetryPolicy(attempts=8, max_retry_after=900, rate_limit_timeout=4 * 3600)
CHECK = RetryPolicy(attempts=3, max_retry_after=10, rate_limit_timeout=10)


def _given_up(error: RequestFailedError, why: str) -> RequestFailedError:
    return RequestFailedError(
        f"{error} {why}",
        error.failure_type,
        status=error.status,
        happened=error.happened,
        is_this_lists_only=error.is_this_lists_only,
    )
