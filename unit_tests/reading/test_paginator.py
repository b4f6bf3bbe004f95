"""One window, read to its end whatever changes meanwhile: tables of questions and answers, and a list that moves.

Pages hold four records here, so that five on one instant are a flood.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import MILLISECOND, SECOND, Instant, format_instant, parse_instant
from source_askelephant.reading.paginator import MAX_FRUITLESS_ANSWERS, PageRequest, WindowPaginator
from source_askelephant.reading.stalled import StalledError

PAGE = 4
NOON = parse_instant("2026-03-01T12:00:00Z")
END = NOON + 60 * SECOND


def record(id_: str, seconds: float) -> Record:
    return {"id": id_, "updated_at": format_instant(NOON + round(seconds * SECOND))}


def page(*records: tuple[str, float], cursor: str | None = None) -> Page:
    return Page([record(*each) for each in records], cursor)


def paginator_to(end: Instant | None = END, begin: Instant = NOON, **fields: int) -> WindowPaginator:
    return WindowPaginator(begin, end, "updated_at", "id", page_size=PAGE, **fields)


def names(records: list[Record]) -> str:
    return "".join(each["id"] for each in records)


def at(seconds: float, cursor: str | None = None, end: Instant | None = END) -> PageRequest:
    return PageRequest(NOON + round(seconds * SECOND), end, cursor)


def follow(paginator: WindowPaginator, *steps: tuple[PageRequest, Page | None, str]) -> None:
    """Each step: what is asked, the answer (None: an error), and the names of what is handed out."""
    for number, (page_request, answer, fresh) in enumerate(steps, 1):
        assert not paginator.complete
        assert paginator.next_request() == page_request, f"step {number}"
        if answer is None:
            paginator.cursor_refused()
        else:
            assert names(paginator.receive(answer)) == fresh, f"step {number}"


def test_a_page_with_nothing_behind_it_is_all() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2)), "ab"))
    assert paginator.complete
    assert (paginator.position, paginator.newest, paginator.page_span) == (END, NOON + 2 * SECOND, 2 * SECOND)


def test_an_empty_window() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(), ""))
    assert paginator.complete
    assert paginator.newest is None


def test_the_end_of_a_chain_is_confirmed_without_a_cursor() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"),
        (at(0, "d"), page(("e", 5), ("f", 5)), "ef"),
        (at(5), page(("e", 5), ("f", 5)), ""),
    )
    assert paginator.complete
    assert (paginator.duplicates, paginator.positions_repaired) == (2, 0)


@pytest.mark.parametrize("answer", [page(), None], ids=["empty", "error"])
def test_a_lost_position_is_found_again(answer: Page | None) -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 3), cursor="d"), "abcd"),
        (at(0, "d"), answer, ""),  # d has moved on
        (at(3), page(("c", 3), ("e", 5)), "e"),
    )
    assert paginator.complete
    assert paginator.positions_repaired > 0


def test_a_record_that_came_back_with_another_instant_is_handed_out_again() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 3), cursor="d"), "abcd"),
        (at(0, "d"), page(("c", 4), ("a", 5)), "ca"),
        (at(5), page(("a", 5)), ""),
    )
    assert paginator.complete


def test_a_cursor_that_comes_back_is_not_used_again() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="same"), "abcd"),
        (at(0, "same"), page(("e", 5), ("f", 6), ("g", 7), ("h", 8), cursor="same"), "efgh"),
        (at(8), page(("h", 8), ("i", 9)), "i"),
    )
    assert paginator.complete


FLOOD = (
    (at(0), page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d"), "abcd"),
    (at(0, "d"), page(("e", 1), ("f", 1)), "ef"),
)
BACKWARDS = PageRequest(NOON + SECOND, END, descending=True)


def test_the_end_of_a_flood_is_looked_at_from_the_other_end() -> None:
    paginator = paginator_to()
    follow(paginator, *FLOOD, (BACKWARDS, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""))
    assert paginator.complete
    assert paginator.flood_end is None


def test_a_look_from_an_end_that_was_cut_off_meanwhile_is_repeated() -> None:
    paginator = paginator_to()
    follow(paginator, *FLOOD)
    assert paginator.next_request() == BACKWARDS
    paginator.cut(NOON + 9 * SECOND)
    assert paginator.receive(page(("j", 20), ("i", 10), ("f", 1), ("e", 1), cursor="e")) == []
    look = PageRequest(NOON + SECOND, NOON + 9 * SECOND, descending=True)
    follow(paginator, (look, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""))
    assert paginator.complete
    assert paginator.positions_repaired == 0


def test_what_is_behind_a_flood_is_found_by_the_look() -> None:
    paginator = paginator_to()
    inside = NOON + 2 * SECOND
    follow(
        paginator,
        *FLOOD,
        (BACKWARDS, page(("g", 2), ("f", 1), ("e", 1), ("d", 1), cursor="d"), ""),
        (at(1, end=inside), page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="D"), ""),
    )
    assert paginator.flood_end is not None
    follow(
        paginator,
        (at(1, "D", end=inside), page(("e", 1), ("f", 1)), ""),
        (
            PageRequest(NOON + SECOND, inside, descending=True),
            page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"),
            "",
        ),
        (at(2), page(("g", 2), ("h", 4)), "gh"),
    )
    assert paginator.complete
    assert paginator.position == END
    assert paginator.page_span == 2 * SECOND * PAGE // 2, "the flood says nothing of the density behind it"


def test_within_a_flood_a_lost_position_costs_one_step_back() -> None:
    paginator = paginator_to()
    inside = NOON + 2 * SECOND
    look = PageRequest(NOON + SECOND, inside, descending=True)
    first = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
    follow(
        paginator,
        (at(0), first, "abcd"),
        (at(0, "d"), None, ""),
        (at(1, end=inside), first, ""),
        (at(1, "d", end=inside), page(("e", 1), ("f", 1), ("g", 1), ("h", 1), cursor="h"), "efgh"),
        (at(1, "h", end=inside), page(), ""),  # h has moved on
        (look, page(("k", 1), ("j", 1), ("i", 1), ("g", 1), cursor="g"), ""),
        (at(1, "d", end=inside), page(("e", 1), ("f", 1), ("g", 1), ("i", 1), cursor="i"), "i"),
        (at(1, "i", end=inside), page(("j", 1), ("k", 1)), "jk"),
        (look, page(("k", 1), ("j", 1), ("i", 1), ("g", 1), cursor="g"), ""),
        (at(2), page(), ""),
    )
    assert paginator.complete


@pytest.mark.parametrize(
    ("instant", "step"),
    [(NOON, SECOND), (NOON + 5 * MILLISECOND, MILLISECOND), (NOON + 5, 1), (NOON + 5_001, 1)],
)
def test_a_flood_is_one_step_of_its_precision_wide(instant: Instant, step: Instant) -> None:
    paginator = paginator_to()
    same = [{"id": id_, "updated_at": format_instant(instant)} for id_ in "abcd"]
    paginator.next_request()
    paginator.receive(Page(same, "d"))
    paginator.next_request()
    paginator.cursor_refused()
    assert paginator.next_request() == PageRequest(instant, instant + step)


def test_a_flood_at_the_end_of_a_window_stays_within_it() -> None:
    paginator = paginator_to(NOON + 5)
    paginator.next_request()
    paginator.receive(page(("a", 0), ("b", 0), ("c", 0), ("d", 0), cursor="d"))
    paginator.cursor_refused()
    assert paginator.next_request() == PageRequest(NOON, NOON + 5)


def test_the_tail_is_read_without_cursors() -> None:
    paginator = paginator_to(None)
    follow(
        paginator,
        (at(0, end=None), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"),
        (at(4, end=None), page(("d", 4), ("e", 5), ("f", 6), ("g", 6), cursor="g"), "efg"),
        (at(6, end=None), page(("f", 6), ("g", 6), ("h", 6)), "h"),
    )
    assert paginator.complete
    assert paginator.position == NOON + 6 * SECOND, "what comes to stand there later is the next read's"


def test_a_flood_in_the_tail_is_read_with_cursors_and_left() -> None:
    paginator = paginator_to(None)
    inside = NOON + 2 * SECOND
    first = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
    follow(
        paginator,
        (at(0, end=None), first, "abcd"),
        (at(1, end=None), first, ""),
        (at(1, end=inside), first, ""),
        (at(1, "d", end=inside), page(("e", 1)), "e"),
        (
            PageRequest(NOON + SECOND, inside, descending=True),
            page(("e", 1), ("d", 1), ("c", 1), ("b", 1), cursor="b"),
            "",
        ),
        (at(2, end=None), page(("f", 9)), "f"),
    )
    assert paginator.complete


@pytest.mark.parametrize("value", [None, 5, "yesterday", "2026-03-01T12:00:00", ..., []])
def test_records_that_cannot_be_placed_are_handed_out_and_move_nothing(value: object) -> None:
    odd: Record = {"id": "odd"} if value is ... else {"id": "odd", "updated_at": value}
    paginator = paginator_to()
    paginator.next_request()
    assert len(paginator.receive(Page([odd, record("a", 1), odd, record("b", 2), odd], "c"))) == 5
    assert paginator.position == NOON + 2 * SECOND
    paginator.next_request()
    assert paginator.receive(Page([odd], None)) == [odd]
    assert paginator.next_request() == at(2)
    assert paginator.receive(Page([record("b", 2), odd], None)) == [odd]
    assert paginator.complete
    assert paginator.positions_repaired == 0, "what comes again can't be known again, and was not missed"


@pytest.mark.parametrize("value", [None, True, "", [], ...])
def test_records_without_an_id_are_never_left_out(value: object) -> None:
    odd = {key: item for key, item in {**record("", 1), "id": value}.items() if item is not ...}
    paginator = paginator_to()
    paginator.next_request()
    assert paginator.receive(Page([odd, odd], "c")) == [odd, odd]
    paginator.next_request()
    paginator.receive(Page([], None))
    assert paginator.next_request() == at(1)
    assert paginator.receive(Page([odd, odd], None)) == [odd, odd]
    assert paginator.complete


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(("a", 1), ("b", 2)), id="before the position"),
        pytest.param(page(("e", 9), ("f", 8), ("g", 7)), id="descending"),
        pytest.param(page(("e", 9), ("d", 4)), id="descending to the position"),
    ],
)
def test_an_answer_out_of_order_ends_the_walk(answer: Page) -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    paginator.next_request()
    with pytest.raises(StalledError, match=r"order and filters that it was asked for \(updated_at\)"):
        paginator.receive(answer)


@pytest.mark.parametrize("end", [END, None])
@pytest.mark.parametrize("records", [0, 1, PAGE])
def test_promises_of_more_that_bring_nothing_end_the_walk(end: Instant | None, records: int) -> None:
    paginator = paginator_to(end)
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while not paginator.complete:
            answers += 1
            paginator.next_request()
            paginator.receive(page(*[(id_, 1) for id_ in "abcd"[:records]], cursor=f"cursor {answers}"))

    with pytest.raises(StalledError, match="more without giving it"):
        ask_on()
    assert answers <= MAX_FRUITLESS_ANSWERS + 10


NOWHERE = [{"id": id_} for id_ in "abcd"]


@pytest.mark.parametrize("end", [END, None])
def test_pages_that_cannot_be_placed_are_followed_by_cursor(end: Instant | None) -> None:
    paginator = paginator_to(end)
    assert paginator.next_request() == at(0, end=end)
    assert paginator.receive(Page(NOWHERE, "1")) == NOWHERE
    assert paginator.unplaceable
    assert not paginator.can_be_cut
    follow(paginator, (at(0, "1", end), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="2"), "abcd"))
    assert paginator.next_request() == at(0 if end else 4, "2" if end else None, end)


@pytest.mark.parametrize("end", [END, None])
def test_a_list_that_cannot_be_placed_comes_once(end: Instant | None) -> None:
    paginator = paginator_to(end)
    for cursor in ("1", "2", None):
        paginator.next_request()
        assert paginator.receive(Page(NOWHERE, cursor)) == NOWHERE
    assert paginator.complete
    assert (paginator.newest, paginator.positions_repaired) == (None, 0)


@pytest.mark.parametrize("end", [END, None])
@pytest.mark.parametrize("lost_every", [1, 2, 3, 1_000])
@pytest.mark.parametrize("cursors", [1, 2, 1_000])
def test_pages_without_end_that_cannot_be_placed_end_the_walk(
    end: Instant | None, lost_every: int, cursors: int
) -> None:
    paginator = paginator_to(end)
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while not paginator.complete:
            answers += 1
            if paginator.next_request().cursor is not None and answers % lost_every == 0:
                paginator.cursor_refused()
            else:
                paginator.receive(Page(NOWHERE, f"cursor {answers % cursors}"))

    with pytest.raises(StalledError, match="without a readable updated_at"):
        ask_on()
    assert answers <= MAX_FRUITLESS_ANSWERS + 10


def test_cursors_that_are_always_refused_end_the_walk() -> None:
    paginator = paginator_to()
    lost = 0

    def ask_on() -> None:
        nonlocal lost
        while not paginator.complete:
            if paginator.next_request().cursor is None:
                paginator.receive(page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d"))
            else:
                lost += 1
                paginator.cursor_refused()

    with pytest.raises(StalledError, match="more without giving it"):
        ask_on()
    assert lost <= MAX_FRUITLESS_ANSWERS


def test_a_flood_whose_cursors_are_refused_is_read_alone_to_its_end() -> None:
    paginator = paginator_to()
    inside = NOON + 2 * SECOND
    first = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
    look = PageRequest(NOON + SECOND, inside, descending=True)
    alone = []
    for step in (
        (at(0), first, "abcd"),
        (at(0, "d"), None, ""),
        (at(1, end=inside), first, ""),
        (at(1, "d", end=inside), page(("e", 1), ("f", 1)), "ef"),
        (look, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""),
    ):
        follow(paginator, step)
        alone.append(paginator.exclusive)
    assert alone == [False, True, True, True, False]


def test_elsewhere_a_cursor_that_is_refused_needs_nobody_to_wait() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"), (at(0, "d"), None, ""))
    assert not paginator.exclusive


def test_cut_ends_the_window_and_the_chain() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert paginator.can_be_cut
    paginator.cut(NOON + 30 * SECOND)
    follow(paginator, (at(4, end=NOON + 30 * SECOND), page(("d", 4), ("e", 5)), "e"))
    assert paginator.complete
    assert paginator.position == NOON + 30 * SECOND
    assert not paginator.can_be_cut


def test_a_cut_may_come_while_an_answer_is_under_way() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert paginator.next_request() == at(0, "d")
    paginator.cut(NOON + 6 * SECOND)
    assert names(paginator.receive(page(("e", 5), ("f", 6), ("g", 7), ("h", 8), cursor="h"))) == "e"
    follow(paginator, (at(5, end=NOON + 6 * SECOND), page(("e", 5)), ""))
    assert paginator.complete


def test_a_cut_while_the_last_answer_of_a_chain_is_under_way_is_confirmed() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert paginator.next_request() == at(0, "d")
    paginator.cut(NOON + 30 * SECOND)
    assert names(paginator.receive(page(("e", 5)))) == "e"
    assert not paginator.complete


def test_a_cut_while_records_come_that_cannot_be_placed_leaves_their_chain() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert paginator.next_request() == at(0, "d")
    paginator.cut(NOON + 30 * SECOND)
    assert paginator.receive(Page(NOWHERE, "e")) == NOWHERE
    assert paginator.next_request() == at(0, "e")


def test_the_density_is_that_of_all_records_since_the_position_moved() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d"), "abcd"),
        (at(0, "d"), page(("e", 1), ("f", 1), ("g", 1), ("h", 1), cursor="h"), "efgh"),
    )
    assert paginator.page_span == 0
    follow(paginator, (at(0, "h"), page(("i", 1), ("j", 1), ("k", 1), ("l", 3), cursor="l"), "ijkl"))
    assert paginator.page_span == 2 * SECOND * PAGE // 8


def test_a_chain_that_is_long_on_one_instant_goes_on_after_a_cut_up_to_the_new_end() -> None:
    paginator = paginator_to()
    crowd = [(f"{number:02}", 1) for number in range(12)]  # more than are worth repeating
    follow(paginator, (at(0), page(*crowd, cursor="11"), names(page(*crowd).records)))
    paginator.cut(NOON + 5 * SECOND)
    follow(
        paginator,
        (at(0, "11"), page(("a", 1), ("b", 4), ("c", 5), ("d", 6), cursor="d"), "ab"),
        (at(4, end=NOON + 5 * SECOND), page(("b", 4)), ""),
    )
    assert paginator.complete
    assert paginator.position == NOON + 5 * SECOND


def test_a_walk_in_a_flood_is_cut_behind_it() -> None:
    paginator = paginator_to()
    follow(paginator, FLOOD[0])
    assert paginator.cuttable_from == paginator.position
    paginator.cursor_refused()
    assert paginator.flood_end is not None
    assert paginator.can_be_cut
    assert paginator.cuttable_from == paginator.flood_end


# ---- A list that moves ----


@dataclass
class MovingList:
    """The API in miniature.

    Attributes:
        kind: what a cursor holds: the position, or the record whose place is looked up.
        rows: the records' instants by id.
        last: the record behind the cursor given out last.
        page: how many records it gives at most.
    """

    kind: str
    rows: dict[str, Instant]
    last: str | None = None
    page: int = PAGE

    def answer(self, page_request: PageRequest) -> Page:
        keys = sorted((instant, id_) for id_, instant in self.rows.items())
        keys = [
            key
            for key in keys
            if page_request.begin <= key[0] and (page_request.end is None or key[0] < page_request.end)
        ]
        if page_request.cursor is not None:
            instant, id_ = page_request.cursor.split("/")
            if not instant and (self.rows.get(id_, -1), id_) not in keys:
                return Page([], None)
            keys = [key for key in keys if key > (int(instant) if instant else self.rows[id_], id_)]
        keys = keys[::-1] if page_request.descending else keys
        cursor = None
        if len(keys) > self.page:
            instant_, self.last = keys[self.page - 1]
            cursor = f"{instant_ if self.kind == 'position' else ''}/{self.last}"
        return Page([{"id": id_, "updated_at": format_instant(instant)} for instant, id_ in keys[:PAGE]], cursor)


Event = tuple[str, int, int]
"""What others do after an answer: "update", "delete", "create" or "lose" (the next cursor is refused); whom (0: the
record behind the last cursor); and how many steps of time pass."""

units = st.sampled_from([SECOND, MILLISECOND, 1])
events = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["update", "delete", "create", "lose"]), st.integers(0, 12), st.integers(0, 2)),
        max_size=3,
    ),
    max_size=30,
)


def rows(instants: list[int], unit: Instant) -> dict[str, Instant]:
    """Records with ids in an order of their own."""
    return {f"{number * 37 % 101:03}": NOON + instant * unit for number, instant in enumerate(instants)}


def drive(
    paginator: WindowPaginator, list_: MovingList, happenings: list[list[Event]], unit: Instant, now: Instant
) -> list[Record]:
    """Read to the end while the list moves; what changes is stamped ``now`` or later. Returns what is handed out."""
    handed_out: list[Record] = []
    left = iter(happenings)
    for _ in range(2_000):
        if paginator.complete:
            return handed_out
        page_request, current = paginator.next_request(), next(left, [])
        if page_request.cursor is not None and any(what == "lose" for what, *_ in current):
            paginator.cursor_refused()
        else:
            handed_out += paginator.receive(list_.answer(page_request))
        now = max(now, paginator.flood_end or 0)  # whoever reads a flood lets its instant pass
        for what, whom, passes in current:
            now += passes * unit
            ids = sorted(list_.rows)
            target = list_.last if whom == 0 else ids[whom % len(ids)] if ids else None
            if what == "create":
                list_.rows[f"n{len(list_.rows):03}{now % 997}"] = now
            elif what == "update" and target in list_.rows:
                list_.rows[target] = now
            elif what == "delete":
                list_.rows.pop(str(target), None)
    raise AssertionError("the paginator doesn't end")


@given(instants=st.lists(st.integers(0, 9), max_size=40), unit=units, kind=st.sampled_from(["position", "record"]))
@settings(deadline=None)
def test_a_quiet_window_comes_once(instants: list[int], unit: Instant, kind: str) -> None:
    for end in (NOON + 10 * unit, None):
        list_ = MovingList(kind, rows(instants, unit))
        asked = drive(paginator_to(end), list_, [], unit, NOON)
        assert sorted(each["id"] for each in asked) == sorted(list_.rows)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("kind", ["position", "record"])
def test_pages_may_be_smaller_than_asked_for(size: int, kind: str) -> None:
    """Ties that are smaller than a page as asked for, but larger than one as given."""
    list_ = MovingList(kind, rows([1, 2, 2, 2, 3, 3, 9], SECOND), page=size)
    for end in (END, None):
        assert sorted(each["id"] for each in drive(paginator_to(end), list_, [], SECOND, NOON)) == sorted(list_.rows)


@given(
    instants=st.lists(st.integers(0, 9) | st.just(3), max_size=60),
    unit=units,
    kind=st.sampled_from(["position", "record"]),
    happenings=events,
)
@example(instants=[3] * 40, unit=SECOND, kind="record", happenings=[[("update", 0, 0)]] * 30)
@example(instants=[3] * 40, unit=1, kind="record", happenings=[[("delete", 0, 0)], []] * 15)
@settings(deadline=None)
def test_what_stays_in_a_window_is_not_missed(
    instants: list[int], unit: Instant, kind: str, happenings: list[list[Event]]
) -> None:
    list_ = MovingList(kind, rows(instants, unit))
    before = dict(list_.rows)
    end = NOON + 10 * unit
    handed_out = drive(paginator_to(end), list_, happenings, unit, now=end)
    stayed = {id_ for id_, instant in before.items() if list_.rows.get(id_) == instant}
    assert stayed <= {each["id"] for each in handed_out}


@given(
    instants=st.lists(st.integers(0, 9) | st.just(9), max_size=40),
    unit=units,
    kind=st.sampled_from(["position", "record"]),
    happenings=events,
)
@example(instants=[9] * 20, unit=SECOND, kind="record", happenings=[[("create", 0, 0), ("update", 0, 0)]] * 20)
@settings(deadline=None)
def test_the_tail_catches_up_with_every_change(
    instants: list[int], unit: Instant, kind: str, happenings: list[list[Event]]
) -> None:
    list_ = MovingList(kind, rows(instants, unit))
    paginator = paginator_to(None)
    handed_out = drive(paginator, list_, happenings, unit, now=NOON + 9 * unit)
    # What changed after the last answer is found by the next read, which begins where this one has come.
    handed_out += drive(paginator_to(None, paginator.position), list_, [], unit, now=NOON)
    latest: dict[str, Any] = {}
    for each in handed_out:
        latest[each["id"]] = max(parse_instant(each["updated_at"]), latest.get(each["id"], NOON))
    assert {id_: latest.get(id_) for id_ in list_.rows} == list_.rows


crowded = st.lists(st.integers(0, 19) | st.just(7), max_size=60)
cuts = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 19)), max_size=6)
"""After so many pages of a window, where to cut it if that can be done."""


def read_pages(paginator: WindowPaginator, list_: MovingList, pages: int) -> list[Record]:
    handed_out: list[Record] = []
    for _ in range(pages):
        if not paginator.complete:
            handed_out += paginator.receive(list_.answer(paginator.next_request()))
    return handed_out


def drive_and_cut(
    list_: MovingList, cut_at: list[tuple[int, int]], happenings: list[list[Event]], unit: Instant, few: int
) -> list[Record]:
    """Read a window of twenty units, and cut it and its parts while answers are under way; the last cuts first."""
    left = list(cut_at)
    handed_out: list[Record] = []
    waiting = [(NOON, NOON + 20 * unit)]
    while waiting:
        begin, end = waiting.pop()
        paginator = paginator_to(end, begin, few_repetitions=few)
        while left:
            pages, where = left.pop()
            instant = NOON + where * unit
            handed_out += read_pages(paginator, list_, pages - 1)
            under_way = None if paginator.complete else list_.answer(paginator.next_request())
            if paginator.can_be_cut and paginator.cuttable_from < instant < end:
                waiting.append((instant, end))
                paginator.cut(instant)
                end = instant
            if under_way is not None:
                handed_out += paginator.receive(under_way)
        handed_out += drive(paginator, list_, happenings, unit, now=NOON + 20 * unit)
    return handed_out


@given(
    instants=crowded,
    unit=units,
    kind=st.sampled_from(["position", "record"]),
    happenings=events,
    cut_at=cuts,
    few=st.sampled_from([0, 10]),
)
@settings(deadline=None)
def test_all_parts_of_a_cut_window_are_read(
    instants: list[int],
    unit: Instant,
    kind: str,
    happenings: list[list[Event]],
    cut_at: list[tuple[int, int]],
    few: int,
) -> None:
    list_ = MovingList(kind, rows(instants, unit))
    before = dict(list_.rows)
    handed_out = drive_and_cut(list_, cut_at, happenings, unit, few)
    stayed = {id_ for id_, instant in before.items() if list_.rows.get(id_) == instant}
    assert stayed <= {each["id"] for each in handed_out}


@given(
    instants=crowded,
    unit=units,
    kind=st.sampled_from(["position", "record"]),
    cut_at=cuts,
    few=st.sampled_from([0, 10]),
)
@settings(deadline=None)
def test_a_quiet_window_comes_once_wherever_it_is_cut(
    instants: list[int], unit: Instant, kind: str, cut_at: list[tuple[int, int]], few: int
) -> None:
    list_ = MovingList(kind, rows(instants, unit))
    handed_out = drive_and_cut(list_, cut_at, [], unit, few)
    assert sorted(each["id"] for each in handed_out) == sorted(list_.rows)
