"""How a list is read by many workers on the CDK's concurrent engine.

::

    begin                                                 horizon      newest
    ├───── window ─────┼─ window ─┼──── window ────────────────┤── tail ──►
    first page              cut where a worker is free            read last, alone

1. The first page from ``begin``. If nothing follows it, that was all: one request.
2. One record from the other end tells the newest instant, and with it the horizon (see ``windows.horizon``).
3. Workers read the windows before the horizon in any order. While workers are free, the largest is cut (worklist.py).
4. The tail is read when all windows are done: it holds what changed meanwhile.
"""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record as EngineRecord
from typing_extensions import override

from source_askelephant.api.pages import MAX_PAGE_SIZE, Record
from source_askelephant.errors import ConnectorError, RequestFailedError
from source_askelephant.instants import FIRST_INSTANT, SECOND, Instant, Window, format_instant, instant_of
from source_askelephant.reading.paginator import PageRequest, StalledError, WindowPaginator
from source_askelephant.reading.progress import Progress
from source_askelephant.reading.schema_drift import SchemaDrift
from source_askelephant.reading.turns import Turns
from source_askelephant.reading.windows import MARGIN, affordable_cuts, horizon, refuse_future_start
from source_askelephant.reading.worklist import Worklist
from source_askelephant.state.checkpoint import Checkpoint
from source_askelephant.streams.base import Answer, ListStream

MAX_INSTANT_SECONDS = 2.0
"""The server's clock is told in whole seconds, and the coarsest timestamps are, too."""
MAX_GROWTH_PAGES = 1_000
"""Pages of the tail with changes made after it was begun: beyond, the list changes faster than it can be read."""


class Traversal(PartitionGenerator):
    """One read of one list, shared by its workers.

    Args:
        stream: the list.
        checkpoint: is told of what has been emitted.
        begin: where the read begins (included).
        start_date: the configuration's start date, to be compared with the server's clock.
        workers: how many windows may be open at once.
        turns: says how many workers are of use at once.
        resumed: whether an earlier read has completed windows beyond its watermark.
    """

    def __init__(
        self,
        stream: ListStream,
        checkpoint: Checkpoint,
        *,
        begin: Instant,
        start_date: Instant | None,
        workers: int,
        turns: Turns,
        resumed: bool,
    ) -> None:
        self.stream = stream
        self._checkpoint = checkpoint
        self._start_date = start_date
        self._workers = workers
        self._turns = turns
        self._resumed = resumed
        self._first = WindowPaginator(begin, None, stream.cursor_field)
        self._worklist = Worklist(self._first, self._spare_windows)
        self._tail: WindowPaginator | None = None
        self._chasing_since: Instant | None = None
        self._chasing_pages = 0
        self._let_passed: Instant | None = None
        drift = SchemaDrift(stream.get_json_schema(), primary_key=stream.primary_key, cursor_field=stream.cursor_field)
        self._progress = Progress(stream.name, stream.throttle, drift)

    @override
    def generate(self) -> Iterator[Partition]:
        """Hand out the windows as workers cut them, and the tail when all are done."""
        yield ListPartition(self, self._first)
        while (paginator := self._worklist.take()) is not None:
            yield ListPartition(self, paginator)
        if self._tail is not None and not self._worklist.stopped:
            yield ListPartition(self, self._tail)

    def read(self, paginator: WindowPaginator) -> Iterator[Record]:
        """Read a window to its end.

        Raises:
            RequestFailedError: if a page can't be had, or the API leads nowhere. The other workers stop after
                their page, so that all that has been emitted is in the state.
        """
        try:
            # The first window may become the tail, and come again.
            begins = paginator is self._first and self._tail is None
            if begins and not (yield from self._open_first()):
                self._worklist.close(paginator)
                return
            while not paginator.complete and not self._worklist.stopped:
                with self._turns.turn(alone=paginator.exclusive):
                    yield from self._pages(paginator)
            self._close(paginator)
        except (ConnectorError, StalledError) as error:
            if self._stop():  # one error is told; what fails the other workers is the same, or its consequence
                raise self._stalled(error) if isinstance(error, StalledError) else error from None
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> bool:
        """Let all workers stop after their page; return whether this is the first reason to."""
        first = self._worklist.stop()
        if first:
            self._checkpoint.emit_progress()
            self._progress.log_summary("Stopped reading")
        return first

    def _open_first(self) -> Generator[Record, None, bool]:
        """Read the first page and find the horizon; return whether the first window is to be read on."""
        first = self._first
        if not self._resumed:
            yield from self._page(first)
            while first.unplaceable:  # a horizon would cut off what only cursors lead to
                yield from self._page(first)
            if first.complete:
                return True
        newest, server_time = self._newest()
        end = first.begin if newest is None else horizon(newest, server_time)
        if end <= first.position:  # all that is left is tail
            self._tail = first
            return False
        self._tail = WindowPaginator(end, None, self.stream.cursor_field)
        if not self._resumed:
            first.cut(end)
            self._worklist.split(first)
            return True
        self._worklist.add(self._checkpoint.gaps(end), self.stream.cursor_field)
        return False

    def _pages(self, paginator: WindowPaginator) -> Iterator[Record]:
        """Read one page, or all of a flood if nobody else may ask meanwhile."""
        alone = paginator.exclusive
        while not self._worklist.stopped:
            yield from self._page(paginator)
            if not (alone and paginator.exclusive):
                return

    def _page(self, paginator: WindowPaginator) -> Iterator[Record]:
        """Ask for a paginator's next page and hand out its records."""
        page_request, repaired, repeated = paginator.next_request(), paginator.positions_repaired, paginator.duplicates
        records: list[Record] = []
        try:
            answer = self._fetch(page_request)
        except RequestFailedError as error:
            if page_request.cursor is None or not error.may_be_the_cursors_fault:
                raise
            self._worklist.cursor_refused(paginator)
        else:
            records = self._worklist.receive(paginator, answer.page)
            self._progress.check(records)
            yield from records
            # Going on means that the engine has taken the last of them.
            self._checkpoint.page_emitted(
                Window(paginator.begin, paginator.position), paginator.newest, answer.server_time
            )
            self._chase(paginator, answer)
            self._let_pass(paginator, answer)
            # Not before: records that wait to be written tell that more workers are of no use.
            self._worklist.split(paginator)
        self._progress.count_answer(
            records=len(records),
            repeated=paginator.duplicates - repeated,
            repaired=paginator.positions_repaired - repaired,
            position=paginator.position,
        )

    def _fetch(self, page_request: PageRequest, **other: Any) -> Answer:
        stream_slice: dict[str, Any] = dict(other)
        if page_request.begin > FIRST_INSTANT:
            stream_slice["gte"] = format_instant(page_request.begin)
        if page_request.end is not None:
            stream_slice["lt"] = format_instant(page_request.end)
        if page_request.descending:
            stream_slice["order_by"] = f"{self.stream.cursor_field}:desc"
        with self._turns.answer():
            answer = self.stream.fetch(stream_slice, page_request.cursor)
        refuse_future_start(self._start_date, answer.server_time)
        return answer

    def _newest(self) -> tuple[Instant | None, Instant | None]:
        """Instant of the list's newest record, and the server's clock; None for what can't be known."""
        answer = self._fetch(PageRequest(self._first.begin, None, descending=True), limit=1)
        self._progress.count_answer()
        instants = (instant_of(record, self.stream.cursor_field) for record in answer.page.records)
        return next(instants, None), answer.server_time

    def _spare_windows(self, windows: int) -> int:
        """How many more windows beside so many may be open, and are of use; none or less: no more."""
        if self.stream.throttle.waiting:
            return 0
        done = self._progress
        affordable = affordable_cuts(
            done.requests, done.records / MAX_PAGE_SIZE, windows=windows, workers=self._workers
        )
        return int(min(self._workers - windows, affordable, self._turns.more(windows)))

    def _close(self, paginator: WindowPaginator) -> None:
        """Note that a paginator has ended. The one without an end was the last one."""
        if paginator.end is None and paginator.complete:
            self._checkpoint.finish()
            self._progress.log_summary("Finished reading")
        self._worklist.close(paginator)

    def _chase(self, paginator: WindowPaginator, answer: Answer) -> None:
        """Give up when the list changes faster than it can be read."""
        if paginator is not self._tail or paginator.complete:
            return
        now = answer.server_time
        since = self._chasing_since = self._chasing_since or now
        self._chasing_pages += since is None or now is None or since < paginator.position <= now + MARGIN
        if self._chasing_pages > MAX_GROWTH_PAGES:
            raise StalledError("it changes faster than it can be read")

    def _let_pass(self, paginator: WindowPaginator, answer: Answer) -> None:
        """Let the instant of a flood in the tail pass, so that nothing is added to it while it is read."""
        if paginator is not self._tail or paginator.flood_end is None or answer.server_time is None:
            return
        left = (paginator.flood_end - answer.server_time) / SECOND
        if paginator.flood_end != self._let_passed and 0 < left <= MAX_INSTANT_SECONDS:
            time.sleep(left)
        self._let_passed = paginator.flood_end

    def _stalled(self, error: StalledError) -> RequestFailedError:
        return RequestFailedError(
            f"AskElephant's list of {self.stream.name} could not be read to its end: {error}. What was read is kept. "
            "Sync again later, and report it to AskElephant if it stays.",
            FailureType.transient_error,
        )


class ListPartition(Partition):
    """A window of a list, as the CDK's engine wants it.

    Args:
        traversal: the read that it belongs to.
        paginator: how the window is read.
    """

    def __init__(self, traversal: Traversal, paginator: WindowPaginator) -> None:
        self._traversal = traversal
        self._paginator = paginator

    @override
    def read(self) -> Iterable[EngineRecord]:
        name = self._traversal.stream.name
        return (EngineRecord(record, name) for record in self._traversal.read(self._paginator))

    @override
    def to_slice(self) -> Mapping[str, Any]:
        end = self._paginator.end
        return {"gte": format_instant(self._paginator.begin), **({} if end is None else {"lt": format_instant(end)})}

    @override
    def stream_name(self) -> str:
        return self._traversal.stream.name

    @override
    def __hash__(self) -> int:
        return id(self)
