"""What of a stream has been emitted, and the STATE messages that say so."""

import threading
import time
from collections.abc import MutableMapping
from typing import Any

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record
from typing_extensions import override

from source_askelephant.instants import FIRST_INSTANT, Instant, Window
from source_askelephant.state.coverage import Coverage
from source_askelephant.state.saved_state import SavedState, beyond, dump_state

PAGES_PER_STATE = 10
SECONDS_PER_STATE = 20.0


class Checkpoint(Cursor):
    """Gathers what the workers have emitted, and emits state. Shared by threads.

    A worker reports records only after the engine has taken them, and state goes through the same queue: on
    stdout, a STATE message stands below every record that it claims.

    Args:
        stream_name: whose state it is.
        cursor_field: the state's key for the watermark.
        saved: what the syncs before have emitted, which is never taken back, and what that is true of.
        begin: where this read begins (included).
        state_manager: knows the form of a state message.
        messages: puts messages behind the records that the engine has taken.
    """

    def __init__(
        self,
        stream_name: str,
        cursor_field: str,
        *,
        saved: SavedState,
        begin: Instant,
        state_manager: ConnectorStateManager,
        messages: MessageRepository,
    ) -> None:
        self._stream_name = stream_name
        self._cursor_field = cursor_field
        self._saved = saved
        self._state_manager = state_manager
        self._messages = messages
        self._lock = threading.Lock()
        self._coverage = Coverage(begin, saved.windows)
        # Nothing after the newest record is claimed: a window may end later, and a stamp may lie in the future.
        self._newest = max((window.end for window in saved.windows), default=FIRST_INSTANT)
        self._finished = self._stopped = False
        self._as_of: Instant | None = None
        self._pages = 0
        self._emitted_at = time.monotonic()

    def gaps(self, end: Instant) -> list[Window]:
        """What is left to read before an instant (excluded)."""
        with self._lock:
            return self._coverage.gaps(end)

    def done_from(self, instant: Instant) -> Instant:
        """Up to where all has been emitted from an instant on (excluded)."""
        with self._lock:
            return self._coverage.done_from(instant)

    def page_emitted(self, done: Window, newest: Instant | None, server_time: Instant | None) -> None:
        """Note that a page has been emitted, and emit state now and then.

        Args:
            done: every record of this window has been emitted.
            newest: instant of the page's last record, None if it can't be known.
            server_time: the server's clock. A record stamped after it doesn't move the watermark, or it would
                silence the syncs to come.
        """
        with self._lock:
            self._coverage.add(done)
            if newest is not None:
                self._newest = max(self._newest, newest if server_time is None else min(newest, server_time))
            self._pages += 1
            if self._pages >= PAGES_PER_STATE or time.monotonic() > self._emitted_at + SECONDS_PER_STATE:
                self._emit()

    def announce(self, pause: AirbyteMessage) -> None:
        """Emit that the stream pauses, and its state if there is something new to say; nothing if it is over."""
        with self._lock:
            if self._finished or self._stopped:
                return
            self._messages.emit_message(pause)
            if self._pages:
                self._emit()

    def emit_again(self) -> None:
        """Emit state, even if there is nothing new to say, as a sign of life; nothing if the stream is over or new."""
        with self._lock:
            if self.state and not (self._finished or self._stopped):
                self._emit()

    def stop(self) -> None:
        """Note that the read of the stream fails, and emit state if there is something new to say."""
        with self._lock:
            self._stopped = True
            if self._pages:
                self._emit()

    def finish(self, as_of: Instant | None) -> None:
        """Note that the list has been read to its end.

        Args:
            as_of: the server's clock when the reading of that end began, None if it isn't known.
        """
        with self._lock:
            self._finished, self._as_of = True, as_of

    @property
    def is_finished(self) -> bool:
        """Whether the list has been read to its end."""
        return self._finished

    @property
    @override
    def state(self) -> MutableMapping[str, Any]:
        before = FIRST_INSTANT if self._saved.watermark is None else self._saved.watermark
        done = self._newest if self._finished else min(self._newest, self._coverage.watermark)
        watermark = max(before, done)
        windows = () if self._finished else beyond(self._coverage.beyond, watermark)
        if watermark == FIRST_INSTANT and not windows:
            return {}
        as_of = self._as_of if self._finished else None
        state = self._saved._replace(watermark=watermark, windows=windows, as_of=as_of)
        return dump_state(state, self._cursor_field)

    @override
    def close_partition(self, partition: Partition) -> None:
        """Emit state, if there is something new to say."""
        with self._lock:
            if self._pages or self._finished:
                self._emit()

    @override
    def observe(self, record: Record) -> None:
        """Do nothing: progress is noted by pages, which costs less than reading each record's time."""

    @override
    def ensure_at_least_one_state_emitted(self) -> None:
        """Do nothing: every read has a partition, whose end emits state before the stream is complete."""

    @override
    def should_be_synced(self, record: Record) -> bool:
        return True

    def _emit(self) -> None:
        self._state_manager.update_state_for_stream(self._stream_name, None, self.state)
        self._messages.emit_message(self._state_manager.create_state_message(self._stream_name, None))
        self._pages, self._emitted_at = 0, time.monotonic()
