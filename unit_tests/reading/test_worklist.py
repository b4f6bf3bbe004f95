"""How windows are shared: step by step, and in rounds, in which each worker gets one answer.

The rounds stand for time where requests take long: no clock is needed to see whether workers find the data.
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable
from random import Random

import pytest
from typing_extensions import override

from source_askelephant.api.pages import MAX_PAGE_SIZE, Page, Record
from source_askelephant.instants import SECOND, Instant, Window, format_instant, parse_instant
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.paginator import WindowPaginator
from source_askelephant.reading.server_profile import ServerProfile
from source_askelephant.reading.shared import Turns
from source_askelephant.reading.worklist import Worklist
from unit_tests.helpers.support import most_requests, slow

NOON = parse_instant("2026-03-01T12:00:00Z")
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
YEARS = 730 * DAY


def page(first: Instant, last: Instant) -> Page:
    """Two records, with more behind them."""
    records = [{"id": str(at), "updated_at": format_instant(at)} for at in (first, last)]
    return Page(records, f"after {last}")


def begun(hours: int, *, workers: int) -> tuple[Worklist, WindowPaginator]:
    """A worklist with one window, of which nothing has been read."""
    first = WindowPaginator(NOON, NOON + hours * HOUR, "updated_at", "id")
    return Worklist(first, lambda windows: workers - windows, Turns(), workers), first


def read_a_page(worklist: Worklist, paginator: WindowPaginator, minutes: int) -> None:
    """A page of two records that lie so far apart; so a full page takes fifty times as long."""
    paginator.next_request()
    worklist.receive(paginator, page(paginator.begin, paginator.begin + minutes * MINUTE))
    worklist.split(paginator)


def window(paginator: WindowPaginator | None) -> Window | None:
    return None if paginator is None else Window(paginator.begin, paginator.end or 0)


def test_what_is_left_of_the_only_window_is_for_all_workers() -> None:
    worklist, first = begun(30 * 24, workers=3)
    read_a_page(worklist, first, 12)
    assert first.end is not None
    second, third = worklist.take(), worklist.take()
    assert first.begin < first.end
    assert window(second) == (first.end, third and third.begin)
    assert third is not None
    assert third.end == NOON + 30 * DAY


def test_a_free_worker_gets_a_part_of_the_largest_at_once() -> None:
    worklist, first = begun(30 * 24, workers=2)
    read_a_page(worklist, first, 12)
    second = worklist.take()
    assert second is not None
    read_a_page(worklist, second, 12)
    first.next_request()  # an answer is under way
    end = first.end
    worklist.close(second)
    part = worklist.take()
    assert part is not None
    assert (part.begin, part.end) == (first.end, end)


def test_a_window_that_was_not_begun_is_not_cut() -> None:
    worklist, first = begun(30 * 24, workers=2)
    read_a_page(worklist, first, 12)
    worklist.close(first)
    waiting = worklist.take()
    assert waiting is not None
    worklist.close(waiting)
    assert worklist.take() is None, "nothing else was cut off it"


@pytest.mark.parametrize("workers", [0, 1])
def test_nothing_is_cut_that_is_of_no_use(workers: int) -> None:
    worklist, first = begun(30 * 24, workers=workers)
    read_a_page(worklist, first, 12)
    assert first.end == NOON + 30 * DAY


@pytest.mark.parametrize("ends", ["all are read", "the read stops"])
def test_a_worker_waits_for_a_window_until(ends: str) -> None:
    worklist, first = begun(24, workers=2)
    taken: list[WindowPaginator | None] = []
    worker = threading.Thread(target=lambda: taken.append(worklist.take()))
    worker.start()
    worker.join(0.1)
    assert worker.is_alive()
    if ends == "all are read":
        worklist.close(first)
    else:
        worklist.stop()
    worker.join(10)
    assert taken == [None]


def test_only_the_first_reason_to_stop_counts() -> None:
    worklist, _ = begun(24, workers=2)
    assert worklist.stop()
    assert not worklist.stop()
    assert worklist.stopped


def wants_to_read_alone() -> WindowPaginator:
    """One in a flood whose cursors are refused with and without the filters."""
    paginator = WindowPaginator(NOON, NOON + HOUR, "updated_at", "id", ServerProfile(page_size=2))
    while not paginator.exclusive:
        if paginator.next_request().cursor is None:
            paginator.receive(page(NOON + 1, NOON + 1))
        else:
            paginator.cursor_refused()
    return paginator


def test_who_reads_alone_waits_for_those_who_read_and_then_nobody_else_does() -> None:
    worklist, first = begun(24, workers=4)
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def exclusive() -> None:
        with worklist.turn(wants_to_read_alone()):
            order.append("exclusive")
            entered.set()
            leave.wait(10)
            order.append("done")

    def other() -> None:
        with worklist.turn(first):
            order.append("other")

    with worklist.turn(first):
        one = threading.Thread(target=exclusive)
        one.start()
        assert not entered.wait(0.1)
        others = [threading.Thread(target=other) for _ in range(3)]
        for thread in others:
            thread.start()
        others[0].join(0.1)
        assert not order, "who comes after waits, too"
    assert entered.wait(10)
    leave.set()
    for thread in [one, *others]:
        thread.join(10)
    assert order == ["exclusive", "done", *["other"] * 3]


def test_any_number_reads_at_once_and_an_error_gives_the_turn_back() -> None:
    worklist, first = begun(24, workers=4)
    with pytest.raises(ZeroDivisionError), worklist.turn(first), worklist.turn(first):
        _ = 1 / 0
    with worklist.turn(wants_to_read_alone()):
        pass


# ---- In rounds ----


class QuietList:
    """The API in miniature: it doesn't change, and its cursors hold positions."""

    def __init__(self, instants: list[Instant]) -> None:
        self.instants = sorted(instants)
        self.records: list[Record] = [
            {"id": str(number), "updated_at": format_instant(at)} for number, at in enumerate(self.instants)
        ]
        self.requests = 0

    def answer(self, page_request: PageRequest) -> Page:
        self.requests += 1
        begin = (
            bisect_left(self.instants, page_request.begin)
            if page_request.cursor is None
            else int(page_request.cursor.split(":")[0])
        )
        end = len(self.instants) if page_request.end is None else bisect_left(self.instants, page_request.end)
        if page_request.descending:
            return Page(self.records[max(begin, end - MAX_PAGE_SIZE) : end][::-1], None)
        last = min(begin + (page_request.limit or MAX_PAGE_SIZE), end)
        return Page(self.records[begin:last], f"{last}:{self.records[last - 1]['id']}" if last < end else None)


class CountingWorklist(Worklist):
    """Knows how many windows wait, so that a test of one thread never waits for one."""

    waiting = 0

    @override
    def add(self, windows: Iterable[Window]) -> None:
        several = list(windows)
        self.waiting += len(several)
        super().add(several)

    @override
    def take(self) -> WindowPaginator | None:
        self.waiting -= 1
        return super().take()


def rounds(api: QuietList, workers: int) -> tuple[int, list[str]]:
    """Read everything; return in how many rounds, and the ids in the order in which they came."""
    ids: list[str] = []
    first = WindowPaginator(api.instants[0], api.instants[-1] + 1, "updated_at", "id")

    worklist = CountingWorklist(first, lambda windows: workers - windows, Turns(), workers)
    reading, count = [first], 0
    while reading:
        count += 1
        for paginator, answer in [(paginator, api.answer(paginator.next_request())) for paginator in reading]:
            ids += [record["id"] for record in worklist.receive(paginator, answer)]
            worklist.split(paginator)
            if paginator.complete:
                worklist.close(paginator)
        reading = [paginator for paginator in reading if not paginator.complete]
        while worklist.waiting and (paginator_or_none := worklist.take()):
            reading.append(paginator_or_none)
        assert len(reading) <= workers
    return count, ids


def even(count: int, random: Random, begin: Instant = NOON, length: Instant = YEARS) -> list[Instant]:
    return [begin + int(random.random() * length) for _ in range(count)]


def imported(count: int, random: Random, batch: int) -> list[Instant]:
    """Most of it written in transactions of so many records, one a second."""
    batches = [NOON + YEARS // 2 + number * SECOND for number in range(7 * count // 10 // batch)]
    return [at for at in batches for _ in range(batch)] + even(3 * count // 10, random)


TIES = 1.6
"""So many times as many requests may be made where many share an instant."""

SHAPES: dict[str, Callable[[int, Random], list[Instant]]] = {
    "even": even,
    "within an hour": lambda count, random: even(count, random, length=HOUR),
    "most within two hours": lambda count, random: (
        even(6 * count // 10, random, NOON + YEARS // 3, 2 * HOUR) + even(4 * count // 10, random)
    ),
    "most within thirty seconds": lambda count, random: (
        even(6 * count // 10, random, NOON + YEARS // 3, 30 * SECOND) + even(4 * count // 10, random)
    ),
    "ever more": lambda count, random: [
        NOON + YEARS - min(YEARS, int(random.expovariate(1 / (30 * DAY)))) for _ in range(count)
    ],
    "batches of 50": lambda count, random: imported(count, random, 50),
    "batches of 100": lambda count, random: imported(count, random, 100),
    "batches of 300": lambda count, random: imported(count, random, 300),
}


@pytest.mark.parametrize("workers", [10, *slow(1, 4, 20)])
@pytest.mark.parametrize("shape", SHAPES)
def test_workers_find_the_data_wherever_it_is(shape: str, workers: int) -> None:
    api = QuietList(SHAPES[shape](60_000, Random(workers)))
    count, ids = rounds(api, workers)
    assert sorted(ids, key=int) == [record["id"] for record in api.records]
    most = most_requests(len(ids), workers) * (TIES if shape.startswith("batches") else 1)
    assert api.requests <= most
    assert count <= most / workers + 30


@pytest.mark.parametrize("workers", [4, 20])
def test_a_flood_keeps_one_worker_only(workers: int) -> None:
    """Sixty pages on one instant, which only cursors lead through; the other workers read the rest meanwhile."""
    flood = 6_000
    api = QuietList([NOON + DAY] * flood + even(20_000, Random(1)))
    count, ids = rounds(api, workers)
    assert len(set(ids)) == len(ids) == len(api.records)
    assert count <= max(flood, 1.1 * len(ids) / workers) / MAX_PAGE_SIZE + 20
    assert api.requests <= most_requests(len(ids), workers)
