"""Finding the rate limit, if asked to: slowly upward, and no further than the first refusal."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from probe.findings import Outcome, Question, Verdict
from probe.session import Session
from source_askelephant.errors import RequestFailedError

STEPS = ((2, 1), (4, 2), (8, 4), (16, 8), (32, 16))
"""Requests a second, and how many may be under way at once."""
SECONDS_PER_STEP = 4.0


class _Step:
    """Asks for one record again and again, until an answer is another than 200.

    Attributes:
        refused: status of the first such answer and the seconds that it asks to wait; status 0 if there was none.
        passed: how many were let through.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self.refused: tuple[int, float | None] | None = None
        self.passed = 0

    def run(self, rate: int, at_once: int, seconds: float) -> None:
        """Ask so often for so long."""
        with ThreadPoolExecutor(at_once) as pool:
            begun = time.monotonic()
            for number in range(int(rate * seconds)):
                if self._ends.wait(max(0.0, begun + number / rate - time.monotonic())):
                    break
                pool.submit(self._ask)

    def _ask(self) -> None:
        if self._ends.is_set():
            return
        try:
            answer = self._session.api.ask_once(self._session.main.resource, {"limit": 1})
        except RequestFailedError:
            answer = 0, None
        with self._lock:
            if answer[0] == HTTPStatus.OK:
                self.passed += 1
            else:
                self.refused = self.refused or answer
                self._ends.set()


def most(seconds_per_step: float = SECONDS_PER_STEP) -> int:
    """How many requests it takes at most."""
    return sum(int(rate * seconds_per_step) for rate, _ in STEPS)


def question(seconds_per_step: float = SECONDS_PER_STEP) -> Question:
    """The question, asked for so many seconds at each rate."""

    def limit(session: Session) -> Outcome:
        """Ask faster from step to step, until a request is refused."""
        step, (rate, at_once) = _Step(session), STEPS[0]
        for rate, at_once in STEPS:
            step.run(rate, at_once, seconds_per_step)
            if step.refused:
                break
        if not step.refused:
            came = f"{step.passed} requests, up to {rate} a second and {at_once} at once, and none was refused."
            return Outcome("none found", came, Verdict.AS_ASSUMED)
        status, retry_after = step.refused
        asks = "no Retry-After" if retry_after is None else f"Retry-After {retry_after:g} seconds"
        refusal = f"{status} and {asks}" if status else "no answer"
        came = f"{refusal} at {rate} requests a second, {at_once} at once, after {step.passed} that passed."
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            return Outcome(f"refused at {rate} a second", came, Verdict.AS_ASSUMED)
        advice = "Lower num_workers, and report it: a limit is told by 429, or by 503 with Retry-After."
        return Outcome(f"fails at {rate} a second", came, Verdict.NOT_COVERED, advice)

    return Question(
        "rate-limit",
        "At how many requests is one refused?",
        f"one record again and again, {STEPS[0][0]} to {STEPS[-1][0]} times a second; {most(seconds_per_step)} times "
        "at most, and up to the first refusal",
        "nothing: the connector finds it out while it reads",
        limit,
    )
