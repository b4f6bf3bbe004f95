"""More records on one timestamp than a page holds: only cursors lead through, and they are not believed. Pure.

::

    first page        ─►  half of it       ─►  from the half's cursor on  ─►  by cursors to the end  ─►  the last page
    without a cursor      its order again?     goes on in that order?         a break: step back         from behind

A list whose records can't be placed in time is read in the same way, without the first three checks: there is no other.
"""

from collections.abc import Sequence
from enum import Enum, auto

from source_askelephant.instants import Instant
from source_askelephant.reading.identity import Identifier, names_record
from source_askelephant.reading.order import joins, same_order
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.placed_page import Answer
from source_askelephant.reading.server_profile import ServerProfile

MAX_ATTEMPTS = 3
"""Attempts to compare the order."""
BELIEVED_DEAD_END = 3
"""Which chain in a row is believed that ends in nothing, by a cursor whose record is still there."""
MAX_BREAKS = 100
"""Those that ended with a cursor whose record had just changed."""
MAX_UNPLACEABLE = 10_000
"""Records that can't be placed in time, and are read nevertheless: all of them, with every read."""
MAX_FRUITLESS_ANSWERS = 100
"""Answers in a row that may bring nothing new, beside two for each page of what has been handed out."""


class _Asked(Enum):
    FIRST = auto()  # the first page
    HALF = auto()  # half of it
    REST = auto()  # what comes after that half
    CHAIN = auto()  # what comes after the last page
    OTHER_END = auto()  # the last page, from behind


class Flood:
    """Reads ``[begin, end)`` to its end, or fails.

    Args:
        begin: where it begins (included).
        end: where it ends (excluded).
        profile: what is known of the server.
        unplaceable: whether its records can't be placed in time.
        known: ids that have been handed out already, by cursors that can be trusted: they may be all.

    Attributes:
        done: whether all has been handed out.
        failure: why that can't be, None as long as it may.
        order: ids of this pass, in their order.
        repaired: how often a chain broke, and went on.
        exclusive: whether cursors were refused: they may last only as long as nobody else asks.
    """

    def __init__(
        self,
        begin: Instant,
        end: Instant | None,
        profile: ServerProfile,
        *,
        unplaceable: bool = False,
        known: Sequence[Identifier] = (),
    ) -> None:
        self.begin, self.end = begin, end
        self.unplaceable = unplaceable
        self.done = False
        self.failure: str | None = None
        self.exclusive = False
        self.order: list[Identifier] = list(known)
        self.repaired = 0
        self._profile = profile
        self._asked = _Asked.OTHER_END if known else _Asked.FIRST
        self._alone = profile.cursors_come_alone
        self._is_in_order = unplaceable or bool(known)
        self._names_records = True  # so far, each cursor held the id of its page's last record
        self._attempts = 0
        self._fruitless = 0
        self._dead_ends = 0
        self._handed_out = 0
        self._fresh_in_pass = False
        self._chain: list[str] = []
        self._last_of: dict[str, Identifier | None] = {}  # by cursor, what its page ended with
        self._page_of: dict[Identifier, int] = {}  # in this pass
        self._first_cursor = ""
        self._half: list[Identifier] = []
        self._suspect: Identifier | None = None  # its cursor didn't go on where its page ended
        self._breaks = 0
        self._previous_order: list[Identifier] | None = None

    def next_request(self) -> PageRequest:
        """Say what to request next."""
        if self._asked is _Asked.HALF and self._profile.trusts_cursors:
            self._trust()
        match self._asked:
            case _Asked.FIRST:
                return PageRequest(self.begin, self.end)
            case _Asked.HALF:
                return PageRequest(self.begin, self.end, limit=self._half_page)
            case _Asked.REST:
                return PageRequest(self.begin, self.end, self._chain[-1], limit=self._half_page, alone=self._alone)
            case _Asked.OTHER_END:
                return PageRequest(self.begin, self.end, descending=True)
            case _:
                return PageRequest(self.begin, self.end, self._chain[-1], alone=self._alone)

    @property
    def _half_page(self) -> int:
        return max(1, min(self._profile.page_size, len(self.order)) // 2)

    def receive(self, answer: Answer) -> None:
        """Take the answer to the last request."""
        self._handed_out += answer.fresh
        if answer.fresh:
            self._fresh_in_pass, self._fruitless, self._dead_ends = True, 0, 0
        else:
            self._fruitless += 1
        if answer.next_cursor is not None and answer.ids:
            self._last_of[answer.next_cursor] = answer.ids[-1]
            self._names_records = self._names_records and names_record(answer.next_cursor, answer.ids[-1])
        if answer.foreign and self._alone and not self._profile.cursors_come_alone:
            self.cursor_refused()  # it wasn't the company
        else:
            self._take([each for each in answer.ids if each is not None], answer)
        if self.unplaceable and self._handed_out > MAX_UNPLACEABLE:
            self.failure = "its records can't be placed in time"
        if self._fruitless > MAX_FRUITLESS_ANSWERS + 2 * self._handed_out // self._profile.page_size and not self.done:
            self.failure = self.failure or "its cursors break again and again"

    def _take(self, ids: list[Identifier], answer: Answer) -> None:
        match self._asked:
            case _Asked.FIRST:
                self._first(ids, answer)
            case _Asked.HALF:
                self._take_half(ids, answer)
            case _Asked.REST:
                self._take_rest(ids)
            case _Asked.CHAIN:
                self._follow(ids, answer)
            case _Asked.OTHER_END:
                self._look(ids, answer)

    @property
    def wants_proof(self) -> bool:
        """Whether it is about to see whether cursors keep to the order; nobody needs to, if another flood has."""
        return self._asked is _Asked.HALF and not self._profile.trusts_cursors

    @property
    def proof(self) -> bool | None:
        """Whether its cursors led through it in the order of pages without them, and each named its record."""
        if self.failure is None and (not self._is_in_order or self.unplaceable):
            return None
        return self.done and self._names_records and not self._alone

    def cursor_refused(self) -> None:
        """Take an error as the answer to a request with a cursor: it has expired, or was never good."""
        self._fruitless += 1
        if not self.exclusive and not self._alone:
            self._alone = True  # once: perhaps it is only the company
            return
        self._alone = self._profile.cursors_come_alone
        self.exclusive = True
        if self._asked is _Asked.REST:
            self._try_again("its cursors are refused")
        else:
            self._step_back()
        if self._fruitless > MAX_FRUITLESS_ANSWERS:
            self.failure = "its cursors are refused"

    def _first(self, ids: list[Identifier], answer: Answer) -> None:
        self.order, self._page_of, self._chain = list(ids), dict.fromkeys(ids, 0), []
        self._judge_suspect(ids)
        if answer.next_cursor is None:
            self.done = True
        elif self._is_in_order or not ids:
            self._chain, self._asked = [answer.next_cursor], _Asked.CHAIN
        else:
            self._first_cursor, self._asked = answer.next_cursor, _Asked.HALF

    def _take_half(self, ids: list[Identifier], answer: Answer) -> None:
        self._half = ids
        if answer.next_cursor is None:
            self._asked = _Asked.FIRST
        elif not same_order(self.order, ids):
            self._try_again("its order changes")
        else:
            self._chain, self._asked = [answer.next_cursor], _Asked.REST

    def _take_rest(self, ids: list[Identifier]) -> None:
        """Compare what comes after half a page by cursor with what came after it without one."""
        self._confirm_company()
        expected = [each for each in self.order if each not in self._half]
        again = ids[: len(expected)]
        common = set(again) & set(expected)
        if 2 * len(common) < len(expected) or any(each in self._half for each in ids):
            self._suspect, self._asked = (self._half or expected)[-1], _Asked.FIRST
        elif not same_order(expected, again):
            self._try_again("its order changes")
        else:
            self._trust()

    def _judge_suspect(self, ids: list[Identifier]) -> None:
        """See whether a cursor led nowhere because its record has changed since; if not, none will lead anywhere."""
        suspect, self._suspect = self._suspect, None
        if suspect is not None and self._is_in_order:
            self._dead_ends += suspect in ids
        elif suspect in ids:
            self._try_again("its cursors don't go on where a page ended")
        elif suspect is not None:
            self._breaks += 1
            if self._breaks > MAX_BREAKS:
                self.failure = "it changes faster than it can be read"

    def _trust(self) -> None:
        self._is_in_order = True
        self._chain, self._asked = [self._first_cursor], _Asked.CHAIN

    def _follow(self, ids: list[Identifier], answer: Answer) -> None:
        """Take a page of the chain."""
        page = len(self._chain)
        comes_again = any(self._page_of.get(each, page) < page for each in ids)
        ends_in_nothing = not answer.ids and answer.next_cursor is None and not self.unplaceable
        if answer.foreign or comes_again or ends_in_nothing or answer.next_cursor in self._chain:
            if not answer.ids and answer.next_cursor is None:
                self._ends_in_nothing()
            elif answer.foreign:
                self._try_again("its cursors leave the filters")
            else:
                self._step_back()
            return
        self._confirm_company()
        self._judge_suspect(ids)
        self._extend(ids, answer)

    def _ends_in_nothing(self) -> None:
        """The chain promised more, and nothing came: the cursor's record has gone, or all that followed is hidden."""
        if self._dead_ends < BELIEVED_DEAD_END - 1:
            self._suspect = self._last_of.get(self._chain[-1])
            self._dead_ends += self._suspect is None  # nothing there that could have changed
            self._step_back()
        else:
            self._dead_ends = BELIEVED_DEAD_END
            self._asked = _Asked.OTHER_END

    def _extend(self, ids: list[Identifier], answer: Answer) -> None:
        page = len(self._chain)
        known = set(self.order)
        self.order += (each for each in ids if each not in known)
        for each in ids:
            self._page_of.setdefault(each, page)
        if answer.next_cursor is not None:
            self._chain.append(answer.next_cursor)
            return
        if self.unplaceable:
            self.done, self._fresh_in_pass = not self._fresh_in_pass, False
            self._asked = _Asked.FIRST
            return
        self._asked = _Asked.OTHER_END

    def _look(self, ids: list[Identifier], answer: Answer) -> None:
        """Take the last page from behind: does it hold anything new, and is it where the chain ended?"""
        last_seen = set(self.order[-self._profile.page_size :])
        if self._dead_ends >= BELIEVED_DEAD_END and not joins(self.order, answer.in_place):
            self.failure = "its cursors don't go on where a page ended"
        elif answer.fresh or (ids and not last_seen & set(ids)):
            self.repaired += 1
            self._start_over()
        elif self._names_records or self._previous_order == self.order:
            self.done = True
        else:
            self._previous_order = self.order
            self._asked = _Asked.FIRST

    def _confirm_company(self) -> None:
        if self._alone:
            self._profile.cursors_come_alone = True

    def _step_back(self) -> None:
        """Ask from an earlier cursor: it leads to the same page, which may end elsewhere now."""
        self.repaired += 1
        self._chain.pop()
        if not self._chain:
            self._start_over()

    def _start_over(self) -> None:
        self._chain = []
        self._asked = _Asked.FIRST
        self._attempts += not self._is_in_order
        if self._attempts > MAX_ATTEMPTS:
            self.failure = "its order can't be relied on"

    def _try_again(self, why: str) -> None:
        self._attempts += 1
        self._asked = _Asked.FIRST
        if self._attempts >= MAX_ATTEMPTS:
            self.failure = why
