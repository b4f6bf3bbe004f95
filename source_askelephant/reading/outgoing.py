"""What waits between the workers and stdout: bounded in items and in bytes, as a record may be a transcript.

::

    workers ── page() ──► fetch ──► records ──► │ queue │ ──► engine ──► stdout
               waits for room                             └─ the page's room is free when its last record is taken
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue

from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from typing_extensions import override

from source_askelephant import output

MAX_ITEMS = 2_000
MAX_BYTES = 32 * 2**20
"""Of the bodies of pages, from their request until the engine has taken the last of their records; or one page."""

_MOMENT = 0.1


@dataclass
class _Page:
    """Stands in the queue behind the records of a page."""

    size: int


class Outgoing(Queue[QueueItem]):
    """The engine's queue. Shared by threads.

    Attributes:
        taken: the item that the engine took last.
    """

    def __init__(self) -> None:
        super().__init__(MAX_ITEMS)
        self._room = threading.Condition(self.mutex)
        self._bytes = 0
        self._expected: dict[str, int] = {}  # by list: what a page that is asked for probably holds
        self._closed = False
        self.taken: QueueItem | None = None

    @contextmanager
    def page(self, stream_name: str) -> Iterator[Callable[[int], None]]:
        """Wait for room for a page of a list, and put what it holds within the block.

        Yields:
            What is to be told of the size of the page's body in bytes, when it is known.
        """
        with self._room:
            self._room.wait_for(lambda: self._has_room(self._expected.get(stream_name, 0)))
            page = _Page(self._expected.get(stream_name, 0))
            self._bytes += page.size

        def weigh(size: int) -> None:
            with self._room:
                # One large page doesn't hold back all that follow.
                self._expected[stream_name] = max(size, self._expected.get(stream_name, 0) // 2)
                self._bytes += size - page.size
                page.size = size
                self._room.notify_all()

        try:
            yield weigh
        finally:
            self.put(page)  # type: ignore[arg-type]  # ``get`` keeps it from the engine

    @override
    def get(self, block: bool = True, timeout: float | None = None) -> QueueItem:
        """Return the next item for the engine, and give back the room of pages that are through.

        When nothing comes for a moment, what was written gets out: a pause may be long, and its first STATE is in it.
        """
        while isinstance(item := self._next(block=block, timeout=timeout), _Page):
            with self._room:
                self._bytes -= item.size
                self._room.notify_all()
        self.taken = item
        return item

    def close(self) -> None:
        """Let whoever waits for room go on: nobody will take what is in it. No worker adds more than a page."""
        with self.mutex:
            self._closed = True
            self.maxsize = sys.maxsize
            self.queue.clear()
            self.not_full.notify_all()
            self._room.notify_all()

    def _next(self, *, block: bool, timeout: float | None) -> QueueItem | _Page:
        if not block or timeout is not None:
            return super().get(block, timeout)
        try:
            return super().get(timeout=_MOMENT)
        except Empty:
            output.flush_buffer()
            return super().get()

    def _has_room(self, size: int) -> bool:
        return self._closed or not self._bytes or self._bytes + size <= MAX_BYTES
