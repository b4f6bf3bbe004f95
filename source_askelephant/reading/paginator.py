"""What to request next within one window, so that it is read to its end whatever changes meanwhile. Pure.

A chain of cursors is never believed: when its pages end, the last instant seen is asked for again *without* a cursor,
and only such an answer ends the window. docs/reading.md says why, and how floods, the tail and records that can't be
placed in time are read::

    begin      ask: gte begin ──► page ─cursor─► page ─cursor─► (nothing more)
    ├──────────────────────────────────────────────────┤ position
                                                       ask: gte position ──► page, nothing more: complete
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from source_askelephant.api.pages import MAX_PAGE_SIZE, Page, Record
from source_askelephant.instants import Duration, Instant, format_instant, instant_of, precision_of
from source_askelephant.reading.identity import Identifier, is_identifier
from source_askelephant.reading.stalled import StalledError, UnusableRecordsError

MAX_FRUITLESS_ANSWERS = 100
"""Answers in a row that may bring nothing new while the API says that there is more, beside known repetitions."""


@dataclass(frozen=True)
class PageRequest:
    """One request for ``[begin, end)``: from its beginning, from a cursor on, or from its end backwards."""

    begin: Instant
    end: Instant | None
    cursor: str | None = None
    descending: bool = False


@dataclass(eq=False)
class WindowPaginator:
    """Reads ``[begin, end)``: ``next_request`` says what to request, ``receive`` takes the answer.

    Attributes:
        begin: where the window begins (included).
        end: where it ends (excluded), None for the tail.
        cursor_field: the record's field with its instant.
        primary_key: the record's field with its id.
        page_size: how many records a full page holds.
        few_repetitions: so many records may come twice where it goes on without its cursor; they cost next to nothing.
        seen_ids: ids handed out at ``position``.
        flood_end: end of the one instant that the paginator keeps to while it is in a flood, None otherwise.
        exclusive: whether its flood's cursors were refused: they may last only as long as nobody else asks.
        position: everything before it has been handed out; at this instant, what is in ``seen_ids``.
        newest: instant of the last record received, None if there was none that can be placed in time.
        page_span: time that a full page takes at the density that was read last, 0 while that is unknown.
        positions_repaired: how often a position was lost and found again.
        duplicates: how many records were left out because they had been handed out before.
    """

    begin: Instant
    end: Instant | None
    cursor_field: str
    primary_key: str
    page_size: int = MAX_PAGE_SIZE
    few_repetitions: int = 10
    seen_ids: set[Identifier] = field(init=False, default_factory=set)
    position: Instant = field(init=False)
    newest: Instant | None = field(init=False, default=None)
    page_span: Duration = field(init=False, default=0)
    complete: bool = field(init=False, default=False)
    flood_end: Instant | None = field(init=False, default=None)
    exclusive: bool = field(init=False, default=False)
    positions_repaired: int = field(init=False, default=0)
    duplicates: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.position = self.begin
        self._chain: dict[str, None] = {}  # cursors in their order, of which the last one is next
        self._chain_begin, self._chain_end = self.begin, self.end  # the filters that go along with all of them
        self._looking_back = False
        self._confirming = False
        self._stepped_back = False  # and no cursor has led on since
        self._fresh_since_look = False
        self._fruitless_answers = 0
        self._received = 0  # records since the position moved last
        self._unplaceable = False
        self._was_unplaceable = False  # since there was something new

    def for_window(self, begin: Instant, end: Instant | None) -> "WindowPaginator":
        """Return a paginator for another window of the same list."""
        return WindowPaginator(begin, end, self.cursor_field, self.primary_key, self.page_size, self.few_repetitions)

    @property
    def unplaceable(self) -> bool:
        """Whether no record of the last page can be placed in time, so that only its cursor leads on."""
        return self._unplaceable and bool(self._chain)

    def next_request(self) -> PageRequest:
        """Say what to request next. Not to be called when the paginator is complete."""
        end = self.end if self.flood_end is None else self.flood_end
        if self._looking_back:
            return PageRequest(self.position, end, descending=True)
        if self._chain and not self._probably_last_page and not self._begun_before_cut:
            return PageRequest(self._chain_begin, self._chain_end, next(reversed(self._chain)))
        self._chain, self._chain_begin, self._chain_end = {}, self.position, end
        return PageRequest(self.position, end)

    @property
    def _probably_last_page(self) -> bool:
        """Whether the next page is probably the last: asked for without a cursor, it needs no confirmation."""
        if self.end is None or self.flood_end is not None or self._fruitless_answers:
            return False
        return len(self.seen_ids) <= self.few_repetitions and self.end - self.position <= self.page_span

    @property
    def _begun_before_cut(self) -> bool:
        """Whether the chain was begun before the window was cut, and little is repeated by beginning another one."""
        was_cut = self._chain_end != self.end and self.flood_end is None
        return was_cut and not self._unplaceable and len(self.seen_ids) <= self.few_repetitions

    def receive(self, page: Page) -> list[Record]:
        """Take the answer to the last request; return its records that have not been handed out yet.

        Raises:
            StalledError: if the API leads nowhere.
        """
        records = self._before_the_end(page.records)
        if self._looking_back:
            if len(records) == len(page.records):  # else the window was cut meanwhile: look again
                self._check_other_end(page)
            return []
        fresh = [record for record in records if not self._was_seen(record)]
        self.duplicates += len(records) - len(fresh)
        self.positions_repaired += self._confirming and next(self._instants(iter(fresh)), None) is not None
        self._fresh_since_look = self._fresh_since_look or bool(fresh)
        self._confirming = False
        self._stepped_back = self._stepped_back and not records
        known = len(self.seen_ids)
        advanced = self._advance(records, has_more=page.next_cursor is not None)
        # A server that ignores what it is asked sends the same records for ever: they are no progress.
        self._fruitless_answers = 0 if advanced or len(self.seen_ids) > known else self._fruitless_answers + 1
        self._was_unplaceable = self._unplaceable or (self._was_unplaceable and self._fruitless_answers > 0)
        if page.next_cursor is None and not self._chain:
            self._finish()
        elif page.next_cursor is None or len(records) < len(page.records):
            self._chain_ended(broken=False)
        elif page.next_cursor in self._chain:
            self._chain_ended(broken=True)
        elif self.end is not None or self.flood_end is not None or self._unplaceable:
            self._chain[page.next_cursor] = None
        elif advanced:
            self._chain = {}
        else:
            self._enter_flood()
        self._check_progress()
        return fresh

    def cursor_refused(self) -> None:
        """Take an error as the answer to a request with a cursor: it has expired, or was never good.

        Raises:
            StalledError: if that happened too often without anything new in between.
        """
        self._chain_ended(broken=True)
        self.exclusive = self.flood_end is not None
        self._fruitless_answers += 1
        self._check_progress()

    @property
    def can_be_cut(self) -> bool:
        """Whether what lies after ``cuttable_from`` can be another paginator's."""
        return not (self.complete or self.unplaceable)

    @property
    def cuttable_from(self) -> Instant:
        """After which instant it may be cut: a flood is read by one paginator, as only its cursors lead through."""
        return self.position if self.flood_end is None else self.flood_end

    def cut(self, end: Instant) -> None:
        """End earlier, after ``cuttable_from``: what lies from an instant on is another paginator's.

        May come between a request and its answer, of which what lies beyond the new end is left out.
        """
        self.end = end

    def _chain_ended(self, *, broken: bool) -> None:
        """Nothing follows by cursor. Ask for what the chain may have missed, in the way that gets there."""
        self.positions_repaired += broken
        # More ids at one instant than a page holds: the API's pages are smaller than asked for.
        if len(self.seen_ids) < self.page_size and self._fruitless_answers <= 1:
            self._chain, self._confirming = {}, True
        elif self._was_unplaceable and not broken:
            self._finish()
        elif self.flood_end is None and broken:
            self._enter_flood()
        elif broken or self._stepped_back:
            self._step_back()
        else:
            self._looking_back = True

    def _check_other_end(self, page: Page) -> None:
        """Take the look from the other end: does it show anything that was not handed out?"""
        self._looking_back = False
        if all(self._was_seen(record) for record in page.records):
            self._finish()
            return
        self.positions_repaired += 1
        self._fruitless_answers += 1
        if self.flood_end is None:
            self._enter_flood()
        elif self._fresh_since_look:
            self._step_back()
        else:  # stepping back led to nothing new: what is missing came to stand before
            self._chain = {}
        self._fresh_since_look = False
        self._check_progress()

    def _step_back(self) -> None:
        self._chain.popitem()
        self._stepped_back = True

    def _enter_flood(self) -> None:
        """Keep to the instant of a flood until it has been read."""
        end = self.position + precision_of(self.position)
        self.flood_end = end if self.end is None else min(end, self.end)
        self._chain = {}

    def _finish(self) -> None:
        self._chain = {}
        if self.flood_end is not None:
            self.position, self.seen_ids, self._received = self.flood_end, set(), 0
            self.flood_end, self.exclusive = None, False
            self.complete = self.end is not None and self.position >= self.end
            return
        self.complete = True
        if self.end is not None:
            self.position, self.seen_ids = self.end, set()

    def _check_progress(self) -> None:
        if self._fruitless_answers > MAX_FRUITLESS_ANSWERS + 2 * len(self.seen_ids) // self.page_size:
            if self._was_unplaceable:
                raise UnusableRecordsError(
                    f"its records come without a readable {self.cursor_field}, by which they are read: a date, a time "
                    "and its zone"
                )
            raise StalledError("it keeps saying that there is more without giving it")

    def _advance(self, records: list[Record], *, has_more: bool) -> bool:
        """Move the position to the page's last instant; return whether that is later than before."""
        newest = next(self._instants(reversed(records)), None)
        self._unplaceable = bool(records) and newest is None
        if newest is None:
            return False
        oldest = next(self._instants(iter(records)), newest)
        if newest < max(oldest, self.position):
            raise StalledError(f"it doesn't keep to the order and filters that it was asked for ({self.cursor_field})")
        advanced = newest > self.position
        self._received += len(records)
        if advanced:
            span = newest - (oldest if self.newest is None else self.position)
            self.page_span = span * self.page_size // self._received
            self.position, self.seen_ids, self._received = newest, set(), 0
        self.newest = newest
        ids = set(self._ids_at_the_end(records))
        self.seen_ids.update(each for each in ids if each is not None)
        if None in ids and oldest == newest and has_more and not advanced:  # no id shows what comes again
            raise UnusableRecordsError(
                f"more records than a page holds are of {format_instant(newest)}, and not all of them have a usable "
                f"{self.primary_key}, by which they are told apart"
            )
        return advanced

    def _ids_at_the_end(self, records: list[Record]) -> Iterator[Identifier | None]:
        """Ids of the page's records at the position, which is the page's last instant; None for one without."""
        same: str | None = None  # equal texts are equal instants: few need to be parsed
        for record in reversed(records):
            text = record.get(self.cursor_field)
            if text != same:
                instant = instant_of(record, self.cursor_field)
                if instant is None:
                    continue
                if instant != self.position:
                    return
                same = text
            identifier = record.get(self.primary_key)
            yield identifier if is_identifier(identifier) else None

    def _before_the_end(self, records: list[Record]) -> list[Record]:
        """What of a page is this paginator's: a chain that was begun before the window was cut leads beyond its end."""
        end = self.end
        if end is None or (self._chain_end is not None and self._chain_end <= end):
            return records
        return [each for each in records if (instant := instant_of(each, self.cursor_field)) is None or instant < end]

    def _was_seen(self, record: Record) -> bool:
        identifier = record.get(self.primary_key)
        return (
            is_identifier(identifier)
            and identifier in self.seen_ids
            and instant_of(record, self.cursor_field) == self.position
        )

    def _instants(self, records: Iterator[Record]) -> Iterator[Instant]:
        return (instant for record in records if (instant := instant_of(record, self.cursor_field)) is not None)
