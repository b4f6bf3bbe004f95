"""What the timestamps of a page's records say: which stand where they were asked for, and which don't. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import FIRST_INSTANT, Instant, instant_of
from source_askelephant.reading.identity import Identifier, is_identifier, names_record
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.server_profile import ServerProfile

MAX_REPETITIONS = 10
"""Records that may come twice where a window goes on without its cursor; they cost next to nothing."""

_PROOF = 2
"""So many records (or all, if there are fewer) that can't be there show that a parameter is ignored."""


class PlacedRecord(NamedTuple):
    """A record with its id and its instant, each None if it has no usable one."""

    record: Record
    identifier: Identifier | None
    instant: Instant | None


class Bounds(NamedTuple):
    """What a page's records are judged by.

    Attributes:
        begin: where the window begins (included).
        end: where it ends now (excluded), None for the tail: it may have been cut since the page was asked for.
        settled: before which nothing changes any more, None if that isn't known.
        future: after which no change of the present is stamped, None if that isn't known.
    """

    begin: Instant
    end: Instant | None
    settled: Instant | None
    future: Instant | None = None


class Answer(NamedTuple):
    """A page as a flood sees it.

    Attributes:
        ids: of its records, in their order; None for one that has none.
        next_cursor: of the page after it.
        fresh: how many of its records were handed out for the first time.
        foreign: whether there are records that weren't asked for.
        in_place: the ids of those that haven't changed since they were looked up.
    """

    ids: Sequence[Identifier | None]
    next_cursor: str | None
    fresh: int
    foreign: bool
    in_place: Sequence[Identifier | None]


class PlacedPage:
    """The records of a page.

    Args:
        page: as it came.
        cursor_field: the record's field with its instant.
        primary_key: the record's field with its id.
        request: what was asked for.
        bounds: what they are judged by.
        profile: what is known of the server; learns from them.

    Attributes:
        own: the window's records, in their order. Others are another window's.
        in_place: those that stand where they were asked for, and not where they have changed to since.
        next_cursor: of the page after it.
        has_more: whether there may be more of the window: none of its records stands beyond its end.
    """

    def __init__(
        self,
        page: Page,
        cursor_field: str,
        primary_key: str,
        *,
        request: PageRequest,
        bounds: Bounds,
        profile: ServerProfile,
    ) -> None:
        self._request, self._bounds, self._profile = request, bounds, profile
        self._cursor_field = cursor_field
        placed = [self._place(record, primary_key) for record in page.records]
        self.own = [each for each in placed if not self._is_anothers(each.instant)]
        self.in_place = [each for each in self.own if self._is_in_place(each.instant)]
        self.next_cursor = page.next_cursor
        self.has_more = page.next_cursor is not None and not any(
            each.instant >= bounds.begin
            for each in placed
            if each.instant is not None and self._is_anothers(each.instant)
        )

    @property
    def is_unplaceable(self) -> bool:
        """Whether there are records, and none of them can be placed in time."""
        return bool(self.own) and all(each.instant is None for each in self.own)

    @property
    def foreign(self) -> bool:
        """Whether there are records that weren't asked for, and haven't changed since they were looked up."""
        return any(self._is_old(each.instant) or self._is_late(each.instant) for each in self.own)

    @property
    def ignored_parameter(self) -> str | None:
        """The parameter that the API ignored, None if it kept to all."""
        if len(self.in_place) > 1 and (self.in_place[0].instant or 0) > (self.in_place[-1].instant or 0):
            return None if self._request.descending else "order_by"
        proof = min(_PROOF, max(1, len(self.own)))
        if sum(self._is_old(each.instant) for each in self.own) >= proof:
            return f"filter[{self._cursor_field}][gte]"
        if sum(self._is_late(each.instant) for each in self.own) >= proof:
            return f"filter[{self._cursor_field}][lt]"
        return None

    def repetitions(self, instant: Instant) -> int:
        """How many stand on the instant that the page ends with; 0 if that is another, or some are out of place."""
        if not self.own or self.own[-1].instant != instant or len(self.in_place) < len(self.own):
            return 0
        return sum(each.instant == instant for each in self.own)

    def answer(self, fresh: int = 0) -> Answer:
        """The page as a flood sees it, of which so many records were handed out for the first time."""
        own, in_place = ([each.identifier for each in records] for records in (self.own, self.in_place))
        return Answer(own, self.next_cursor, fresh, self.foreign, in_place)

    def trusted_cursor(self, instant: Instant) -> str | None:
        """The next page's cursor, if cursors have proved good and without it many of an instant would come again."""
        request, cursor = self._request, self.next_cursor
        if cursor is None or not self._profile.trusts_cursors or request.end is None or request.begin == FIRST_INSTANT:
            return None
        many = self.repetitions(instant) > MAX_REPETITIONS
        return cursor if many and names_record(cursor, self.own[-1].identifier) else None

    @property
    def begin(self) -> Instant | None:
        """The first record's instant, if all are in their places."""
        return self.own[0].instant if self.own and len(self.in_place) == len(self.own) else None

    def _place(self, record: Record, primary_key: str) -> PlacedRecord:
        identifier, instant = record.get(primary_key), instant_of(record, self._cursor_field)
        if instant is not None:
            self._profile.see(instant, self._request.begin)
        return PlacedRecord(record, identifier if is_identifier(identifier) else None, instant)

    def _is_anothers(self, instant: Instant | None) -> bool:
        """Whether a record is another window's: this one was cut while the request was under way, or asked too much.

        Not what is stamped in the present: that may have changed just now, and then nobody else sees it.
        """
        begin, end, request = self._bounds.begin, self._bounds.end, self._request
        if instant is None:
            return False
        if instant < begin:
            return instant >= request.begin
        was_asked_for = request.end is None or instant < request.end
        return end is not None and end <= instant < self._profile.present and was_asked_for

    def _is_in_place(self, instant: Instant | None) -> bool:
        settled, future = self._bounds.settled, self._bounds.future
        if instant is None or self._is_early(instant):
            return False
        return settled is None or instant < settled or (future is not None and instant > future)

    def _is_early(self, instant: Instant | None) -> bool:
        return instant is not None and instant < self._request.begin - self._profile.step

    def _is_old(self, instant: Instant | None) -> bool:
        """Whether a record is early, and not because a change took it from the future to the present."""
        return instant is not None and self._is_early(instant) and instant < self._profile.present

    def _is_late(self, instant: Instant | None) -> bool:
        end = self._request.end
        return instant is not None and end is not None and end + self._profile.step <= instant < self._profile.present
