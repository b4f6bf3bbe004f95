"""The CDK's concurrent engine, with workers that end when the read does."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from airbyte_cdk.models import AirbyteErrorTraceMessage, AirbyteMessage, AirbyteStreamStatus, FailureType, Type
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.concurrent_source.thread_pool_manager import ThreadPoolManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.utils.slice_logger import SliceLogger
from airbyte_cdk.utils import AirbyteTracedException

from source_askelephant.api.waits import Waits
from source_askelephant.errors import StreamFailedError
from source_askelephant.reading.column_values import ChangedRecord
from source_askelephant.reading.outgoing import Outgoing
from source_askelephant.reading.traversal import Traversal
from source_askelephant.state.checkpoint import Checkpoint

WORKER = "source-askelephant-worker"
"""What the names of all workers' threads begin with."""
SECONDS_TO_END = 3.0
"""The end of a read waits so long for workers, of which some may still wait for an answer."""


class Reading(NamedTuple):
    """One read of one list, and what notes how far it has come."""

    traversal: Traversal
    checkpoint: Checkpoint


class Engine:
    """Runs the reads of one command. Used by one thread, beside the workers.

    Args:
        workers: how many windows are read at once.
        streams: how many lists.
        waits: end when the read does.
        logger: the CDK's.
        slice_logger: the CDK's.

    Attributes:
        outgoing: what the workers have read, and the engine has not taken.
        messages: puts messages behind the records that the engine has taken.
    """

    def __init__(
        self, workers: int, streams: int, waits: Waits, logger: logging.Logger, slice_logger: SliceLogger
    ) -> None:
        self._waits = waits
        self._logger = logger
        self.outgoing = Outgoing()
        self.messages = ConcurrentMessageRepository(self.outgoing, InMemoryMessageRepository())
        self._workers: list[threading.Thread] = []
        self._pool = ThreadPoolExecutor(
            max_workers=workers + 2 * streams,  # of each list, one finds its partitions, and one always reads
            thread_name_prefix=WORKER,
            initializer=lambda: self._workers.append(threading.current_thread()),
        )
        self._source = ConcurrentSource(
            ThreadPoolManager(self._pool, logger),
            logger,
            slice_logger,
            queue=self.outgoing,
            message_repository=self.messages,
            initial_number_partitions_to_generate=streams,  # all of them: by itself it starts one after another
        )

    def read(self, readings: Sequence[Reading]) -> Iterator[AirbyteMessage]:
        """Read lists to their ends. Whatever ends it before, an error or a caller that wants no more, ends the workers.

        Raises:
            StreamFailedError: if one could not be read to its end.
        """
        failures: dict[str, AirbyteErrorTraceMessage] = {}
        complete = 0
        try:
            for message in self._source.read([self._prepare(reading) for reading in readings]):
                if message.type is Type.TRACE and message.trace:
                    if error := message.trace.error:
                        failures.setdefault(error.stream_descriptor.name if error.stream_descriptor else "", error)
                    status = message.trace.stream_status
                    complete += status is not None and status.status is AirbyteStreamStatus.COMPLETE
                    if len(failures) + complete >= len(readings):
                        self._waits.end()  # a worker of a list that failed may be waiting for minutes, and for nothing
                if message.record and isinstance(self.outgoing.taken, ChangedRecord):
                    message.record.meta = self.outgoing.taken.meta  # of which the engine has just made it
                yield message
            self._pool.shutdown()  # all is done: this only waits for threads to be gone
        except BaseException as error:
            self._end(readings)
            if failures and isinstance(error, AirbyteTracedException):
                # The engine's own summary calls every failure a config error.
                failure = next(iter(failures.values()))
                raise StreamFailedError(failure.message, failure.failure_type or FailureType.system_error) from None
            raise

    def _prepare(self, reading: Reading) -> DefaultStream:
        """A list as the CDK's engine wants it."""
        stream = reading.traversal.stream
        return DefaultStream(
            partition_generator=reading.traversal,
            name=stream.name,
            json_schema=stream.get_json_schema(),
            primary_key=[stream.primary_key],
            cursor_field=CursorField(stream.cursor_field),
            logger=self._logger,
            cursor=reading.checkpoint,
        )

    def _end(self, readings: Sequence[Reading]) -> None:
        self.outgoing.close()  # first: a worker that waits for room in it may hold a lock
        for traversal, _ in readings:
            traversal.stop()
        self._waits.end()
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + SECONDS_TO_END
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
