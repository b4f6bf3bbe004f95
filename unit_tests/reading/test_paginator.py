"""One window, read to its end whatever changes meanwhile: tables of requests and answers, and a list that moves.

Pages hold four records here, so that five on one instant are a flood.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    MILLISECOND,
    SECOND,
    Instant,
    format_instant,
    parse_instant,
)
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.paginator import WindowPaginator
from source_askelephant.reading.server_profile import ServerProfile
from source_askelephant.reading.stalled import MAX_EMPTY_ANSWERS, MAX_FRUITLESS_ANSWERS, StalledError

PAGE = 4
NOON = parse_instant("2026-03-01T12:00:00Z")
END = NOON + 60 * SECOND


def record(id_: str, seconds: float) -> Record:
    return {"id": id_, "updated_at": format_instant(NOON + round(seconds * SECOND))}


def page(*records: tuple[str, float], cursor: str | None = None) -> Page:
    return Page([record(*each) for each in records], cursor)


def paginator_to(end: Instant | None = END, begin: Instant = NOON) -> WindowPaginator:
    """For a server whose ``gte`` is known to include its instant."""
    profile = ServerProfile(page_size=PAGE)
    profile.includes_bounds = True
    return WindowPaginator(begin, end, "updated_at", "id", profile)


def names(records: list[Record]) -> str:
    return "".join(each["id"] for each in records)


def at(seconds: float, cursor: str | None = None, end: Instant | None = END, **others: Any) -> PageRequest:
    return PageRequest(NOON + round(seconds * SECOND), end, cursor, **others)


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
    assert (paginator.position, paginator.newest) == (END, NOON + 2 * SECOND)


def test_an_empty_window() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(), ""))
    assert paginator.complete
    assert paginator.newest is None


@pytest.mark.parametrize("end", [END, None])
def test_the_next_page_is_asked_for_by_where_the_last_one_ended(end: Instant | None) -> None:
    paginator = paginator_to(end)
    follow(
        paginator,
        (at(0, end=end), page(("a", 1), ("b", 2), ("c", 3), ("d", 3), cursor="d"), "abcd"),
        (at(3, end=end), page(("c", 3), ("d", 3), ("e", 4), ("f", 5), cursor="f"), "ef"),
        (at(5, end=end), page(("f", 5), ("g", 6)), "g"),
    )
    assert paginator.complete
    assert paginator.position == (END if end else NOON + 5 * SECOND)
    assert (paginator.handed_out.duplicates, paginator.seam.repaired) == (3, 0)


@pytest.mark.parametrize(
    ("answer", "fresh"),
    [
        pytest.param(page(("e", 4)), "e", id="it has changed, or gone"),
        pytest.param(page(("d", 3), ("e", 4)), "e", id="it comes back"),
        pytest.param(page(("x", 2.5), ("e", 4)), "xe", id="another has come to stand there"),
    ],
)
def test_what_a_page_ended_with_is_asked_for_once_more_if_it_does_not_come_again(answer: Page, fresh: str) -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 1), ("c", 2), ("d", 3), cursor="d"), "abcd"),
        (at(3), page(("e", 4)), ""),
        (at(2), answer, fresh),
    )
    assert paginator.complete
    assert paginator.seam.repaired == (answer.records[0]["id"] == "d")


def test_after_the_second_time_that_a_step_back_helped_it_is_always_made() -> None:
    """So it is where ``gte`` means "later than", and where shown timestamps are rounded."""
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 1), ("c", 2), ("d", 3), cursor="d"), "abcd"),
        (at(3), page(("e", 5), cursor="e"), ""),
        (at(2), page(("d", 3), ("e", 5), cursor="e"), "e"),
        (at(5), page(("f", 7), cursor="f"), ""),
        (at(4), page(("e", 5), ("f", 7), cursor="f"), "f"),
        (at(6), page(("f", 7), ("g", 9), cursor="g"), "g"),
        (at(8), page(("g", 9)), ""),
    )
    assert paginator.complete
    assert paginator.profile.steps_back


def test_where_gte_is_not_known_to_include_its_instant_a_window_begins_before() -> None:
    paginator = WindowPaginator(NOON, END, "updated_at", "id", ServerProfile(page_size=PAGE))
    assert paginator.next_request() == PageRequest(NOON - 1, END)
    assert names(paginator.receive(page(("z", 0), ("a", 1)))) == "za"


def test_before_everything_nothing_is_asked_for() -> None:
    paginator = WindowPaginator(FIRST_INSTANT, END, "updated_at", "id", ServerProfile(page_size=PAGE))
    assert paginator.next_request() == PageRequest(FIRST_INSTANT, END)


def test_a_record_that_came_back_with_another_instant_is_handed_out_again() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 3), cursor="d"), "abcd"),
        (at(3), page(("d", 3), ("c", 4), ("a", 5)), "ca"),
    )
    assert paginator.complete


@pytest.mark.parametrize("changed", [("d", 90), ("d", 60)])
def test_the_position_does_not_come_from_a_record_that_is_out_of_place(changed: tuple[str, float]) -> None:
    """A body that is newer than the place: it was stamped after the window's end while the page was made."""
    paginator = paginator_to()
    follow(
        paginator,
        (at(0), page(("a", 1), ("b", 2), ("c", 3), changed, cursor="d"), "abcd"),
        (at(3), page(("c", 3), ("e", 4)), "e"),
    )
    assert paginator.complete


def test_a_page_of_what_has_just_changed_is_asked_for_again() -> None:
    paginator = paginator_to()
    paginator.profile.present = END
    follow(
        paginator,
        (at(0), page(("a", 70), ("b", 70), ("c", 71), ("d", 72), cursor="d"), "abcd"),
        (at(0), page(("e", 1)), "e"),
    )
    assert paginator.complete


def test_records_that_never_stand_in_their_window_end_the_read() -> None:
    paginator = paginator_to()
    paginator.profile.present = END
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while True:
            answers += 1
            paginator.next_request()
            paginator.receive(page(*[(f"{answers}{each}", 70 + answers) for each in range(PAGE)], cursor="c"))

    with pytest.raises(StalledError, match=r"it doesn't keep to filter\[updated_at\]\[lt\]"):
        ask_on()
    assert answers < 10


@pytest.mark.parametrize(
    ("answer", "parameter"),
    [
        pytest.param(page(("a", -30), ("b", -20)), r"filter\[updated_at\]\[gte\]", id="before the window"),
        pytest.param(page(("e", 9), ("f", 8), ("g", 7)), "order_by", id="descending"),
        pytest.param(page(("e", 70), ("d", 80)), r"filter\[updated_at\]\[lt\]", id="behind the window"),
    ],
)
def test_a_parameter_that_is_ignored_ends_the_read(answer: Page, parameter: str) -> None:
    paginator = paginator_to()
    paginator.profile.present = END + 600 * SECOND
    paginator.next_request()
    with pytest.raises(StalledError, match=f"it doesn't keep to {parameter}"):
        paginator.receive(answer)


# ---- Floods ----

FIRST = page(("a", 1), ("b", 1), ("c", 1), ("d", 1), cursor="d")
INSIDE = NOON + 2 * SECOND
ENTRY = (
    (at(0), FIRST, "abcd"),
    (at(1), FIRST, ""),
    (at(1, end=INSIDE), FIRST, ""),
    (at(1, end=INSIDE, limit=2), page(("a", 1), ("b", 1), cursor="b"), ""),
    (at(1, "b", end=INSIDE, limit=2), page(("c", 1), ("d", 1), cursor="d"), ""),
)
"""Into a flood: its first page, half of it again, and by the half's cursor to the other half."""
BACKWARDS = at(1, end=INSIDE, descending=True)


def test_a_flood_is_read_by_cursors_that_keep_to_its_order_and_looked_at_from_behind() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        *ENTRY,
        (at(1, "d", end=INSIDE), page(("e", 1), ("f", 1)), "ef"),
        (BACKWARDS, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""),
        (at(2), page(("g", 2)), "g"),
    )
    assert paginator.complete
    assert paginator.profile.trusts_cursors


def test_a_chain_that_promised_more_and_ends_in_nothing_goes_on_from_an_earlier_cursor() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        *ENTRY,
        (at(1, "d", end=INSIDE), page(("e", 1), ("f", 1), ("g", 1), ("h", 1), cursor="h"), "efgh"),
        (at(1, "h", end=INSIDE), page(), ""),  # h has changed
        (at(1, "d", end=INSIDE), page(("e", 1), ("f", 1), ("g", 1), ("i", 1), cursor="i"), "i"),
        (at(1, "i", end=INSIDE), page(("j", 1)), "j"),
        (BACKWARDS, page(("j", 1), ("i", 1), ("g", 1), ("f", 1), cursor="f"), ""),
        (at(2), page(), ""),
    )
    assert paginator.complete
    assert paginator.seam.repaired == 1


def test_cursors_of_records_that_change_one_after_the_other_are_no_dead_end() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        *ENTRY,
        (at(1, "d", end=INSIDE), page(("e", 1), ("f", 1), ("g", 1), ("h", 1), cursor="h"), "efgh"),
        (at(1, "h", end=INSIDE), page(("i", 1), ("j", 1), ("k", 1), ("l", 1), cursor="l"), "ijkl"),
        (at(1, "l", end=INSIDE), page(), ""),  # l has changed, and before the next requests h and d
        (at(1, "h", end=INSIDE), page(), ""),
        (at(1, "d", end=INSIDE), page(), ""),
        (at(1, end=INSIDE), page(("a", 1), ("b", 1), ("c", 1), ("e", 1), cursor="e"), ""),
        (at(1, "e", end=INSIDE), page(("f", 1), ("g", 1), ("i", 1), ("j", 1), cursor="j"), ""),
        (at(1, "j", end=INSIDE), page(("k", 1), ("m", 1)), "m"),
        (BACKWARDS, page(("m", 1), ("k", 1), ("j", 1), ("i", 1), cursor="i"), ""),
        (at(2), page(), ""),
    )
    assert paginator.complete
    assert not paginator.unread


def test_what_the_other_end_holds_that_is_new_has_been_skipped_by_the_chain() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        *ENTRY,
        (at(1, "d", end=INSIDE), page(("e", 1)), "e"),  # though there are f and g
        (BACKWARDS, page(("g", 1), ("f", 1), ("e", 1), ("d", 1), cursor="d"), "gf"),
        (at(1, end=INSIDE), FIRST, ""),
        (at(1, "d", end=INSIDE), page(("e", 1), ("f", 1), ("g", 1)), ""),
        (BACKWARDS, page(("g", 1), ("f", 1), ("e", 1), ("d", 1), cursor="d"), ""),
        (at(2), page(), ""),
    )
    assert paginator.complete


def test_cursors_that_do_not_name_their_records_have_to_lead_through_twice() -> None:
    paginator = paginator_to()
    rest = (at(1, "4", end=INSIDE), page(("e", 1), ("f", 1)))
    first = FIRST._replace(next_cursor="4")
    look = (BACKWARDS, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="4"), "")
    follow(
        paginator,
        (at(0), first, "abcd"),
        (at(1), first, ""),
        (at(1, end=INSIDE), first, ""),
        (at(1, end=INSIDE, limit=2), page(("a", 1), ("b", 1), cursor="2"), ""),
        (at(1, "2", end=INSIDE, limit=2), page(("c", 1), ("d", 1), cursor="4"), ""),
        (*rest, "ef"),
        look,
        (at(1, end=INSIDE), first, ""),
        (*rest, ""),
        look,
        (at(2), page(), ""),
    )
    assert paginator.complete
    assert not paginator.profile.trusts_cursors


WHY_NOT: dict[str, list[Page | None]] = {
    "its order changes": [page(("d", 1), ("c", 1), cursor="c")],
    "its cursors don't go on where a page ended": [page(("a", 1), ("b", 1), cursor="b"), page(("y", 1), ("z", 1))],
    "its cursors are refused": [page(("a", 1), ("b", 1), cursor="b"), None, None],
}


@pytest.mark.parametrize("why", WHY_NOT)
def test_a_flood_that_cannot_be_read_is_left_for_the_end(why: str) -> None:
    """Everything behind it is read first, by another paginator; then the read ends in an error."""
    paginator = paginator_to()
    follow(paginator, *ENTRY[:2])
    for answer in [FIRST, *WHY_NOT[why]] * 100:
        if paginator.complete:
            break
        paginator.next_request()
        if answer is None:
            paginator.cursor_refused()
        else:
            paginator.receive(answer)
    assert paginator.unread is not None
    window, error = paginator.unread
    assert window == (NOON + SECOND, INSIDE)
    assert str(error) == f"more records than a page holds share the updated_at 2026-03-01T12:00:01Z, and {why}"
    assert paginator.position == NOON + SECOND, "nothing of it is claimed"


def test_a_flood_whose_cursors_are_refused_with_the_filters_is_tried_with_the_cursor_alone() -> None:
    paginator = paginator_to()
    follow(
        paginator,
        *ENTRY[:4],
        (at(1, "b", end=INSIDE, limit=2), None, ""),
        (at(1, "b", end=INSIDE, limit=2, alone=True), page(("c", 1), ("d", 1), cursor="d"), ""),
        (at(1, "d", end=INSIDE, alone=True), page(("e", 1), ("f", 1)), "ef"),
        (BACKWARDS, page(("f", 1), ("e", 1), ("d", 1), ("c", 1), cursor="c"), ""),
    )
    assert paginator.profile.cursors_come_alone
    assert not paginator.profile.trusts_cursors


def test_a_flood_whose_cursors_are_refused_is_read_while_nobody_else_asks() -> None:
    paginator = paginator_to()
    follow(paginator, *ENTRY[:4], (at(1, "b", end=INSIDE, limit=2), None, ""))
    assert not paginator.exclusive
    follow(paginator, (at(1, "b", end=INSIDE, limit=2, alone=True), None, ""))
    assert paginator.exclusive


@pytest.mark.parametrize(
    ("instant", "step"),
    [(NOON, SECOND), (NOON + 5 * MILLISECOND, MILLISECOND), (NOON + 5, 1), (NOON + 5_001, 1)],
)
def test_a_flood_is_one_step_of_its_precision_wide(instant: Instant, step: Instant) -> None:
    paginator = paginator_to()
    same = [{"id": id_, "updated_at": format_instant(instant)} for id_ in "abcd"]
    while (request := paginator.next_request()).end == END:
        paginator.receive(Page(same, "d"))
    assert (request.begin, request.end) == (instant, instant + step)


def test_a_flood_at_the_end_of_a_window_stays_within_it() -> None:
    paginator = paginator_to(NOON + 5)
    first = page(("a", 0), ("b", 0), ("c", 0), ("d", 0), cursor="d")
    follow(
        paginator,
        (PageRequest(NOON, NOON + 5), first, "abcd"),
        (PageRequest(NOON, NOON + 5, limit=2), page(("a", 0), ("b", 0), cursor="b"), ""),
    )
    assert not paginator.can_be_cut


@pytest.mark.parametrize("end", [LAST_INSTANT, None])
def test_a_flood_at_the_end_of_time(end: Instant | None) -> None:
    last = "9999-12-31T23:59:59.999999Z"
    paginator = paginator_to(end)
    for _ in range(4):
        request = paginator.next_request()
        assert request.end is None or format_instant(request.end) == last
        paginator.receive(Page([{"id": id_, "updated_at": last} for id_ in "abcd"], "d"))


def test_a_flood_of_records_without_ids_ends_the_read() -> None:
    paginator = paginator_to()
    same = [{"id": value, "updated_at": format_instant(NOON)} for value in ("a", "b", None, "d")]
    paginator.next_request()
    with pytest.raises(StalledError, match="not all of them have a usable id"):
        paginator.receive(Page(same, "d"))


# ---- Cursors that have proved good ----

CROWD = [(f"{number:02}", 1.0) for number in range(12)]  # more than are worth repeating


def trusting_paginator() -> WindowPaginator:
    paginator = paginator_to()
    paginator.profile.trusts_cursors = True
    return paginator


def test_cursors_that_have_proved_good_spare_repetitions() -> None:
    paginator = trusting_paginator()
    follow(
        paginator,
        (at(0), page(*CROWD, cursor="11"), names(page(*CROWD).records)),
        (at(0, "11"), page(("a", 1), ("b", 2), ("c", 3), cursor="c"), "abc"),
        (at(3), page(("c", 3), ("d", 4)), "d"),
    )
    assert paginator.complete


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="refused"),
        pytest.param(page(), id="nothing"),
        pytest.param(page(("11", 1), ("a", 1)), id="with what came before"),
        pytest.param(page(("a", 1), ("b", 90)), id="with a record out of place"),
    ],
)
def test_a_page_by_cursor_that_may_have_skipped_something_is_not_taken(answer: Page | None) -> None:
    paginator = trusting_paginator()
    follow(paginator, (at(0), page(*CROWD, cursor="11"), names(page(*CROWD).records)), (at(0, "11"), answer, ""))
    assert paginator.next_request().cursor is None


def test_cursors_that_hold_no_record_spare_nothing() -> None:
    paginator = trusting_paginator()
    follow(
        paginator,
        (at(0), page(*CROWD, cursor="offset"), names(page(*CROWD).records)),
        (at(1, end=INSIDE), page(*CROWD), ""),
        (at(2), page(), ""),
    )
    assert paginator.complete


def test_a_page_by_cursor_that_begins_later_waits_until_nothing_is_found_before_it() -> None:
    paginator = trusting_paginator()
    follow(
        paginator,
        (at(0), page(*CROWD, cursor="11"), names(page(*CROWD).records)),
        (at(0, "11"), page(("a", 5), ("b", 6), cursor="b"), ""),
        (at(1, end=NOON + 5 * SECOND, descending=True), page(*CROWD[::-1], cursor="00"), "ab"),
        (at(6), page(("b", 6), ("c", 7)), "c"),
    )
    assert paginator.complete


def test_what_is_found_before_a_page_by_cursor_comes_first() -> None:
    paginator = trusting_paginator()
    between = page(("x", 3), *CROWD[:0:-1], cursor="01")
    follow(
        paginator,
        (at(0), page(*CROWD, cursor="11"), names(page(*CROWD).records)),
        (at(0, "11"), page(("a", 5), ("b", 6), cursor="b"), ""),
        (at(1, end=NOON + 5 * SECOND, descending=True), between, "x"),
    )
    assert paginator.next_request() == at(1, end=NOON + 5 * SECOND)


# ---- What can't be placed, and what is hidden ----


@pytest.mark.parametrize("value", [None, 5, "yesterday", "2026-03-01T12:00:00", ..., []])
def test_records_that_cannot_be_placed_are_handed_out_and_move_nothing(value: object) -> None:
    odd: Record = {"id": "odd"} if value is ... else {"id": "odd", "updated_at": value}
    paginator = paginator_to()
    paginator.next_request()
    assert len(paginator.receive(Page([odd, record("a", 1), record("b", 2), odd], "c"))) == 3
    assert paginator.next_request() == at(2)
    assert paginator.receive(Page([record("b", 2)], None)) == []
    assert paginator.complete


NOWHERE = [[{"id": f"{number}{each}"} for each in "abcd"] for number in range(3)]


@pytest.mark.parametrize("end", [END, None])
def test_a_list_that_cannot_be_placed_is_read_by_cursor_until_nothing_new_comes(end: Instant | None) -> None:
    paginator = paginator_to(end)
    handed_out = []
    for _ in range(2):
        for records, cursor in zip(NOWHERE, ("1", "2", None), strict=True):
            if not paginator.complete:
                paginator.next_request()
                handed_out += paginator.receive(Page(records, cursor))
    assert names(handed_out) == names([each for records in NOWHERE for each in records])
    assert not paginator.can_be_cut


def test_pages_without_end_that_cannot_be_placed_end_the_read() -> None:
    paginator = paginator_to()
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while True:
            answers += 1
            paginator.next_request()
            paginator.receive(Page([{"id": f"{answers}"}], f"cursor {answers}"))

    with pytest.raises(StalledError, match="without a readable updated_at"):
        ask_on()
    assert answers > 1_000


@pytest.mark.parametrize("value", [None, True, "", [], ...])
def test_records_without_an_id_are_never_left_out(value: object) -> None:
    odd = {key: item for key, item in {**record("", 1), "id": value}.items() if item is not ...}
    paginator = paginator_to()
    paginator.next_request()
    assert paginator.receive(Page([odd, odd], "c")) == [odd, odd]
    assert paginator.next_request() == at(1)
    assert paginator.receive(Page([odd, odd], None)) == [odd, odd]
    assert paginator.complete


def test_hidden_records_are_passed_by_asking_for_parts() -> None:
    paginator = paginator_to(NOON + 8 * SECOND)
    hidden = Page([], "hidden")
    follow(
        paginator,
        (at(0, end=NOON + 8 * SECOND), hidden, ""),
        (at(0, end=NOON + 4 * SECOND), hidden, ""),
        (at(0, end=NOON + 2 * SECOND), page(), ""),
        (at(2, end=NOON + 6 * SECOND), page(("a", 3), cursor="a"), "a"),
        (at(3, end=NOON + 7 * SECOND), page(("a", 3)), ""),
        (at(7, end=NOON + 8 * SECOND), page(("b", 7)), "b"),
    )
    assert paginator.complete


def test_within_one_step_hidden_records_are_passed_by_cursor_and_the_third_end_is_believed() -> None:
    paginator = paginator_to(NOON + SECOND)
    for _ in range(20):
        if not paginator.complete:
            request = paginator.next_request()
            paginator.receive(Page([], None if request.descending or request.cursor else "one"))
    assert paginator.complete


@pytest.mark.parametrize("end", [END, None])
@pytest.mark.parametrize("records", [0, 1, PAGE])
def test_promises_of_more_that_bring_nothing_end_the_read(end: Instant | None, records: int) -> None:
    paginator = paginator_to(end)
    answers = 0

    def ask_on() -> None:
        nonlocal answers
        while not paginator.complete:
            answers += 1
            paginator.next_request()
            paginator.receive(page(*[(id_, 1) for id_ in "abcd"[:records]], cursor=f"cursor {answers}"))
        if paginator.unread is not None:
            raise paginator.unread[1]

    with pytest.raises(StalledError, match=r"more without giving it|cursors don't go on|its order"):
        ask_on()
    assert answers <= (MAX_FRUITLESS_ANSWERS if records else MAX_EMPTY_ANSWERS) + 10


# ---- Cuts ----


def test_a_cut_ends_the_window() -> None:
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
    paginator.profile.present = END
    follow(paginator, (at(0), page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d"), "abcd"))
    assert paginator.next_request() == at(4)
    paginator.cut(NOON + 6 * SECOND)
    assert names(paginator.receive(page(("d", 4), ("e", 5), ("f", 6), ("g", 7), cursor="g"))) == "e"
    assert paginator.complete, "what stands behind the new end says that nothing is left before it"


def test_what_the_first_page_shows_of_the_present_is_handed_out_wherever_the_window_ends() -> None:
    """It may have changed just now, and an index that is behind shows it nowhere else."""
    paginator = paginator_to(None)
    assert paginator.next_request() == at(0, end=None)
    paginator.cut(END)
    paginator.profile.present = END
    assert names(paginator.receive(page(("a", 1), ("b", 2), ("c", 70), ("d", 3), cursor="d"))) == "abcd"
    assert paginator.next_request() == at(3)


def test_only_what_may_come_again_is_remembered() -> None:
    paginator = paginator_to(NOON + 10_000 * SECOND)
    for number in range(200):
        paginator.next_request()
        again = [(f"{number - 1}/3", 4 * number - 1)] if number else []
        paginator.receive(
            page(*again, *((f"{number}/{each}", 4 * number + each) for each in range(PAGE)), cursor="more")
        )
    assert paginator.position == NOON + 799 * SECOND
    assert len(paginator.handed_out.since(FIRST_INSTANT)) <= PAGE


def test_a_flood_is_cut_behind_it() -> None:
    paginator = paginator_to()
    follow(paginator, *ENTRY[:1])
    assert paginator.cuttable_from == paginator.position
    follow(paginator, *ENTRY[1:3])
    assert paginator.can_be_cut
    assert paginator.cuttable_from == INSIDE


def test_the_density_is_that_of_all_records_since_the_position_moved() -> None:
    paginator = paginator_to()
    follow(paginator, (at(0), page(("a", 1), ("b", 1), ("c", 1), ("d", 3), cursor="d"), "abcd"))
    assert paginator.page_span == 2 * SECOND


# ---- A list that moves ----


@dataclass
class MovingList:
    """The API in miniature.

    Attributes:
        kind: what a cursor holds: the position, the record whose place is looked up, or that record's instant only.
        rows: the records' instants by id.
        shuffles: whether ties come in another order with every request.
        late: the newest body of a record, by id, whose place is not up to date yet.
        last: the record that a page ended with last.
        page: how many records it gives at most.
    """

    kind: str
    rows: dict[str, Instant]
    shuffles: bool = False
    late: dict[str, Instant] = field(default_factory=dict)
    last: str | None = None
    page: int = PAGE
    random: Random = field(default_factory=lambda: Random(1))

    def answer(self, page_request: PageRequest) -> Page:
        tie = {id_: self.random.random() if self.shuffles else 0 for id_ in self.rows}
        keys = sorted((instant, tie[id_], id_) for id_, instant in self.rows.items())
        keys = [
            key
            for key in keys
            if page_request.begin <= key[0] and (page_request.end is None or key[0] < page_request.end)
        ]
        if page_request.cursor is not None:
            instant, id_ = page_request.cursor.split("/")
            if not instant and (self.rows.get(id_, -1), tie.get(id_), id_) not in keys:
                return Page([], None)
            after = int(instant) if instant else self.rows[id_]
            keys = [key for key in keys if key > (after, tie.get(id_, 0), id_)]
            if self.kind == "skips ties":
                keys = [key for key in keys if key[0] > after]
        keys = keys[::-1] if page_request.descending else keys
        cursor = None
        most = min(self.page, page_request.limit or self.page)
        if len(keys) > most:
            at, _, self.last = keys[most - 1]
            cursor = f"{'' if self.kind == 'record' else at}/{self.last}"
        bodies = [(id_, self.late.get(id_, instant)) for instant, _, id_ in keys[:most]]
        return Page([{"id": id_, "updated_at": format_instant(instant)} for id_, instant in bodies], cursor)


Event = tuple[str, int, int]
"""What others do after an answer: "update", "delete", "create", "lose" (the next cursor is refused) or "late" (the
body is updated before its place); whom (0: the record that a page ended with); and how many steps of time pass."""

units = st.sampled_from([SECOND, MILLISECOND, 1])
kinds = st.sampled_from(["position", "record"])
events = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["update", "delete", "create", "lose", "late"]), st.integers(0, 12), st.integers(0, 2)
        ),
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
        list_.rows.update(list_.late)
        list_.late.clear()
        for what, whom, passes in current:
            now += passes * unit
            ids = sorted(list_.rows)
            target = list_.last if whom == 0 else ids[whom % len(ids)] if ids else None
            if what == "create":
                list_.rows[f"n{len(list_.rows):03}{now % 997}"] = now
            elif what == "update" and target in list_.rows:
                list_.rows[target] = now
            elif what == "late" and target in list_.rows:
                list_.late[target] = now
            elif what == "delete":
                list_.rows.pop(str(target), None)
    raise AssertionError("the paginator doesn't end")


def unread_window(paginator: WindowPaginator) -> tuple[Instant, Instant]:
    """What a paginator gave up; empty if it didn't."""
    return (0, 0) if paginator.unread is None else paginator.unread[0]


@given(instants=st.lists(st.integers(0, 9), max_size=40), unit=units, kind=kinds)
@settings(deadline=None)
def test_a_quiet_window_comes_once(instants: list[int], unit: Instant, kind: str) -> None:
    for end in (NOON + 10 * unit, None):
        list_ = MovingList(kind, rows(instants, unit))
        handed_out = drive(paginator_to(end), list_, [], unit, NOON)
        assert sorted(each["id"] for each in handed_out) == sorted(list_.rows)


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
    kind=st.sampled_from(["position", "record", "skips ties"]),
    shuffles=st.booleans(),
    happenings=events,
)
@example(instants=[3] * 40, unit=SECOND, kind="record", shuffles=False, happenings=[[("update", 0, 0)]] * 30)
@example(instants=[3] * 40, unit=1, kind="record", shuffles=False, happenings=[[("delete", 0, 0)], []] * 15)
@example(instants=[3] * 40, unit=1, kind="skips ties", shuffles=False, happenings=[])
@example(instants=[3] * 40, unit=1, kind="position", shuffles=True, happenings=[])
@example(instants=[*range(9)] * 4, unit=SECOND, kind="record", shuffles=True, happenings=[[("late", 0, 0)]] * 30)
@settings(deadline=None)
def test_what_stays_in_a_window_is_not_missed_or_told_of(
    instants: list[int], unit: Instant, kind: str, *, shuffles: bool, happenings: list[list[Event]]
) -> None:
    list_ = MovingList(kind, rows(instants, unit), shuffles)
    before = dict(list_.rows)
    end = NOON + 10 * unit
    paginator = paginator_to(end)
    paginator.profile.present = end
    handed_out = drive(paginator, list_, happenings, unit, now=end)
    first, last = unread_window(paginator)
    read_to = NOON + 10 * unit if paginator.unread is None else first
    stayed = {id_ for id_, instant in before.items() if list_.rows.get(id_) == instant < read_to}
    assert stayed <= {each["id"] for each in handed_out}, f"{instants, unit, kind, happenings}"
    # Before the precision is known, a flood is a second wide.
    assert paginator.unread is None or sum(first <= instant < last for instant in before.values()) > PAGE


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
    list_: MovingList, cut_at: list[tuple[int, int]], happenings: list[list[Event]], unit: Instant
) -> list[Record]:
    """Read a window of twenty units, and cut it and its parts while answers are under way; the last cuts first.

    What a paginator gives up counts as handed out: the read ends in an error.
    """
    left = list(cut_at)
    handed_out: list[Record] = []
    waiting = [(NOON, NOON + 20 * unit)]
    while waiting:
        begin, end = waiting.pop()
        paginator = paginator_to(end, begin)
        paginator.profile.present = NOON + 20 * unit
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
        if paginator.unread is not None:
            first, last = unread_window(paginator)
            handed_out += [{"id": id_} for id_, instant in list_.rows.items() if first <= instant < last]
            waiting += [(last, end)] if last < end else []
    return handed_out


@given(instants=crowded, unit=units, kind=kinds, happenings=events, cut_at=cuts)
@settings(deadline=None)
def test_all_parts_of_a_cut_window_are_read(
    instants: list[int], unit: Instant, kind: str, happenings: list[list[Event]], cut_at: list[tuple[int, int]]
) -> None:
    list_ = MovingList(kind, rows(instants, unit))
    before = dict(list_.rows)
    handed_out = drive_and_cut(list_, cut_at, happenings, unit)
    stayed = {id_ for id_, instant in before.items() if list_.rows.get(id_) == instant}
    assert stayed <= {each["id"] for each in handed_out}, f"{instants, unit, kind, happenings}"


@given(instants=crowded, unit=units, kind=kinds, cut_at=cuts)
@settings(deadline=None)
def test_a_quiet_window_comes_once_wherever_it_is_cut(
    instants: list[int], unit: Instant, kind: str, cut_at: list[tuple[int, int]]
) -> None:
    list_ = MovingList(kind, rows(instants, unit))
    handed_out = drive_and_cut(list_, cut_at, [], unit)
    assert sorted(each["id"] for each in handed_out) == sorted(list_.rows)
