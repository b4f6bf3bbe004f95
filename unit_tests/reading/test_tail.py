"""The last window: its position stays behind the present, and the present is waited for."""

from typing import Any

import pytest

from source_askelephant.api.pages import Page, Record
from source_askelephant.instants import SECOND, Instant, format_instant, parse_instant
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.server_profile import ServerProfile
from source_askelephant.reading.stalled import StalledError
from source_askelephant.reading.tail import TailLimits, TailPaginator

NOON = parse_instant("2026-03-01T12:00:00Z")
PAGE = 4


def page(*records: tuple[str, float], cursor: str | None = None) -> Page:
    """Records with so many seconds after noon."""
    stamped: list[Record] = [
        {"id": id_, "updated_at": format_instant(NOON + round(seconds * SECOND))} for id_, seconds in records
    ]
    return Page(stamped, cursor)


def tail(begin: float = 0, **limits: Any) -> TailPaginator:
    profile = ServerProfile(page_size=PAGE)
    profile.includes_bounds = True
    profile.present = NOON
    return TailPaginator(NOON + round(begin * SECOND), None, "updated_at", "id", profile, limits=TailLimits(**limits))


def ask(paginator: TailPaginator, now: float | None, answer: Page, seconds: float = 0.0) -> tuple[Instant, str]:
    """Ask at a time of the server: from which second on (included), and what is handed out."""
    paginator.tell_time(None if now is None else NOON + round(now * SECOND), seconds)
    request = paginator.next_request()
    return (request.begin - NOON) // SECOND, "".join(each["id"] for each in paginator.receive(answer))


def test_the_position_stays_ten_seconds_behind_the_clock() -> None:
    paginator = tail()
    assert ask(paginator, 20, page(("a", 1), ("b", 9), ("c", 12), ("d", 20), cursor="d")) == (0, "abcd")
    assert ask(paginator, 20, page(("b", 9), ("c", 12), ("d", 20))) == (9, "")
    assert paginator.complete
    assert paginator.seconds_to_wait == 0


def test_a_page_of_the_present_is_asked_for_again_when_all_of_it_is_past() -> None:
    paginator = tail()
    present = page(("a", 16), ("b", 17), ("c", 18), ("d", 18.5), cursor="d")
    assert ask(paginator, 20, present) == (0, "abcd")
    assert paginator.seconds_to_wait == 5, "of the eight and a half that it takes"
    assert ask(paginator, 27, present) == (0, "")
    assert paginator.seconds_to_wait == 3, "until the newest was seen ten seconds ago"
    assert ask(paginator, 31, present) == (0, "")
    assert paginator.seconds_to_wait == 0
    assert ask(paginator, 31, page(("d", 18.5), ("e", 19))) == (18, "e")
    assert paginator.complete


def test_a_body_that_is_newer_than_its_place_moves_nothing() -> None:
    paginator = tail()
    assert ask(paginator, 60, page(("a", 1), ("b", 2), ("c", 3), ("d", 60), cursor="d")) == (0, "abcd")
    assert ask(paginator, 60, page(("c", 3), ("e", 4))) == (3, "e"), "and not from the sixtieth second on"


@pytest.mark.parametrize("now", [None, 7_200], ids=["no Date", "Date is hours ahead"])
def test_the_newest_record_tells_the_time_as_well(now: float | None) -> None:
    paginator = tail()
    assert ask(paginator, now, page(("a", 1), ("b", 2), ("c", 3), ("d", 60), cursor="d")) == (0, "abcd")
    assert ask(paginator, now, page(("c", 3), ("e", 4))) == (3, "e")


def test_a_list_at_rest_for_a_day_needs_no_waiting() -> None:
    paginator = tail()
    same = page(("a", 1), ("b", 2), ("c", 3), ("d", 4), cursor="d")
    assert ask(paginator, 100_000, same) == (0, "abcd")
    assert ask(paginator, 100_000, page(("d", 4), ("e", 5))) == (4, "e")


def test_what_is_stamped_in_the_future_is_read_on() -> None:
    paginator = tail()
    assert ask(paginator, 20, page(("a", 1_000), ("b", 1_001), ("c", 1_002), ("d", 1_003), cursor="d")) == (0, "abcd")
    assert ask(paginator, 20, page(("d", 1_003), ("e", 1_004))) == (1_003, "e")
    assert paginator.may_have_passed_by, "a change takes it back to the present"
    assert paginator.newest == NOON + 1_004 * SECOND


def test_a_list_that_changes_faster_than_it_can_be_read() -> None:
    paginator = tail(max_present_pages=3)
    for number in range(3):
        ask(paginator, 20, page(*((f"{number}{each}", 19) for each in "abcd"), cursor="d"))
    with pytest.raises(StalledError, match="it changes faster than it can be read"):
        ask(paginator, 20, page(("a", 19), ("b", 19), ("c", 19), ("d", 19), cursor="d"))


def test_changes_that_never_end() -> None:
    paginator = tail(max_growth_pages=3)
    paginator.profile.present = NOON + 10_000 * SECOND
    ask(paginator, 5, page(("a", 1), cursor="a"))

    def follow() -> None:
        for number in range(20):
            at = 20 * number
            last = [(f"{number - 1}{PAGE - 1}", at - 8)] if number else []
            new = [(f"{number}{each}", at + 9 + each) for each in range(PAGE)]
            ask(paginator, at + 30, page(*last, *new, cursor="d"))

    with pytest.raises(StalledError, match="it changes faster than it can be read"):
        follow()


def test_a_second_look_hands_out_only_what_is_new() -> None:
    paginator = tail()
    assert ask(paginator, 60, page(("a", 1), ("b", 2))) == (0, "ab")
    assert paginator.complete
    paginator.look_again()
    assert paginator.next_request() == PageRequest(NOON, None)
    assert ask(paginator, 70, page(("a", 1), ("b", 2), ("late", 2.5))) == (0, "late")
    assert paginator.complete
