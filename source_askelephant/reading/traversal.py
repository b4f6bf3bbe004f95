"""One read of one list by many workers, on the CDK's concurrent engine.

::

    begin                                                 horizon      newest
    ├───── window ─────┼─ window ─┼──── window ────────────────┤── tail ──►
    first page              cut where a worker is free            read last, alone

1. The first page from ``begin``. If nothing follows it, that was all: one request.
2. One record from the other end gives the newest instant, and with it the horizon (see ``windows.horizon``).
3. Workers read the windows before the horizon in any order. While workers are free, the largest is cut (worklist.py).
4. The tail is read when all windows are done: it holds what changed meanwhile.

How much runs at once:

======================  ======================================  ==================================================
what                    how many                                where
======================  ======================================  ==================================================
threads of the engine   ``num_workers``, one for the generator  ``engine.py``
open windows            ``num_workers``; fewer at a rate limit  ``_spare_windows`` below, with the budget for cuts
readers of a flood      one, if its cursors were refused        ``Worklist.turn``
requests under way      ``num_workers``; fewer after a 429      ``api/throttle.py``, for all streams
bytes of pages          32 MiB, or one page                     ``outgoing.py``, for all streams
======================  ======================================  ==================================================
"""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record as EngineRecord
from typing_extensions import override

from source_askelephant.api.pages import MAX_PAGE_SIZE, Page
from source_askelephant.errors import ConnectorError, RequestFailedError
from source_askelephant.instants import FIRST_INSTANT, Instant, Window, format_instant, instant_of
from source_askelephant.reading.column_values import ColumnValues
from source_askelephant.reading.outgoing import Outgoing
from source_askelephant.reading.paginator import PageRequest, WindowPaginator
from source_askelephant.reading.progress import Progress
from source_askelephant.reading.stalled import StalledError
from source_askelephant.reading.tail import Tail, TailLimits
from source_askelephant.reading.windows import affordable_cuts, horizon, refuse_future_start
from source_askelephant.reading.worklist import Worklist
from source_askelephant.state.checkpoint import Checkpoint
from source_askelephant.streams.base import ListStream

logger = logging.getLogger("airbyte")


class Traversal(PartitionGenerator):
    """One read of one list, shared by its workers.

    Args:
        stream: the list.
        checkpoint: notes what has been emitted.
        outgoing: where the records go; it has room for so many.
        begin: where the read begins (included).
        start_date: the configuration's start date, to be compared with the server's clock.
        workers: how many windows may be open at once.
        resumed: whether an earlier read has completed windows beyond its watermark.
        tail_limits: what bounds the read of the tail.
    """

    def __init__(
        self,
        stream: ListStream,
        checkpoint: Checkpoint,
        outgoing: Outgoing,
        *,
        begin: Instant,
        start_date: Instant | None,
        workers: int,
        resumed: bool,
        tail_limits: TailLimits,
    ) -> None:
        self.stream = stream
        self._checkpoint = checkpoint
        self._outgoing = outgoing
        self._start_date = start_date
        self._workers = workers
        self._resumed = resumed
        self._tail_limits = tail_limits
        self._first = WindowPaginator(begin, None, stream.cursor_field, stream.primary_key)
        self._worklist = Worklist(self._first, self._spare_windows)
        self._tail: WindowPaginator | None = None
        self._progress = Progress(stream.name, stream.throttle)
        self._values = ColumnValues(
            stream.name, stream.get_json_schema(), primary_key=stream.primary_key, cursor_field=stream.cursor_field
        )

    @override
    def generate(self) -> Iterator[Partition]:
        """Hand out the windows as workers cut them, and the tail when all are done."""
        yield ListPartition(self, self._first)
        while (paginator := self._worklist.take()) is not None:
            yield ListPartition(self, paginator)
        if self._tail is not None and not self._worklist.stopped:
            yield ListPartition(self, self._tail)

    def read(self, paginator: WindowPaginator) -> Iterator[EngineRecord]:
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
            tail = Tail(paginator, self._tail_limits) if paginator is self._tail else None
            while not paginator.complete and not self._worklist.stopped:
                with self._worklist.turn(paginator):
                    yield from self._pages(paginator, tail)
            self._close(paginator)
        except (ConnectorError, StalledError) as error:
            if self.stop():  # one error is reported; what fails the other workers is the same, or its consequence
                raise self._stalled(error) if isinstance(error, StalledError) else error from None
        except BaseException:
            self.stop()
            raise

    def stop(self) -> bool:
        """Let all workers stop after their page; return whether this is the first reason to."""
        first = self._worklist.stop()
        if first:
            self._checkpoint.emit_progress()
            self._log_end("Stopped reading")
        return first

    def _open_first(self) -> Generator[EngineRecord, None, bool]:
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
        self._tail = first.for_window(end, None)
        if not self._resumed:
            first.cut(end)
            self._worklist.split(first)
            return True
        self._worklist.add(self._checkpoint.gaps(end))
        return False

    def _pages(self, paginator: WindowPaginator, tail: Tail | None) -> Iterator[EngineRecord]:
        """Read one page, or all of a flood if nobody else may ask meanwhile."""
        exclusive = paginator.exclusive
        while not self._worklist.stopped:
            yield from self._page(paginator, tail)
            if not (exclusive and paginator.exclusive):
                return

    def _page(self, paginator: WindowPaginator, tail: Tail | None = None) -> Iterator[EngineRecord]:
        """Request a window's next page, when there is room for it, and hand out its records."""
        with self._outgoing.page() as weigh:
            yield from self._answer(paginator, tail, weigh)

    def _answer(
        self, paginator: WindowPaginator, tail: Tail | None, weigh: Callable[[int], None]
    ) -> Iterator[EngineRecord]:
        request, repaired, duplicates = paginator.next_request(), paginator.positions_repaired, paginator.duplicates
        records: list[EngineRecord] = []
        try:
            page = self._fetch(request)
        except RequestFailedError as error:
            if request.cursor is None or not error.may_be_the_cursors_fault:
                raise
            self._worklist.cursor_refused(paginator)
        else:
            weigh(page.size)
            records, news = self._values.fit(self._worklist.receive(paginator, page), odd=page.odd)
            self._warn(news)
            yield from records
            # Going on means that the engine has taken the last of them.
            done = Window(paginator.begin, paginator.position)
            self._checkpoint.page_emitted(done, paginator.newest, page.server_time)
            if tail is not None:
                tail.limit_growth(page.server_time)
                tail.wait_for_flood(page.server_time)
            self._worklist.split(paginator)
        self._progress.count_answer(
            records=len(records),
            duplicates=paginator.duplicates - duplicates,
            positions_repaired=paginator.positions_repaired - repaired,
            position=paginator.position,
        )

    def _fetch(self, request: PageRequest, **other: Any) -> Page:
        stream_slice: dict[str, Any] = dict(other)
        if request.begin > FIRST_INSTANT:
            stream_slice["gte"] = format_instant(request.begin)
        if request.end is not None:
            stream_slice["lt"] = format_instant(request.end)
        if request.descending:
            stream_slice["order_by"] = f"{self.stream.cursor_field}:desc"
        page = self.stream.fetch(stream_slice, request.cursor)
        refuse_future_start(self._start_date, page.server_time)
        return page

    def _newest(self) -> tuple[Instant | None, Instant | None]:
        """Instant of the list's newest record, and the server's clock; None for what can't be known."""
        page = self._fetch(PageRequest(self._first.begin, None, descending=True), limit=1)
        self._progress.count_answer()
        instants = (instant_of(record, self.stream.cursor_field) for record in page.records)
        return next(instants, None), page.server_time

    def _spare_windows(self, windows: int) -> int:
        """How many more windows beside so many may be open, and help; 0 or less: no more."""
        if self.stream.throttle.waiting:
            return 0
        requests, pages = self._progress.requests, self._progress.records / MAX_PAGE_SIZE
        return min(self._workers - windows, affordable_cuts(requests, pages, windows=windows, workers=self._workers))

    def _close(self, paginator: WindowPaginator) -> None:
        """Note that a window has been read. The one without an end was the last one."""
        if paginator.end is None and paginator.complete:
            self._checkpoint.finish()
            self._log_end("Finished reading")
        self._worklist.close(paginator)

    def _log_end(self, what: str) -> None:
        self._warn(self._values.summary())
        self._progress.log_summary(what)

    def _warn(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            logger.warning(f"{self.stream.name}: {sentence}")

    def _stalled(self, error: StalledError) -> RequestFailedError:
        return RequestFailedError(
            f"AskElephant's list of {self.stream.name} could not be read to its end: {error}. What was read is kept. "
            f"{error.advice}",
            error.failure_type,
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
        return self._traversal.read(self._paginator)

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
