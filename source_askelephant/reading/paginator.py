"""What to request next within one window, so that it is read to its end whatever changes meanwhile. Pure.

A page is asked for by where the reading stands, not by a cursor; what the answer repeats is known by its id, and left
out. Only an answer without a cursor ends a window. docs/reading.md says why::

    begin      ask: gte begin ──► page        the last record of a page has to come again with the next one:
    ├──────────────────────────────┤ position       if it doesn't, ask once more from a step before
                                   ask: gte position ──► page, nothing more: complete

Where that doesn't lead on, other ways do: ``flood.py``, ``narrowing.py``. Cursors that proved good spare repetitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import LAST_INSTANT, Duration, Instant, Window
from source_askelephant.reading.flood import Flood
from source_askelephant.reading.handed_out import HandedOut
from source_askelephant.reading.identity import Identifier
from source_askelephant.reading.narrowing import Narrowing
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.placed_page import MAX_REPETITIONS, Bounds, PlacedPage, PlacedRecord
from source_askelephant.reading.seam import Seam
from source_askelephant.reading.server_profile import ServerProfile
from source_askelephant.reading.stalled import NO_END, StalledError, StallGuard, no_ids, no_instants, unread_flood


@dataclass(eq=False)
class WindowPaginator:
    """Reads ``[begin, end)``: ``next_request`` says what to request, ``receive`` takes the answer.

    Attributes:
        begin: where the window begins (included).
        end: where it ends (excluded), None for the tail.
        cursor_field: the record's field with its instant.
        primary_key: the record's field with its id.
        profile: what is known of the server.
        position: everything before it has been handed out.
        newest: the latest instant that was received where it was asked for, None if there was none.
        page_span: time that a full page takes at the density that was read last, 0 while that is unknown.
        handed_out: what has been handed out, as far as it may come again.
        seam: where the next page has to go on.
        unread: a timestamp whose records can't all be read, and why. What comes after it is another paginator's.
    """

    begin: Instant
    end: Instant | None
    cursor_field: str
    primary_key: str
    profile: ServerProfile = field(default_factory=ServerProfile)
    position: Instant = field(init=False)
    newest: Instant | None = field(init=False, default=None)
    page_span: Duration = field(init=False, default=0)
    complete: bool = field(init=False, default=False)
    unread: tuple[Window, StalledError] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.position = self.begin
        self._asked = PageRequest(self.begin, self.end)
        self.handed_out = HandedOut()
        self.seam = Seam(self.profile)
        self._cursor: str | None = None  # to go on with
        self._ahead: tuple[PageRequest, Page] | None = None  # by cursor, if nothing stands before it
        self._flood: Flood | None = None
        self._narrowing: Narrowing | None = None
        self._guard = StallGuard(self.cursor_field)
        self._received = 0  # records since the position moved last
        self._is_tied = False  # whether all of the last page stands on the position's instant

    @property
    def bounds(self) -> Bounds:
        """What records are judged by: what is stamped at the window's end or later was changed while it was read."""
        return Bounds(self.begin, self.end, settled=self.end)

    @property
    def exclusive(self) -> bool:
        """Whether its cursors were refused: they may last only as long as nobody else asks."""
        return self._flood is not None and self._flood.exclusive

    @property
    def waits(self) -> bool:
        """Whether another paginator is about to see what this one needs to know of cursors."""
        return self._flood is not None and self._flood.wants_proof and not self.profile.may_prove(self._flood)

    @property
    def can_be_cut(self) -> bool:
        """Whether what lies after ``cuttable_from`` can be another paginator's."""
        return not self.complete and (self._flood is None or self._flood.end != self.end)

    @property
    def cuttable_from(self) -> Instant:
        """After which instant it may be cut: a flood is read by one paginator, as only its cursors lead through."""
        return self.position if self._flood is None or self._flood.end is None else self._flood.end

    def cut(self, end: Instant) -> None:
        """End earlier, after ``cuttable_from``: what lies from an instant on is another paginator's.

        May come between a request and its answer: what that brings from beyond is left out.
        """
        self.end = end

    def next_request(self) -> PageRequest:
        """Say what to request next. Not to be called when the paginator is complete."""
        if self._flood is not None:
            self._asked = self._flood.next_request()
        elif self._cursor is not None:
            self._asked = self._asked._replace(cursor=self._cursor)
        else:
            narrow = None if self._narrowing is None else self._narrowing.end(self.position)
            ends = (self.end, narrow, self._behind_instant if self._is_tied else None)
            self._asked = PageRequest(self.seam.begin(self.begin, self.position), min(_known(*ends), default=None))
        return self._asked

    def receive(self, page: Page) -> list[Record]:
        """Take the answer to the last request; return its records that have not been handed out yet.

        Raises:
            StalledError: if the API leads nowhere.
        """
        placed = self._place(page)
        self._guard.answered(len(page.records))
        if self._asked.cursor is None and (ignored := placed.ignored_parameter):
            raise StalledError(f"it doesn't keep to {ignored}")
        if self._flood is not None:
            return self._receive_flood(self._flood, placed)
        if self._asked.cursor is not None:
            return self._receive_by_cursor(placed, page)
        before = self._situation
        if not self.seam.holds(placed):
            return []  # all of it is asked for again
        new = self.handed_out.new(placed.own)
        self._go_on(placed, fresh=bool(new))
        self._guard.went_on(progress=bool(new) or before != self._situation)
        self._cursor = self._cursor_to_go_on_with(placed)
        return new

    def _place(self, page: Page) -> PlacedPage:
        fields = self.cursor_field, self.primary_key
        return PlacedPage(page, *fields, request=self._asked, bounds=self.bounds, profile=self.profile)

    def cursor_refused(self) -> None:
        """Take an error as the answer to a request with a cursor: it has expired, or was never good."""
        self._cursor = None
        if self._flood is not None:
            self._flood.cursor_refused()
            self._leave_flood(self._flood)

    def _go_on(self, placed: PlacedPage, *, fresh: bool) -> None:
        """Decide where to go on from after a page."""
        last = placed.in_place[-1].instant if placed.in_place else None
        if not placed.has_more:
            self._region_done(last)
        elif last is not None and last > self.position:
            self._advance(placed.in_place)
            self._is_tied = len(placed.in_place) == placed.repetitions(last) > MAX_REPETITIONS
        elif placed.in_place:
            if any(each.identifier is None for each in placed.in_place):
                raise no_ids(self.primary_key, self.position)
            if fresh and self._cursor_to_go_on_with(placed):
                return
            flood = self._enter_flood(self._asked.begin)
            if flood.next_request() == self._asked:
                flood.receive(placed.answer())
        elif placed.is_unplaceable:
            self._flood = Flood(self.position, self.end, self.profile, unplaceable=True)
        elif placed.own:
            self._guard.stood(in_place=False)
            return
        else:
            self._narrow()
        self._guard.stood(in_place=True)

    @property
    def _situation(self) -> tuple[object, ...]:
        return self.position, self.seam.steps_back, self._flood, self.complete

    def _region_done(self, last: Instant | None) -> None:
        """Note that all is read of what was asked for."""
        self.newest = self.newest if last is None else last
        self._leave(self._asked.end)
        self._narrowing = self._narrowing and self._narrowing.succeeded(self.position)

    def _leave(self, end: Instant | None) -> None:
        """Go on behind what has been read, up to an instant (excluded; None: to the end of the list)."""
        if end is None or (self.end is not None and end >= self.end):
            self.complete = True
            self.position = self.position if self.end is None else self.end
        else:
            self._move(end)

    def _advance(self, in_place: list[PlacedRecord]) -> None:
        """Move the position to the page's last instant."""
        first, last = in_place[0].instant, in_place[-1]
        assert first is not None
        assert last.instant is not None
        self._received += len(in_place)
        since = first if self.newest is None else self.position
        self.page_span = (last.instant - since) * self.profile.page_size // self._received
        self.newest = last.instant
        self._move(last.instant, last)

    def _move(self, position: Instant, expected: PlacedRecord | None = None) -> None:
        self.position, self._received, self._is_tied = position, 0, False
        self.seam.move(expected)
        self._forget()

    def _forget(self) -> None:
        self.handed_out.forget_before(self.position - 2 * self.profile.step)

    def _narrow(self) -> None:
        """Ask for a part: a page that has more, but nothing to go on from, is full of what is hidden from us."""
        settled = self.bounds.settled
        if self._narrowing is None and settled is not None and settled > self.position:
            self._narrowing = Narrowing(self.position, settled)
        elif self._narrowing is not None and self._narrowing.span > self.profile.step:
            self._narrowing.failed(self.position, self.profile.step)
        elif self._narrowing is not None:
            self._flood = Flood(self._asked.begin, self._asked.end, self.profile)

    @property
    def _behind_instant(self) -> Instant | None:
        """Where the position's instant ends (excluded), None at the end of time."""
        behind = self.position + self.profile.step
        return behind if behind <= LAST_INSTANT else None

    def _enter_flood(
        self, begin: Instant, known: Sequence[Identifier] = (), next_instant: Instant | None = None
    ) -> Flood:
        """Keep to the position's instant until it has been read. What is known of it, before the next, may be all."""
        end = min(_known(self.end, next_instant or self._behind_instant), default=None)
        self._flood = Flood(begin, end, self.profile, known=known)
        return self._flood

    def _receive_flood(self, flood: Flood, placed: PlacedPage) -> list[Record]:
        new = [] if placed.foreign else self.handed_out.new(placed.own)
        self.newest = max(_known(self.newest, *(each.instant for each in placed.in_place)), default=None)
        flood.receive(placed.answer(len(new)))
        self._leave_flood(flood)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and self._flood is None and not self.complete:
            self._asked, answer = ahead
            return self._take_by_cursor(self._place(answer))
        return new

    def _leave_flood(self, flood: Flood) -> None:
        """Go on behind a flood that has been read, or can't be."""
        if flood.failure is not None:
            self._give_up(flood, flood.failure)
        elif flood.done:
            self._leave(flood.end)
        else:
            return
        self.seam.repaired += flood.repaired
        self.profile.judge(flood, trusts_cursors=flood.proof)
        self._flood = None

    def _give_up(self, flood: Flood, why: str) -> None:
        if flood.unplaceable:
            raise no_instants(self.cursor_field)
        if not flood.order:
            raise StalledError(NO_END)
        error = unread_flood(self.cursor_field, self.position, why)
        if flood.end is None:
            raise error
        self.unread = Window(flood.begin, flood.end), error
        self.position = flood.begin
        self.complete = True

    def _cursor_to_go_on_with(self, placed: PlacedPage) -> str | None:
        elsewhere = self._flood or self._narrowing or self.complete
        return None if elsewhere else placed.trusted_cursor(self.position)

    def _receive_by_cursor(self, placed: PlacedPage, page: Page) -> list[Record]:
        """Take a page by cursor, if it surely goes on where the one before ended: in that instant, with new ones.

        If it begins later, it is kept until a look from the other end has shown that nothing stands before it.
        """
        self._cursor = None
        known = any(each.identifier is None or each in self.handed_out for each in placed.own)
        begin = None if known else placed.begin
        if begin == self.position:
            return self._take_by_cursor(placed)
        if len(ids := self.handed_out.at(self.position)) >= self.profile.page_size:
            self._ahead = None if begin is None or begin < self.position else (self._asked, page)
            self._enter_flood(self.position, ids, begin if self._ahead else None)
        return []

    def _take_by_cursor(self, placed: PlacedPage) -> list[Record]:
        new = self.handed_out.new(placed.own)
        if (placed.own[-1].instant or 0) > self.position:
            self._advance(placed.own)
        self._cursor = self._cursor_to_go_on_with(placed)
        if self.end is not None and not placed.has_more:
            self._enter_flood(self.position, self.handed_out.at(self.position), self.end)  # only for a look at its end
        return new


def _known(*instants: Instant | None) -> list[Instant]:
    return [each for each in instants if each is not None]
