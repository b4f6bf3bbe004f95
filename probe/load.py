"""Finding the rate limit, if asked to: slowly upward, and no further than the first refusal."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from probe.asking import Session
from probe.findings import Outcome, Question, Verdict

STEPS = ((2, 1), (4, 2), (8, 4), (16, 8), (32, 16))
"""Requests a second, and how many may be under way at once."""
SECONDS_PER_STEP = 4.0
MOST = int(sum(rate * SECONDS_PER_STEP for rate, _ in STEPS))
"""Requests that it takes at most."""


def limit(session: Session) -> Outcome:
    """Ask for one record again and again, faster from step to step, until a request is refused."""
    refused = threading.Event()
    sent = 0
    answers: list[tuple[int, float | None]] = []

    def ask() -> None:
        status, retry_after = session.api.ask_once(session.main.resource, {"limit": 1})
        answers.append((status, retry_after))
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            refused.set()

    rate, at_once = 0, 0
    for rate, at_once in STEPS:
        with ThreadPoolExecutor(at_once) as pool:
            begun = time.monotonic()
            for number in range(int(rate * SECONDS_PER_STEP)):
                if refused.wait(max(0.0, begun + number / rate - time.monotonic())):
                    break
                pool.submit(ask)
                sent += 1
        if refused.is_set():
            break
    if not refused.is_set():
        came = f"{sent} requests, up to {rate} a second and {at_once} at once, and none was refused."
        return Outcome("none found", came, Verdict.AS_ASSUMED)
    passed = sum(status == HTTPStatus.OK for status, _ in answers)
    status, retry_after = next(each for each in answers if each[0] != HTTPStatus.OK)
    asks = "no Retry-After" if retry_after is None else f"Retry-After {retry_after:g} s"
    came = f"Refused with {status} and {asks} at {rate} requests a second, up to {at_once} at once, after {passed} were let through."
    return Outcome(f"refused at {rate} a second", came, Verdict.AS_ASSUMED)


QUESTION = Question(
    "rate-limit",
    "At how many requests is one refused?",
    f"one record again and again, {STEPS[0][0]} to {STEPS[-1][0]} times a second, {MOST} requests at most, up to the first refusal",
    "not assumed: the connector finds it out while it reads",
    limit,
)
