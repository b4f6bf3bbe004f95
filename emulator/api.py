"""What the API answers, without the HTTP: one request in, one answer out, everything counted and logged."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emulator import access, oauth, problems, query
from emulator.clock import Clock
from emulator.cursors import Cursors, ExpiredCursorError, UnreadableCursorError
from emulator.faults import Fault, FaultScript
from emulator.faulty_answers import mangled, replacement
from emulator.problems import Answer, FieldError, ProblemError
from emulator.settings import PREFIX, Settings
from emulator.store import Key, matches
from emulator.workspace import Workspace

METHODS = {f"{PREFIX}/v2/contacts": "GET", oauth.TOKEN: "POST"}


@dataclass
class Served:
    """One request as it was received, and what became of it.

    `params` holds the first value of each name; header names are in lower case. `received` is time.monotonic().
    `status` is None until the answer is made, and stays so when none is; `records` counts the contacts in a
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
    wait: int | None
    body: bytes


class Api:
    """One workspace behind one API. Public methods may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(settings)
        self.workspace = Workspace(settings, self.clock)
        self.lock = threading.RLock()
        """Held by whoever looks at the workspace or changes it."""
        self._cursors = Cursors(settings)
        self._rate_limit = access.RateLimit(settings)
        self._tokens = oauth.Tokens(settings, self.clock)
        self._script = FaultScript(settings.faults)
        self._log: list[Served] = []
        self._received = 0
        self._pages = 0
        self._revoked = False
        self._last_cursor_id: str | None = None
        self.calm = False
        self._stuck_cursor: str | None = None

    def receive(self, served: Served, pairs: Sequence[tuple[str, str]], body: bytes = b"") -> Visit:
        """Log a request that has just arrived; decide on its fault and on the rate limit."""
        with self.lock:
            self._log.append(served)
            self._received += 1
            fault = self._script.strike()
            served.fault = fault.kind if fault else None
            wait = self._rate_limit.admit(served.received)
            return Visit(self._received, served, pairs, fault, wait, body)

    def answer(self, visit: Visit) -> Answer:
        """The answer to a request received, as of now; then the changes that others make meanwhile."""
        with self.lock:
            self.clock.tick()
            answer = self._replacement(visit) or self._regular(visit)
            if visit.fault is not None:
                answer = mangled(visit.fault, answer)
            visit.served.records = answer.records
            if visit.fault is None or visit.fault.kind not in {"reset", "silence"}:
                visit.served.status = answer.status
            return answer

    def requests(self) -> list[Served]:
        """Copies of the log's entries, in the order of arrival."""
        with self.lock:
            return [replace(served) for served in self._log]

    def clear_log(self) -> None:
        """Forget the log and the counts that come from it."""
        with self.lock:
            self._log.clear()
            self._rate_limit.too_early = 0
            self._tokens.refreshes = 0

    def stats(self) -> Stats:
        """The counts as they are now."""
        with self.lock:
            return Stats(
                contacts=len(self.workspace.contacts),
                requests=len(self._log),
                records=sum(served.records for served in self._log),
                too_many_requests=sum(served.status == 429 for served in self._log),
                too_early=self._rate_limit.too_early,
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

    def _replacement(self, visit: Visit) -> Answer | None:
        answer = replacement(visit.fault) if visit.fault else None
        if answer and answer.headers.get("Retry-After", "").isdecimal():
            self._rate_limit.promise(visit.served.received, int(answer.headers["Retry-After"]))
        return answer

    def _regular(self, visit: Visit) -> Answer:
        try:
            self._admit(visit)
            if visit.served.path == oauth.TOKEN:
                return self._tokens.answer(visit.served.headers.get("content-type", ""), visit.body)
            return self._page(visit)
        except ProblemError as problem:
            return problem.answer()

    def _admit(self, visit: Visit) -> None:
        """Let a request for contacts or a token pass that may be made. Raises ProblemError for any other."""
        served, settings = visit.served, self.settings
        if visit.wait is not None:
            raise access.too_many_requests(visit.wait, settings, self.clock.now())
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

    def _page(self, visit: Visit) -> Answer:
        try:
            asked = query.parse(visit.pairs)
            after, is_lost = self._position(asked, visit.number)
        except query.InvalidQueryError as error:
            raise problems.invalid(self.settings.validation_status, error.errors) from None
        found, has_more = ([], False) if is_lost else self.workspace.contacts.page(asked, after)
        cursor = None
        if has_more:
            cursor = self._cursors.give(found[-1].key, request=visit.number, now=self.clock.now())
            self._last_cursor_id = found[-1].key[1]
        if visit.fault is not None and visit.fault.kind == "repeated_cursor":
            self._stuck_cursor = self._stuck_cursor or asked.cursor or cursor
            has_more, cursor = True, self._stuck_cursor
        self._pages += 1
        until = self.settings.churn.until_requests
        if not self.calm and (until is None or self._pages <= until):
            self.workspace.churn(self._last_cursor_id)
        return page_answer([contact.body for contact in found], cursor, has_more=has_more)

    def _position(self, asked: query.Query, number: int) -> tuple[Key | None, bool]:
        """The key that the page follows (None: from the start), and whether the cursor's place is lost."""
        if asked.cursor is None:
            return None, False
        try:
            contact_id, updated_at = self._cursors.read(asked.cursor, request=number, now=self.clock.now())
        except UnreadableCursorError:
            error = FieldError("cursor", "invalid", "A next_cursor of a page before.")
            raise query.InvalidQueryError([error]) from None
        except ExpiredCursorError:
            status = self.settings.cursor_expired_status
            raise ProblemError(status, "cursor-expired", "The cursor has expired; start again.") from None
        if updated_at is not None:
            return (updated_at, contact_id), False
        contact = self.workspace.contacts.get(contact_id)
        if contact is None or not matches(asked, contact):
            return None, True
        return contact.key, False


def page_answer(bodies: Sequence[bytes], cursor: str | None, *, has_more: bool) -> Answer:
    """A list response around contacts that are JSON already. A cursor has nothing in it to escape."""
    more = "true" if has_more else "false"
    next_cursor = "null" if cursor is None else f'"{cursor}"'
    end = f'],"has_more":{more},"next_cursor":{next_cursor}}}'.encode()
    body = b"".join((b'{"object":"list","data":[', b",".join(bodies), end))
    headers: Mapping[str, str] = {"X-Api-Version": "1.0.0"}
    return Answer(200, body, headers=headers, records=len(bodies))
