"""APIs with limits of all kinds, asked as the rate control says, on a clock of its own: what share of a limit is used.

The limits are the emulator's. Instants and spans are seconds.
"""

import heapq
import math
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Literal, NamedTuple

from emulator.limits import Bucket, Rule, Sliding, Window
from source_askelephant.api.rate_control import RateControl
from source_askelephant.api.stretch import Ticket

Form = Literal["to the point", "whole seconds", "a second too long", "absent"]
FORMS: tuple[Form, ...] = ("to the point", "whole seconds", "a second too long", "absent")
"""What ``Retry-After`` says. 0 counts as absent, and a date is in whole seconds."""
LATENCIES = (0.02, 0.1, 0.3)
WORKERS = (1, 4, 10, 20)

_WAY, _REFUSAL = 0.1, 0.2  # of the latency: until a request is counted, and until one is back that was refused
_JITTER = 0.2  # of the way
_WAKE_UP = 0.001  # by how much a thread may be late
_LOOK_AGAIN = 0.002  # for whoever knows the limit, and waits for another request to end
_OTHERS_SECONDS = 30.0


class AtOnce:
    """So many requests at once. Nobody knows when another one may pass: it asks for a second."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.under_way = 0

    def wait(self, at: float) -> float | None:
        """See ``emulator.limits.Rule``."""
        del at
        if self.under_way == self._most:
            return 1.0
        self.under_way += 1
        return None


class Limit(NamedTuple):
    """A limit in words, how it is kept, and for a limit on the rate so many requests in so many seconds."""

    name: str
    rule: Callable[[], Rule]
    most: int
    seconds: float = 0.0


class Api(NamedTuple):
    """How an API is reached, and by whom.

    Attributes:
        limit: which it has.
        form: how it says when to come back.
        latency: of a request.
        workers: who ask.
        others: requests a second that others send, in every other half a minute.
        later: when the limit becomes another one, and which.
    """

    limit: Limit
    form: Form = "whole seconds"
    latency: float = 0.1
    workers: int = 10
    others: float = 0.0
    later: tuple[float, Limit] | None = None


class Outcome(NamedTuple):
    """When requests were counted that were let through, and when those that were refused.

    Attributes:
        accepted: the former.
        refused: the latter.
        early: how many went out before a Retry-After had passed.
        found: what the rate control says of the limit.
    """

    accepted: list[float]
    refused: list[float]
    early: int = 0
    found: str = ""


class _World:
    """What happens, in the order of time."""

    def __init__(self, api: Api, seed: int) -> None:
        self.api, self.rng = api, random.Random(seed)
        self.rule = api.limit.rule()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._number = count()
        if api.others:
            self._let_others_ask(0.0)
        if api.later:
            at, limit = api.later
            self.at(at, lambda _: setattr(self, "rule", limit.rule()))

    def at(self, instant: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (instant, next(self._number), happens))

    def run(self, goes_on: Callable[[float], bool]) -> None:
        while self._events:
            now, _, happens = heapq.heappop(self._events)
            if not goes_on(now):
                return
            happens(now)

    def _let_others_ask(self, now: float) -> None:
        if now // _OTHERS_SECONDS % 2:
            self.rule.wait(now)
        self.at(now + self.rng.expovariate(self.api.others), self._let_others_ask)

    def leave_later(self, now: float, seconds: float, then: Callable[[float], None]) -> None:
        """End a request that was let through after so many seconds."""
        rule = self.rule

        def leave(at: float) -> None:
            if isinstance(rule, AtOnce):
                rule.under_way -= 1
            then(at)

        self.at(now + seconds, leave)


def ask(api: Api, seconds: float = math.inf, requests: float = math.inf, seed: int = 0) -> Outcome:
    """Ask for so long, or so often, when the rate control says so."""
    world = _World(api, seed)
    control = RateControl(api.workers)
    accepted: list[float] = []
    refused: list[float] = []
    free, promised, early, looks_at = api.workers, -math.inf, 0, math.inf

    def go_on(now: float) -> None:
        nonlocal free, early, looks_at
        looks_at = math.inf if now >= looks_at else looks_at
        while free and (wait := control.wait(now)) <= 0:
            free -= 1
            early += now < promised
            ticket = control.start(now)
            way = _WAY * api.latency * (1 + world.rng.uniform(-_JITTER, _JITTER))
            world.at(now + way, lambda at, ticket=ticket: count_request(at, ticket))  # type: ignore[misc]
        if free and now + wait < looks_at:
            looks_at = now + wait
            world.at(looks_at + world.rng.uniform(0, _WAKE_UP), go_on)

    def count_request(now: float, ticket: Ticket) -> None:
        wait = world.rule.wait(now)
        if wait is not None:
            refused.append(now)
            world.at(now + _REFUSAL * api.latency, lambda at: refuse(at, ticket, _told(wait, api.form)))
            return
        accepted.append(now)
        way = _WAY * api.latency
        world.leave_later(now, api.latency - 2 * way, lambda at: world.at(at + way, lambda end: succeed(end, ticket)))

    def refuse(now: float, ticket: Ticket, seconds: float | None) -> None:
        nonlocal free, promised
        free += 1
        promised = max(promised, now + (seconds or 0.0))
        control.refuse(ticket, now, seconds)
        go_on(now)

    def succeed(now: float, ticket: Ticket) -> None:
        nonlocal free
        free += 1
        control.end(ticket, now)
        go_on(now)

    world.at(0.0, go_on)
    world.run(lambda now: now <= seconds and len(accepted) < requests)
    return Outcome(accepted, refused, early, str(control))


def ask_knowingly(api: Api, seconds: float = math.inf, requests: float = math.inf, seed: int = 0) -> Outcome:
    """Ask as often as the limit allows, as one who knows it, and is never refused."""
    world = _World(api, seed)
    accepted: list[float] = []

    def go_on(now: float) -> None:
        wait = world.rule.wait(now)
        if wait is None:
            accepted.append(now)
            world.leave_later(now, api.latency, go_on)
        else:
            world.at(now + (_LOOK_AGAIN if isinstance(world.rule, AtOnce) else min(wait + 1e-9, 1.0)), go_on)

    for _ in range(api.workers):
        world.at(0.0, go_on)
    world.run(lambda now: now <= seconds and len(accepted) < requests)
    return Outcome(accepted, [])


def _told(exact: float, form: Form) -> float | None:
    return {
        "to the point": exact,
        "whole seconds": float(math.ceil(exact)),
        "a second too long": math.ceil(exact) + 1.0,
        "absent": None,
    }[form]


def each(most: int, seconds: float, begun: float = 0.37) -> Limit:
    """So many in each window, of which a share has passed when the first request comes."""
    return Limit(
        f"{most} in each {_span(seconds)}", lambda: _Begun(Window(most, seconds), begun * seconds), most, seconds
    )


def sliding(most: int, seconds: float) -> Limit:
    """So many in any span of a window's length."""
    return Limit(f"{most} in any {_span(seconds)}", lambda: Sliding(most, seconds), most, seconds)


def bucket(rate: int, size: int) -> Limit:
    """So many a second, and at first as many at once as the bucket holds."""
    return Limit(f"{rate} a second, a bucket of {size}", lambda: Bucket(rate, size), rate, 1.0)


def at_once(most: int) -> Limit:
    """So many at once."""
    return Limit(f"{most} at once", lambda: AtOnce(most), most)


class _Begun:
    """A rule of which some time has passed when the first request comes."""

    def __init__(self, rule: Rule, passed: float) -> None:
        self._rule, self._passed = rule, passed

    def wait(self, at: float) -> float | None:
        """See ``emulator.limits.Rule``."""
        return self._rule.wait(at + self._passed)


def _span(seconds: float) -> str:
    return {1: "second", 10: "ten seconds", 60: "minute", 3_600: "hour"}[round(seconds)]


def all_limits() -> Iterator[Limit]:
    """All that are tried."""
    for most in (1, 2, 5, 10, 20, 50, 100):
        yield each(most, 1)
    for most in (1, 2, 5, 10, 20, 50, 100):
        yield sliding(most, 1)
    for most in (2, 5, 10, 20, 50, 100):
        yield bucket(most, 5)
    for most in (10, 20, 50, 100):
        yield bucket(most, 2 * most)
    for most, seconds in ((50, 10), (200, 10), (60, 60), (600, 60), (1_000, 3_600)):
        yield each(most, seconds)
        yield sliding(most, seconds)
    for most in (1, 2, 3, 5, 10):
        yield at_once(most)


class Cell(NamedTuple):
    """What came of one limit and one form of ``Retry-After``, over all latencies and numbers of workers.

    Attributes:
        mean: share of what the limit lets through.
        lowest: the same where it is lowest.
        refused: share of requests that were refused after the first ten seconds, where it is highest.
        early: requests that went out before a Retry-After had passed.
    """

    mean: float
    lowest: float
    refused: float
    early: int


def cell(limit: Limit, form: Form) -> Cell:
    """Ask for a minute, or as long as six hundred requests take."""
    seconds = max(60.0, min(600.0, 600 * limit.seconds / limit.most))
    shares, refused, early = [], [], 0
    for latency in LATENCIES:
        for workers in WORKERS:
            api = Api(limit, form, latency, workers)
            outcome = ask(api, seconds)
            shares.append(len(outcome.accepted) / len(ask_knowingly(api, seconds).accepted))
            requests = len(outcome.accepted) + len(outcome.refused)
            refused.append(sum(each > 10 for each in outcome.refused) / requests)
            early += outcome.early
    return Cell(sum(shares) / len(shares), min(shares), max(refused), early)


def row(limit: Limit, cells: Iterable[Cell]) -> str:
    """The limit's row of the table in docs/rate-limit.md."""
    return f"| {limit.name} | {' | '.join(f'{each.mean:.2f} ({each.lowest:.2f})' for each in cells)} |"


if __name__ == "__main__":
    for each_limit in all_limits():
        print(row(each_limit, [cell(each_limit, form) for form in FORMS]))  # noqa: T201
