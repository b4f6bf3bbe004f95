"""One window, read to its end whatever changes meanwhile: tables of questions and answers, and a list that moves.

Pages hold four records here, so that five on one instant are a flood.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import MILLISECOND, SECOND, Instant, format_instant, parse_instant
from source_askelephant.reading.paginator import MOST_STALLS, Ask, StalledError, Walk

PAGE = 4
NOON = parse_instant("2026-03-01T12:00:00Z")
END = NOON + 60 * SECOND


@pytest.fixture(autouse=True, scope="module")
def _small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("source_askelephant.reading.paginator.LARGEST_PAGE", PAGE)
        yield


def record(id_: str, seconds: float) -> Record:
    return {"id": id_, "updated_at": format_instant(NOON + round(seconds * SECOND))}


def page(*records: tuple[str, float], cursor: str | None = None) -> Page:
    return Page([record(*each) for each in records], cursor)


def walk_to(end: Instant | None = END, begin: Instant = NOON) -> Walk:
    return Walk(begin, end, "updated_at")


def names(records: list[Record]) -> str:
    return "".join(each["id"] for each in records)


def at(seconds: float, cursor: str | None = None, end: Instant | None = END) -> Ask:
    return Ask(NOON + round(seconds * SECOND), end, cursor)


def follow(walk: Walk, *steps: tuple[Ask, Page | None, str]) -> None:
    """Each step: what is asked, the answer (None: an error), and the names of what is handed out."""
    for number, (ask, answer, fresh) in enumerate(steps, 1):
        assert not walk.complete
        assert walk.ask() == ask, f"step {number}"
        if answer is None:
            walk.lose_cursor()
        else:
            assert names(walk.receive(answer)) == fresh, f"step {number}"


def test_a_page_with_nothing_behind_it_is_all() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2)), "ab"))
    assert walk.complete
    assert (walk.position, walk.newest, walk.page_span) == (END, NOON + 2 * SECOND, 2 * SECOND)


def test_an_empty_window() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(), ""))
    assert walk.complete
    assert walk.newest is None


def test_the_end_of_a_chain_is_confirmed_without_a_cursor() -> None:
    walk = walk_to()
    follow(
        walk,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"),
        (at(0, "d"), page(("e", 5), ("f", 5)), "ef"),
        (at(5), page(("e", 5), ("f", 5)), ""),
    )
    assert walk.complete
    assert (walk.repeated, walk.repaired) == (2, 0)


@pytest.mark.parametrize("answer", [page(), None], ids=["empty", "error"])
def test_a_lost_position_is_found_again(answer: Page | None) -> None:
    walk = walk_to()
    follow(
        walk,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 3), cursor="d"), "abcd"),
        (at(0, "d"), answer, ""),  # d has moved on
        (at(3), page(("c", 3), ("e", 5)), "e"),
    )
    assert walk.complete
    assert walk.repaired > 0


def test_a_record_that_came_back_with_another_instant_is_handed_out_again() -> None:
    walk = walk_to()
    follow(
        walk,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 3), cursor="d"), "abcd"),
        (at(0, "d"), page(("c", 4), ("a", 5)), "ca"),
        (at(5), page(("a", 5)), ""),
    )
    assert walk.complete


def test_a_cursor_that_comes_back_is_not_used_again() -> None:
    walk = walk_to()
    follow(
        walk,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="same"), "abcd"),
        (at(0, "same"), page(("e", 5), ("f", 6), ("g", 7), ("h", 8), cursor="same"), "efgh"),
        (at(8), page(("h", 8), ("i", 9)), "i"),
    )
    assert walk.complete


FLOOD = (
    (at(0), page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d"), "abcd"),
    (at(0, "d"), page(("e", 1), ("f", 1)), "ef"),
)
BACKWARDS = Ask(NOON + SECOND, END, descending=True)


def test_the_end_of_a_flood_is_looked_at_from_the_other_end() -> None:
    walk = walk_to()
    follow(walk, *FLOOD, (BACKWARDS, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""))
    assert walk.complete
    assert walk.flood_end is None


def test_a_look_from_an_end_that_was_cut_off_meanwhile_is_repeated() -> None:
    walk = walk_to()
    follow(walk, *FLOOD)
    assert walk.ask() == BACKWARDS
    walk.cut(NOON + 9 * SECOND)
    assert walk.receive(page(("j", 20), ("i", 10), ("f", 1), ("e", 1), cursor="e")) == []
    look = Ask(NOON + SECOND, NOON + 9 * SECOND, descending=True)
    follow(walk, (look, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""))
    assert walk.complete
    assert walk.repaired == 0


def test_what_is_behind_a_flood_is_found_by_the_look() -> None:
    walk = walk_to()
    inside = NOON + 2 * SECOND
    follow(
        walk,
        *FLOOD,
        (BACKWARDS, page(("g", 2), ("f", 1), ("e", 1), ("d", 1), cursor="d"), ""),
        (at(1, end=inside), page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="D"), ""),
    )
    assert walk.flood_end is not None
    follow(
        walk,
        (at(1, "D", end=inside), page(("e", 1), ("f", 1)), ""),
        (Ask(NOON + SECOND, inside, descending=True), page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""),
        (at(2), page(("g", 2), ("h", 4)), "gh"),
    )
    assert walk.complete
    assert walk.position == END
    assert walk.page_span == 2 * SECOND * PAGE // 2, "the flood says nothing of the density behind it"


def test_within_a_flood_a_lost_position_costs_one_step_back() -> None:
    walk = walk_to()
    inside = NOON + 2 * SECOND
    look = Ask(NOON + SECOND, inside, descending=True)
    first = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
    follow(
        walk,
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
    assert walk.complete


@pytest.mark.parametrize(
    ("instant", "step"),
    [(NOON, SECOND), (NOON + 5 * MILLISECOND, MILLISECOND), (NOON + 5, 1), (NOON + 5_001, 1)],
)
def test_a_flood_is_one_step_of_its_precision_wide(instant: Instant, step: Instant) -> None:
    walk = walk_to()
    same = [{"id": id_, "updated_at": format_instant(instant)} for id_ in "abcd"]
    walk.ask()
    walk.receive(Page(same, "d"))
    walk.ask()
    walk.lose_cursor()
    assert walk.ask() == Ask(instant, instant + step)


def test_a_flood_at_the_end_of_a_window_stays_within_it() -> None:
    walk = walk_to(NOON + 5)
    walk.ask()
    walk.receive(page(("a", 0), ("b", 0), ("c", 0), ("d", 0), cursor="d"))
    walk.lose_cursor()
    assert walk.ask() == Ask(NOON, NOON + 5)


def test_the_tail_is_read_without_cursors() -> None:
    walk = walk_to(None)
    follow(
        walk,
        (at(0, end=None), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"),
        (at(4, end=None), page(("d", 4), ("e", 5), ("f", 6), ("g", 6), cursor="g"), "efg"),
        (at(6, end=None), page(("f", 6), ("g", 6), ("h", 6)), "h"),
    )
    assert walk.complete
    assert walk.position == NOON + 6 * SECOND, "what comes to stand there later is the next read's"


def test_a_flood_in_the_tail_is_read_with_cursors_and_left() -> None:
    walk = walk_to(None)
    inside = NOON + 2 * SECOND
    first = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
    follow(
        walk,
        (at(0, end=None), first, "abcd"),
        (at(1, end=None), first, ""),
        (at(1, end=inside), first, ""),
        (at(1, "d", end=inside), page(("e", 1)), "e"),
        (Ask(NOON + SECOND, inside, descending=True), page(("e", 1), ("d", 1), ("c", 1), ("b", 1), cursor="b"), ""),
        (at(2, end=None), page(("f", 9)), "f"),
    )
    assert walk.complete


@pytest.mark.parametrize("value", [None, 5, "yesterday", "2026-03-01T12:00:00", ..., []])
def test_records_that_cannot_be_placed_are_handed_out_and_move_nothing(value: object) -> None:
    odd: Record = {"id": "odd"} if value is ... else {"id": "odd", "updated_at": value}
    walk = walk_to()
    walk.ask()
    assert len(walk.receive(Page([odd, record("a", 1), odd, record("b", 2), odd], "c"))) == 5
    assert walk.position == NOON + 2 * SECOND
    walk.ask()
    assert walk.receive(Page([odd], None)) == [odd]
    assert walk.ask() == at(2)
    assert walk.receive(Page([record("b", 2), odd], None)) == [odd]
    assert walk.complete
    assert walk.repaired == 0, "what comes again can't be known again, and was not missed"


@pytest.mark.parametrize("value", [None, 5, "", ...])
def test_records_without_an_id_are_never_left_out(value: object) -> None:
    odd = {key: item for key, item in {**record("", 1), "id": value}.items() if item is not ...}
    walk = walk_to()
    walk.ask()
    assert walk.receive(Page([odd, odd], "c")) == [odd, odd]
    walk.ask()
    walk.receive(Page([], None))
    assert walk.ask() == at(1)
    assert walk.receive(Page([odd, odd], None)) == [odd, odd]
    assert walk.complete


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(("a", 1), ("b", 2)), id="before the position"),
        pytest.param(page(("e", 9), ("f", 8), ("g", 7)), id="descending"),
        pytest.param(page(("e", 9), ("d", 4)), id="descending to the position"),
    ],
)
def test_an_answer_out_of_order_ends_the_walk(answer: Page) -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    walk.ask()
    with pytest.raises(StalledError, match=r"order and filters that it was asked for \(updated_at\)"):
        walk.receive(answer)


@pytest.mark.parametrize("end", [END, None])
@pytest.mark.parametrize("records", [0, 1, PAGE])
def test_promises_of_more_that_bring_nothing_end_the_walk(end: Instant | None, records: int) -> None:
    walk = walk_to(end)
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while not walk.complete:
            answers += 1
            walk.ask()
            walk.receive(page(*[(id_, 1) for id_ in "abcd"[:records]], cursor=f"cursor {answers}"))

    with pytest.raises(StalledError, match="more without giving it"):
        ask_on()
    assert answers <= MOST_STALLS + 10


NOWHERE = [{"id": id_} for id_ in "abcd"]


@pytest.mark.parametrize("end", [END, None])
def test_pages_that_cannot_be_placed_are_followed_by_cursor(end: Instant | None) -> None:
    walk = walk_to(end)
    assert walk.ask() == at(0, end=end)
    assert walk.receive(Page(NOWHERE, "1")) == NOWHERE
    assert walk.adrift
    assert not walk.can_be_cut
    follow(walk, (at(0, "1", end), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="2"), "abcd"))
    assert walk.ask() == at(0 if end else 4, "2" if end else None, end)


@pytest.mark.parametrize("end", [END, None])
def test_a_list_that_cannot_be_placed_comes_once(end: Instant | None) -> None:
    walk = walk_to(end)
    for cursor in ("1", "2", None):
        walk.ask()
        assert walk.receive(Page(NOWHERE, cursor)) == NOWHERE
    assert walk.complete
    assert (walk.newest, walk.repaired) == (None, 0)


@pytest.mark.parametrize("end", [END, None])
@pytest.mark.parametrize("lost_every", [1, 2, 3, 1_000])
@pytest.mark.parametrize("cursors", [1, 2, 1_000])
def test_pages_without_end_that_cannot_be_placed_end_the_walk(
    end: Instant | None, lost_every: int, cursors: int
) -> None:
    walk = walk_to(end)
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while not walk.complete:
            answers += 1
            if walk.ask().cursor is not None and answers % lost_every == 0:
                walk.lose_cursor()
            else:
                walk.receive(Page(NOWHERE, f"cursor {answers % cursors}"))

    with pytest.raises(StalledError, match="without a readable updated_at"):
        ask_on()
    assert answers <= MOST_STALLS + 10


def test_cursors_that_are_always_refused_end_the_walk() -> None:
    walk = walk_to()
    lost = 0

    def ask_on() -> None:
        nonlocal lost
        while not walk.complete:
            if walk.ask().cursor is None:
                walk.receive(page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d"))
            else:
                lost += 1
                walk.lose_cursor()

    with pytest.raises(StalledError, match="more without giving it"):
        ask_on()
    assert lost <= MOST_STALLS


def test_a_flood_whose_cursors_are_refused_is_read_alone_to_its_end() -> None:
    walk = walk_to()
    inside = NOON + 2 * SECOND
    first = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
    look = Ask(NOON + SECOND, inside, descending=True)
    alone = []
    for step in (
        (at(0), first, "abcd"),
        (at(0, "d"), None, ""),
        (at(1, end=inside), first, ""),
        (at(1, "d", end=inside), page(("e", 1), ("f", 1)), "ef"),
        (look, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""),
    ):
        follow(walk, step)
        alone.append(walk.alone)
    assert alone == [False, True, True, True, False]


def test_elsewhere_a_cursor_that_is_refused_needs_nobody_to_wait() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"), (at(0, "d"), None, ""))
    assert not walk.alone


def test_cut_ends_the_window_and_the_chain() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert walk.can_be_cut
    walk.cut(NOON + 30 * SECOND)
    follow(walk, (at(4, end=NOON + 30 * SECOND), page(("d", 4), ("e", 5)), "e"))
    assert walk.complete
    assert walk.position == NOON + 30 * SECOND
    assert not walk.can_be_cut


def test_a_cut_may_come_while_an_answer_is_under_way() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert walk.ask() == at(0, "d")
    walk.cut(NOON + 6 * SECOND)
    assert names(walk.receive(page(("e", 5), ("f", 6), ("g", 7), ("h", 8), cursor="h"))) == "e"
    follow(walk, (at(5, end=NOON + 6 * SECOND), page(("e", 5)), ""))
    assert walk.complete


def test_a_cut_while_the_last_answer_of_a_chain_is_under_way_is_confirmed() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert walk.ask() == at(0, "d")
    walk.cut(NOON + 30 * SECOND)
    assert names(walk.receive(page(("e", 5)))) == "e"
    assert not walk.complete


def test_a_cut_while_records_come_that_cannot_be_placed_leaves_their_chain() -> None:
    walk = walk_to()
    follow(walk, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert walk.ask() == at(0, "d")
    walk.cut(NOON + 30 * SECOND)
    assert walk.receive(Page(NOWHERE, "e")) == NOWHERE
    assert walk.ask() == at(0, "e")


def test_the_density_is_that_of_all_records_since_the_position_moved() -> None:
    walk = walk_to()
    follow(
        walk,
        (at(0), page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d"), "abcd"),
        (at(0, "d"), page(("e", 1), ("f", 1), ("g", 1), ("h", 1), cursor="h"), "efgh"),
    )
    assert walk.page_span == 0
    follow(walk, (at(0, "h"), page(("i", 1), ("j", 1), ("k", 1), ("l", 3), cursor="l"), "ijkl"))
    assert walk.page_span == 2 * SECOND * PAGE // 8


def test_a_chain_that_is_long_on_one_instant_goes_on_after_a_cut_up_to_the_new_end() -> None:
    walk = walk_to()
    crowd = [(f"{number:02}", 1) for number in range(12)]  # more than are worth repeating
    follow(walk, (at(0), page(*crowd, cursor="11"), names(page(*crowd).records)))
    walk.cut(NOON + 5 * SECOND)
    follow(
        walk,
        (at(0, "11"), page(("a", 1), ("b", 4), ("c", 5), ("d", 6), cursor="d"), "ab"),
        (at(4, end=NOON + 5 * SECOND), page(("b", 4)), ""),
    )
    assert walk.complete
    assert walk.position == NOON + 5 * SECOND


def test_a_walk_in_a_flood_is_cut_behind_it() -> None:
    walk = walk_to()
    follow(walk, FLOOD[0])
    assert walk.cuttable_from == walk.position
    walk.lose_cursor()
    assert walk.flood_end is not None
    assert walk.can_be_cut
    assert walk.cuttable_from == walk.flood_end


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

    def answer(self, ask: Ask) -> Page:
        keys = sorted((instant, id_) for id_, instant in self.rows.items())
        keys = [key for key in keys if ask.begin <= key[0] and (ask.end is None or key[0] < ask.end)]
        if ask.cursor is not None:
            instant, id_ = ask.cursor.split("/")
            if not instant and (self.rows.get(id_, -1), id_) not in keys:
                return Page([], None)
            keys = [key for key in keys if key > (int(instant) if instant else self.rows[id_], id_)]
        keys = keys[::-1] if ask.descending else keys
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


def drive(walk: Walk, list_: MovingList, happenings: list[list[Event]], unit: Instant, now: Instant) -> list[Record]:
    """Walk to the end while the list moves; what changes is stamped ``now`` or later. Returns what is handed out."""
    handed_out: list[Record] = []
    left = iter(happenings)
    for _ in range(2_000):
        if walk.complete:
            return handed_out
        ask, current = walk.ask(), next(left, [])
        if ask.cursor is not None and any(what == "lose" for what, *_ in current):
            walk.lose_cursor()
        else:
            handed_out += walk.receive(list_.answer(ask))
        now = max(now, walk.flood_end or 0)  # whoever reads a flood lets its instant pass
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
    raise AssertionError("the walk doesn't end")


@given(instants=st.lists(st.integers(0, 9), max_size=40), unit=units, kind=st.sampled_from(["position", "record"]))
@settings(deadline=None)
def test_a_quiet_window_comes_once(instants: list[int], unit: Instant, kind: str) -> None:
    for end in (NOON + 10 * unit, None):
        list_ = MovingList(kind, rows(instants, unit))
        asked = drive(walk_to(end), list_, [], unit, NOON)
        assert sorted(each["id"] for each in asked) == sorted(list_.rows)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("kind", ["position", "record"])
def test_pages_may_be_smaller_than_asked_for(size: int, kind: str) -> None:
    """Ties that are smaller than a page as asked for, but larger than one as given."""
    list_ = MovingList(kind, rows([1, 2, 2, 2, 3, 3, 9], SECOND), page=size)
    for end in (END, None):
        assert sorted(each["id"] for each in drive(walk_to(end), list_, [], SECOND, NOON)) == sorted(list_.rows)


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
    handed_out = drive(walk_to(end), list_, happenings, unit, now=end)
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
    walk = walk_to(None)
    handed_out = drive(walk, list_, happenings, unit, now=NOON + 9 * unit)
    # What changed after the last answer is found by the next read, which begins where this one has come.
    handed_out += drive(walk_to(None, walk.position), list_, [], unit, now=NOON)
    latest: dict[str, Any] = {}
    for each in handed_out:
        latest[each["id"]] = max(parse_instant(each["updated_at"]), latest.get(each["id"], NOON))
    assert {id_: latest.get(id_) for id_ in list_.rows} == list_.rows


crowded = st.lists(st.integers(0, 19) | st.just(7), max_size=60)
cuts = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 19)), max_size=6)
"""After so many pages of a window, where to cut it if that can be done."""


def read_pages(walk: Walk, list_: MovingList, pages: int) -> list[Record]:
    handed_out: list[Record] = []
    for _ in range(pages):
        if not walk.complete:
            handed_out += walk.receive(list_.answer(walk.ask()))
    return handed_out


def drive_and_cut(
    list_: MovingList, cut_at: list[tuple[int, int]], happenings: list[list[Event]], unit: Instant
) -> list[Record]:
    """Read a window of twenty units, and cut it and its parts while answers are under way; the last cuts first."""
    left = list(cut_at)
    handed_out: list[Record] = []
    waiting = [(NOON, NOON + 20 * unit)]
    while waiting:
        begin, end = waiting.pop()
        walk = walk_to(end, begin)
        while left:
            pages, where = left.pop()
            instant = NOON + where * unit
            handed_out += read_pages(walk, list_, pages - 1)
            under_way = None if walk.complete else list_.answer(walk.ask())
            if walk.can_be_cut and walk.cuttable_from < instant < end:
                waiting.append((instant, end))
                walk.cut(instant)
                end = instant
            if under_way is not None:
                handed_out += walk.receive(under_way)
        handed_out += drive(walk, list_, happenings, unit, now=NOON + 20 * unit)
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("source_askelephant.reading.paginator.FEW_REPETITIONS", few)
        handed_out = drive_and_cut(list_, cut_at, happenings, unit)
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("source_askelephant.reading.paginator.FEW_REPETITIONS", few)
        handed_out = drive_and_cut(list_, cut_at, [], unit)
    assert sorted(each["id"] for each in handed_out) == sorted(list_.rows)
