"""How a list is read on the CDK's concurrent engine: what a partition asks for, and when state is emitted.

The engine runs each partition on a worker and moves its records to the main thread through one queue. State
goes through the same queue, so that on stdout a STATE message stands below every record that it claims.
"""

import logging
import threading
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record as EngineRecord
from typing_extensions import override

from source_askelephant.config import refuse_future_start
from source_askelephant.errors import RequestFailedError
from source_askelephant.instants import Instant, format_instant, parse_instant
from source_askelephant.pages import Record
from source_askelephant.state import dump_state
from source_askelephant.streams.base import ListStream

logger = logging.getLogger("airbyte")

PAGES_PER_CHECKPOINT = 10


class WatermarkCursor(Cursor):
    """Keeps the watermark of a stream, and emits it as state.

    Args:
        stream: the stream that is read.
        watermark: where the state of the sync before ended, None if there was none. It never goes back.
        state_manager: knows the form of a state message.
        messages: must put messages behind the records that workers emitted before.
    """

    def __init__(
        self,
        stream: ListStream,
        watermark: Instant | None,
        state_manager: ConnectorStateManager,
        messages: MessageRepository,
    ) -> None:
        self._stream = stream
        self._watermark = watermark
        self._state_manager = state_manager
        self._messages = messages
        self._lock = threading.Lock()

    def advance(self, watermark: Instant) -> None:
        """Note that every record up to and including this instant has been emitted."""
        with self._lock:
            self._watermark = watermark if self._watermark is None else max(self._watermark, watermark)

    def emit_state(self) -> None:
        """Emit the state as it stands. To be called by a worker, after the records that it claims."""
        with self._lock:
            self._state_manager.update_state_for_stream(self._stream.name, self._stream.namespace, self.state)
            self._messages.emit_message(
                self._state_manager.create_state_message(self._stream.name, self._stream.namespace)
            )

    @property
    @override
    def state(self) -> MutableMapping[str, Any]:
        return dump_state(self._watermark, self._stream.cursor_field)

    @override
    def observe(self, record: EngineRecord) -> None:
        """Do nothing: the watermark advances by pages, which costs less than reading each record's time."""

    @override
    def close_partition(self, partition: Partition) -> None:
        self.emit_state()

    @override
    def ensure_at_least_one_state_emitted(self) -> None:
        """Do nothing: every read has a partition, whose end emits state before the stream is complete."""

    @override
    def should_be_synced(self, record: EngineRecord) -> bool:
        return True


class ListPartition(Partition):
    """The part of a list from an instant on, read page by page with the API's cursor."""

    def __init__(
        self,
        stream: ListStream,
        cursor: WatermarkCursor,
        *,
        begin: Instant | None,
        start_date: Instant | None,
    ) -> None:
        self._stream = stream
        self._cursor = cursor
        self._begin = begin
        self._start_date = start_date

    @override
    def read(self) -> Iterable[EngineRecord]:
        """Yield each record; between pages, everything yielded before has reached the queue.

        Raises:
            RequestFailedError: if a page can't be had, or the API leads in circles. What was read until then
                is checkpointed first.
            ConfigError: if the start date is in the future.
        """
        name, stream_slice, requests, records = self._stream.name, self.to_slice(), 0, 0
        try:
            for answer in self._pages(stream_slice):
                yield from (EngineRecord(record, name) for record in answer)
                requests, records = requests + 1, records + len(answer)
                if newest := _newest(answer, self._stream.cursor_field):
                    self._cursor.advance(newest)
                if requests % PAGES_PER_CHECKPOINT == 0:
                    self._cursor.emit_state()
        except Exception:
            if requests:
                self._cursor.emit_state()
            raise
        logger.info(f"Read {records} records of {name} with {requests} requests.")

    def _pages(self, stream_slice: Mapping[str, Any]) -> Iterable[list[Record]]:
        token: Mapping[str, Any] | None = None
        seen: set[str] = set()
        while True:
            answer = self._stream.fetch(stream_slice, token)
            if token is None:
                refuse_future_start(self._start_date, answer.served_at)
            yield answer.records
            token = answer.next_page_token
            if token is None:
                return
            if token["cursor"] in seen:
                raise RequestFailedError(
                    f"The API gave the same cursor for {self._stream.name} twice, so that its pages lead in a "
                    "circle. Sync again later, and report it to AskElephant if it stays.",
                    FailureType.transient_error,
                    retry=False,
                )
            seen.add(token["cursor"])

    @override
    def to_slice(self) -> Mapping[str, Any]:
        return {} if self._begin is None else {"gte": format_instant(self._begin)}

    @override
    def stream_name(self) -> str:
        return self._stream.name

    @override
    def __hash__(self) -> int:
        return hash((self._stream.name, self._begin))


class WholeList(PartitionGenerator):
    """A list in one partition."""

    def __init__(self, partition: ListPartition) -> None:
        self._partition = partition

    @override
    def generate(self) -> Iterable[Partition]:
        yield self._partition


def _newest(records: list[Record], cursor_field: str) -> Instant | None:
    """Instant of the last record that has a readable one: records come in ascending order."""
    for record in reversed(records):
        try:
            return parse_instant(record[cursor_field])
        except (KeyError, TypeError, ValueError):
            continue
    return None
