"""What the API answers, without the HTTP: one request in, one answer out, everything counted and logged."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emulator import access, limits, oauth
from emulator.clock import Clock
from emulator.dates import Dates
from emulator.expanding import Expander
from emulator.faults import Fault, FaultScript
from emulator.faulty_answers import mangled, replacement
from emulator.lists import LISTS
from emulator.paging import Pager
from emulator.problems import Answer, ProblemError
from emulator.settings import PREFIX, Settings
from emulator.store import Item
from emulator.workspace import Workspace

LISTS_AT = {f"{PREFIX}/v2/{name}": listing for name, listing in LISTS.items()}
METHODS = {**dict.fromkeys(LISTS_AT, "GET"), oauth.TOKEN: "POST"}


@dataclass
class Served:
    """One request as it was received, and what became of it.

    `params` holds the first value of each name; header names are in lower case. `received` is time.monotonic().
    `status` is None until the answer is made, and stays so when none is; `records` counts the records in a
    complete page. `fault` is the kind of fault that struck.
    """

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    received: float
    status: int | None = None
    records: int = 0
    fault: str | None = None


@dataclass(frozen=True)
class Stats:
    """Counts since the start, the last reset, or the last time the log was cleared (contacts: now)."""

    contacts: int
    requests: int
    records: int
    too_many_requests: int
    too_early: int
    refreshes: int


@dataclass(frozen=True)
class Visit:
    """A request between its arrival and its answer. `number` counts from 1 since the start or reset."""

    number: int
    served: Served
    pairs: Sequence[tuple[str, str]]
    fault: Fault | None
    wait: float | None
    body: bytes


class Api:
    """One workspace behind one API. Public methods may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(settings)
        self.dates = Dates(settings, self.clock)
        """Used by the server's thread alone."""
        self.workspace = Workspace(settings, self.clock)
        self.pagers = {name: Pager(settings, listing, self.workspace, self.clock) for name, listing in LISTS.items()}
        self._expander = Expander(settings, self.workspace)
        self.lock = threading.RLock()
        """Held by whoever looks at the workspace or changes it."""
        self._limits = limits.Limits(settings)
        self._tokens = oauth.Tokens(settings, self.clock)
        self._script = FaultScript(settings.faults)
        self._log: list[Served] = []
        self._received = 0
        self._revoked = False
        self._stuck_cursor: str | None = None

    def receive(self, served: Served, pairs: Sequence[tuple[str, str]], body: bytes = b"") -> Visit:
        """Log a request that has just arrived; decide on its fault and on the rate limit."""
        with self.lock:
            self._log.append(served)
            self._received += 1
            fault = self._script.strike()
            served.fault = fault.kind if fault else None
            wait = self._limits.admit(self._now(served))
            return Visit(self._received, served, pairs, fault, wait, body)

    def answer(self, visit: Visit) -> Answer:
        """The answer to a request received, as of now; then the changes that others make meanwhile."""
        with self.lock:
            self.clock.tick()
            answer = self._with_what_is_left(self._replacement(visit) or self._regular(visit), visit)
            if visit.fault is not None:
                answer = mangled(visit.fault, answer)
            visit.served.records = answer.records
            if visit.fault is None or visit.fault.kind not in {"reset", "silence"}:
                visit.served.status = answer.status
            return answer

    def leave(self, visit: Visit) -> None:
        """A request received has been answered, or its client is gone."""
        if visit.wait is None and self.settings.concurrency_limit is not None:
            with self.lock:
                self._limits.leave()

    def requests(self) -> list[Served]:
        """Copies of the log's entries, in the order of arrival."""
        with self.lock:
            return [replace(served) for served in self._log]

    def clear_log(self) -> None:
        """Forget the log and the counts that come from it."""
        with self.lock:
            self._log.clear()
            self._limits.too_early = 0
            self._tokens.refreshes = 0

    def stats(self) -> Stats:
        """The counts as they are now."""
        with self.lock:
            return Stats(
                contacts=len(self.workspace["contacts"]),
                requests=len(self._log),
                records=sum(served.records for served in self._log),
                too_many_requests=sum(served.status in {429, self.settings.limit_status} for served in self._log),
                too_early=self._limits.too_early,
                refreshes=self._tokens.refreshes,
            )

    def script(self) -> FaultScript:
        """The faults in waiting; use it with the lock held."""
        return self._script

    def revoke(self) -> None:
        """From now on all credentials get 401."""
        with self.lock:
            self._revoked = True

    def revoke_refresh_token(self) -> None:
        """From now on no refresh token is accepted."""
        with self.lock:
            self._tokens.revoke()

    def _now(self, served: Served) -> float:
        """Seconds of a clock that never goes back, when the request came."""
        return served.received + self.clock.advanced

    def _replacement(self, visit: Visit) -> Answer | None:
        answer = replacement(visit.fault) if visit.fault else None
        if answer and answer.headers.get("Retry-After", "").isdecimal():
            self._limits.promise(self._now(visit.served), int(answer.headers["Retry-After"]))
        return answer

    def _with_what_is_left(self, answer: Answer, visit: Visit) -> Answer:
        left = self._limits.left(self._now(visit.served))
        if self.settings.rate_limit_headers == "none" or left is None:
            return answer
        headers = limits.left_headers(*left, self.settings, self.clock.now())
        return replace(answer, headers={**answer.headers, **headers})

    def _regular(self, visit: Visit) -> Answer:
        try:
            self._admit(visit)
            if visit.served.path == oauth.TOKEN:
                return self._tokens.answer(visit.served.headers.get("content-type", ""), visit.body)
            return self._page(visit)
        except ProblemError as problem:
            return problem.answer()

    def _admit(self, visit: Visit) -> None:
        """Let a request for a list or a token pass that may be made. Raises ProblemError for any other."""
        served, settings = visit.served, self.settings
        if visit.wait is not None:
            raise limits.too_many_requests(visit.wait, settings, self.clock.now())
        if served.path not in METHODS:
            raise ProblemError(404, "not-found", f"There is nothing at {served.path}.")
        if served.method != METHODS[served.path]:
            detail = f"{served.method} is not possible here."
            raise ProblemError(405, "method-not-allowed", detail, headers={"Allow": METHODS[served.path]})
        if served.path == oauth.TOKEN:
            return  # the client proves in the body who it is
        most = settings.revoke_after_requests
        revoked = self._revoked or (most is not None and visit.number > most)
        access.authorize(served.headers.get("authorization"), settings, self._tokens, revoked=revoked)
        access.require(settings.scopes, LISTS_AT[served.path].scope)

    def _page(self, visit: Visit) -> Answer:
        page = self.pagers[LISTS_AT[visit.served.path].name].page(visit.pairs, visit.number)
        has_more, cursor = page.has_more, page.next_cursor
        if visit.fault is not None and visit.fault.kind == "repeated_cursor":
            self._stuck_cursor = self._stuck_cursor or page.asked.cursor or cursor
            has_more, cursor = True, self._stuck_cursor
        return page_answer(self.bodies(page.items, page.asked.expand), cursor, has_more=has_more)

    def bodies(self, items: Sequence[Item], parts: Sequence[str]) -> list[bytes]:
        """The records' JSON, with these parts in it; use it with the lock held."""
        if not parts:
            return [item.body for item in items]
        return [self._expander.body(item, parts) for item in items]


def page_answer(bodies: Sequence[bytes], cursor: str | None, *, has_more: bool) -> Answer:
    """A list response around records that are JSON already. A cursor has nothing in it to escape."""
    more = "true" if has_more else "false"
    next_cursor = "null" if cursor is None else f'"{cursor}"'
    end = f'],"has_more":{more},"next_cursor":{next_cursor}}}'.encode()
    body = b"".join((b'{"object":"list","data":[', b",".join(bodies), end))
    headers: Mapping[str, str] = {"X-Api-Version": "1.0.0"}
    return Answer(200, body, headers=headers, records=len(bodies))
