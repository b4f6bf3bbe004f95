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
threads of the engine   ``num_workers``, and two for each list  ``engine.py``
open windows            ``num_workers``, and one in each list;  ``shared.py``, for all streams
                        fewer at a rate limit
readers of a flood      one, if its cursors were refused        ``shared.py``, for all streams
requests under way      ``num_workers``; fewer at a limit       ``api/rate_control.py``, for all streams
bytes of pages          32 MiB, or one page                     ``outgoing.py``, for all streams
======================  ======================================  ==================================================
"""

import logging
import math
import time
from collections.abc import Iterable, Iterator

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record as EngineRecord
from typing_extensions import override

from source_askelephant.api.pages import Page
from source_askelephant.errors import ConnectorError, RequestFailedError
from source_askelephant.instants import SECOND, Instant, Window, instant_of
from source_askelephant.reading.column_values import ColumnValues
from source_askelephant.reading.page_request import PageRequest
from source_askelephant.reading.paginator import WindowPaginator
from source_askelephant.reading.partition import WindowPartition
from source_askelephant.reading.progress import Progress
from source_askelephant.reading.read_plan import ReadPlan
from source_askelephant.reading.server_profile import ServerProfile
from source_askelephant.reading.shared import Shared
from source_askelephant.reading.stalled import StalledError
from source_askelephant.reading.tail import TailPaginator
from source_askelephant.reading.windows import horizon
from source_askelephant.reading.worklist import Worklist
from source_askelephant.state.checkpoint import Checkpoint
from source_askelephant.streams.base import ListStream

logger = logging.getLogger("airbyte")

MAX_UNREAD_INSTANTS = 10
"""Timestamps whose records can't be read completely, after which nothing else is read first."""


class Traversal(PartitionGenerator):
    """One read of one list, shared by its workers.

    Args:
        stream: the list.
        checkpoint: notes what has been emitted.
        shared: what it has in common with the lists that are read beside it.
        plan: what is read.
    """

    def __init__(self, stream: ListStream, checkpoint: Checkpoint, shared: Shared, plan: ReadPlan) -> None:
        self.stream = stream
        self._checkpoint = checkpoint
        self._shared = shared
        self._plan = plan
        self._profile = ServerProfile(stream.page_size)
        self._first = WindowPaginator(plan.begin, None, stream.cursor_field, stream.primary_key, self._profile)
        self._worklist = Worklist(self._first, self._spare_windows, shared.turns, shared.open_windows.workers)
        self._tail: TailPaginator | None = None
        self._clock: Instant | None = None  # the server's, and when it was learned
        self._clock_seen = 0.0
        self._as_of: Instant | None = None  # the same before the first request of the tail
        self._unread: StalledError | None = None
        self._unread_instants = 0
        self._progress = Progress(stream.name, stream.throttle)
        self._values = ColumnValues(
            stream.name, stream.get_json_schema(), primary_key=stream.primary_key, cursor_field=stream.cursor_field
        )

    @override
    def generate(self) -> Iterator[Partition]:
        """Hand out the windows as workers cut them, and the tail when all are done."""
        yield self._partition(self._first)
        while (paginator := self._worklist.take()) is not None:
            yield self._partition(paginator)
        if self._tail is not None and not self._worklist.stopped:
            yield self._partition(self._tail)

    def _partition(self, paginator: WindowPaginator) -> Partition:
        return WindowPartition(self.stream.name, paginator, self.read)

    def read(self, paginator: WindowPaginator) -> Iterator[EngineRecord]:
        """Read a window to its end.

        Raises:
            RequestFailedError: if a page can't be had, or the API leads nowhere. The other workers stop after
                their page, so that all that has been emitted is in the state.
        """
        try:
            if paginator is self._first:
                with self._worklist.turn(paginator):
                    yield from self._open_first()
            is_tail = paginator is self._tail
            yield from self._read_on(paginator)
            if is_tail:
                yield from self._end_of_tail()
            elif paginator is self._first and self._tail is None and not self._worklist.stopped:
                self._finish(self._as_of)  # it was all
            self._worklist.close(paginator)
        except (ConnectorError, StalledError) as error:
            if self.stop():  # one error is reported; what fails the other workers is the same, or its consequence
                raise self._stalled(error) if isinstance(error, StalledError) else error from None
        except BaseException:
            self.stop()
            raise

    def stop(self) -> bool:
        """Let all workers stop after their page; return whether this is the first reason to."""
        first = self._worklist.stop() and not self._checkpoint.is_finished
        if first:
            self._shared.open_windows.spare(self.stream.name, 0)
            self._checkpoint.stop()
            self._log_end("Stopped reading")
        return first

    def _open_first(self) -> Iterator[EngineRecord]:
        """Ask for the first page, and if that isn't all, find the horizon and open the windows before it."""
        first = self._first
        page = None
        if not self._plan.resumed:
            with self._shared.outgoing.page(self.stream.name) as weigh:
                began = time.monotonic()
                page = self._fetch(first.next_request())
                if page.server_time is not None:
                    self._as_of = page.server_time - math.ceil(time.monotonic() - began) * SECOND
                weigh(page.size)
                is_placeable = any(instant_of(record, first.cursor_field) is not None for record in page.records)
                if page.next_cursor is None or (page.records and not is_placeable):
                    yield from self._take(first, page)
                    return
        newest, server_time = self._newest()
        self._profile.look(newest, server_time)
        latest = server_time if newest is None else newest
        end = first.begin
        if latest is not None:
            passed = 0 if server_time is None or self._as_of is None else server_time - self._as_of
            end = max(end, horizon(latest, server_time, self._plan.lookback_seconds, passed))
        self._profile.present = end
        self._tail, self._as_of = self._tail_from(self._checkpoint.done_from(end), newest), None
        first.cut(end)
        first.complete = self._plan.resumed or end == first.begin
        if self._plan.resumed:
            self._worklist.add(self._checkpoint.gaps(end))
        elif page is not None and not first.complete:
            with self._shared.outgoing.page(self.stream.name) as weigh:
                weigh(page.size)
                yield from self._take(first, page)
            self._tail.handed_out.adopt(first.handed_out.since(end))  # what the first page held of the present

    def _tail_from(self, begin: Instant, newest: Instant | None = None) -> TailPaginator:
        first = self._first
        tail = TailPaginator(
            begin, None, first.cursor_field, first.primary_key, self._profile, limits=self._plan.tail_limits
        )
        tail.tell_newest(newest, self._clock, time.monotonic())
        return tail

    def _read_on(self, paginator: WindowPaginator) -> Iterator[EngineRecord]:
        """Read a window from where it stands. What can't be read of it is kept for the end, and skipped."""
        while not paginator.complete and not self._worklist.stopped:
            with self._worklist.turn(paginator):
                yield from self._pages(paginator)
        if paginator.unread and not self._worklist.stopped:
            left, self._unread = paginator.unread
            self._unread_instants += 1
            if self._unread_instants > MAX_UNREAD_INSTANTS:
                raise self._unread
            if paginator.end is None:
                self._tail = self._tail_from(left.end, self._clock)
                yield from self._read_on(self._tail)
            elif left.end < paginator.end:
                self._worklist.add([Window(left.end, paginator.end)])

    def _end_of_tail(self) -> Iterator[EngineRecord]:
        """Look once more if need be, and finish."""
        as_of = self._as_of
        looks_again = self._plan.looks_again
        while self._tail is not None and not self._worklist.stopped and (looks_again or self._tail.may_have_passed_by):
            self.stream.throttle.waits.sleep(self._plan.tail_limits.replica_seconds if looks_again else 0)
            looks_again = False
            self._tail.look_again()
            yield from self._read_on(self._tail)
        if self._worklist.stopped:
            return
        if self._unread is not None:
            raise self._unread
        self._finish(None if as_of is None else as_of - self._profile.ahead)

    def _finish(self, as_of: Instant | None) -> None:
        self._checkpoint.finish(as_of)
        self._log_end("Finished reading")

    def _pages(self, paginator: WindowPaginator) -> Iterator[EngineRecord]:
        """Read one page, or all of a flood if nobody else may ask meanwhile."""
        exclusive = paginator.exclusive
        while not self._worklist.stopped:
            yield from self._page(paginator)
            if not (exclusive and paginator.exclusive):
                return

    def _page(self, paginator: WindowPaginator) -> Iterator[EngineRecord]:
        """Request a window's next page, when there is room for it, and hand out its records."""
        with self._shared.outgoing.page(self.stream.name) as weigh:
            if isinstance(paginator, TailPaginator):
                self._as_of = self._as_of or self._clock
                now = time.monotonic()
                passed = int((now - self._clock_seen) * SECOND)
                paginator.tell_time(None if self._clock is None else self._clock + passed, now)
            request = paginator.next_request()
            try:
                page = self._fetch(request)
            except RequestFailedError as error:
                if request.cursor is None or not error.may_be_the_cursors_fault:
                    raise
                self._worklist.cursor_refused(paginator)
                self._progress.count_answer()
            else:
                weigh(page.size)
                yield from self._take(paginator, page)
        if isinstance(paginator, TailPaginator) and paginator.seconds_to_wait:
            self.stream.throttle.waits.sleep(paginator.seconds_to_wait)

    def _take(self, paginator: WindowPaginator, page: Page) -> Iterator[EngineRecord]:
        """Hand out what is new on a page, and note how far that is."""
        repaired, duplicates = paginator.seam.repaired, paginator.handed_out.duplicates
        records, news = self._values.fit(self._worklist.receive(paginator, page), odd=page.odd)
        self._warn(news)
        yield from records
        # Going on means that the engine has taken the last of them.
        self._checkpoint.page_emitted(Window(paginator.begin, paginator.position), paginator.newest, page.server_time)
        self._worklist.split(paginator)
        self._progress.count_answer(
            records=len(records),
            duplicates=paginator.handed_out.duplicates - duplicates,
            positions_repaired=paginator.seam.repaired - repaired,
            position=paginator.position,
        )

    def _fetch(self, request: PageRequest) -> Page:
        page = self.stream.fetch(request.stream_slice(self.stream.cursor_field), request.cursor)
        if page.server_time is not None:
            if self._clock is None:
                self._plan.compare(self.stream.name, page.server_time)
            if self._clock is None or self._clock < page.server_time:
                self._clock, self._clock_seen = page.server_time, time.monotonic()
        return page

    def _newest(self) -> tuple[Instant | None, Instant | None]:
        """Instant of the list's newest record, and the server's clock; None for what can't be known."""
        page = self._fetch(PageRequest(self._first.begin, None, descending=True, limit=1))
        self._progress.count_answer()
        instants = (instant_of(record, self.stream.cursor_field) for record in page.records)
        return next(instants, None), page.server_time

    def _spare_windows(self, windows: int) -> int:
        """How many more windows beside so many may be open, and help; 0 or less: no more."""
        spare = self._shared.open_windows.spare(self.stream.name, 0 if self._worklist.stopped else windows)
        return 0 if self._worklist.stopped or self.stream.throttle.waiting else spare

    def _log_end(self, what: str) -> None:
        self._warn(self._values.summary())
        self._warn(self._profile.warnings(self._clock))
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
