"""What this kind of server takes a request for: its parameters, and what its cursor holds of an earlier one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from emulator.clock import Clock
from emulator.cursors import Cursors, ExpiredCursorError, Held, UnreadableCursorError
from emulator.instants import STEPS
from emulator.lists import Listing
from emulator.problems import FieldError, ProblemError, cursor_refused, invalid
from emulator.query import InvalidQueryError, Query, as_shown, beside_cursor, ignoring, parse
from emulator.settings import Settings

Pairs = Sequence[tuple[str, str]]


class Requested(NamedTuple):
    """What is asked for, what the cursor beside it holds, and what the next cursor keeps of the query."""

    query: Query
    held: Held | None
    kept: str


class Reader:
    """Reads requests for one list as its settings say."""

    def __init__(self, settings: Settings, listing: Listing, cursors: Cursors, clock: Clock) -> None:
        self._settings = settings
        self._listing = listing
        self._cursors = cursors
        self._clock = clock
        self._is_plain = settings.cursor_keeps == "nothing" and settings.cursor_beside == "applied"

    def read(self, pairs: Pairs, request: int) -> Requested:
        """What these decoded (name, value) pairs ask for; `request` is the count of requests so far.

        Raises:
            ProblemError: when a parameter is wrong, or the cursor is.
        """
        if self._settings.ignored_filters:
            pairs = ignoring(pairs, self._settings.ignored_filters)
        try:
            asked = self._parsed(pairs)
            if asked.cursor is None:
                return Requested(asked, None, self._kept(pairs))
            held = self._held(asked.cursor, request)
            if self._is_plain:
                return Requested(asked, held, "")
            query = self._parsed([*{**dict(parse_qsl(held.query)), **self._beside(pairs)}.items()])
        except InvalidQueryError as error:
            raise invalid(self._settings.validation_status, error.errors) from None
        return Requested(replace(query, limit=asked.limit, expand=asked.expand, cursor=asked.cursor), held, held.query)

    def _parsed(self, pairs: Pairs) -> Query:
        asked = parse(pairs, self._listing, gte_means_gt=self._settings.gte_means_gt)
        if asked.limit > self._settings.most_per_page:
            asked = replace(asked, limit=self._settings.most_per_page)
        if self._settings.compared == "shown":
            step = STEPS[self._settings.precision]
            return as_shown(asked, step, is_rounded=self._settings.shown == "rounded")
        return asked

    def _kept(self, pairs: Pairs) -> str:
        """What a cursor keeps of the request for its first page."""
        keeps = self._settings.cursor_keeps
        if keeps == "nothing":
            return ""
        own = beside_cursor(pairs, self._listing)
        return urlencode([each for each in own if keeps == "query" or each[0] == "order_by"])

    def _beside(self, pairs: Pairs) -> dict[str, str]:
        """What counts of that which stands beside a cursor. Raises InvalidQueryError if that is refused."""
        own, rule = dict(beside_cursor(pairs, self._listing)), self._settings.cursor_beside
        others = own.keys() if rule == "alone" else own.keys() - {"order_by"}
        if others and rule in {"refused", "alone"}:
            hint = "This can't be given beside a cursor."
            raise InvalidQueryError([FieldError(name, "beside_cursor", hint) for name in own if name in others])
        return own if rule == "applied" else {name: own[name] for name in own.keys() - others}

    def _held(self, cursor: str, request: int) -> Held:
        try:
            return self._cursors.read(cursor, request=request, now=self._clock.now())
        except UnreadableCursorError:
            error = FieldError("cursor", "invalid", "A next_cursor of a page before.")
            raise InvalidQueryError([error]) from None
        except ExpiredCursorError:
            raise self.expired() from None

    def expired(self) -> ProblemError:
        """The refusal of a cursor that leads nowhere any more."""
        return cursor_refused(self._settings.cursor_expired_status, "expired")
