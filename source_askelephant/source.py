"""The source: the only place where configuration, streams and the CDK's engine are wired together."""

import logging
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, ClassVar, NamedTuple

from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    StreamDescriptor,
    SyncMode,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from typing_extensions import override

from source_askelephant import input_files
from source_askelephant.api.retries import CHECK, READ, RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.api.transport import Timeouts, Transport
from source_askelephant.api.waits import SECONDS_PER_SIGN, Waits
from source_askelephant.config.models import Config
from source_askelephant.config.parsing import parse_config
from source_askelephant.config.signing import authenticator_for
from source_askelephant.config.spec import connector_specification
from source_askelephant.errors import ConnectorError, quoted
from source_askelephant.instants import FIRST_INSTANT, Instant, format_instant
from source_askelephant.reading.engine import Engine, Reading
from source_askelephant.reading.read_plan import ReadPlan, refuse_future_start
from source_askelephant.reading.shared import OpenWindows, Shared, Turns
from source_askelephant.reading.tail import TailLimits
from source_askelephant.reading.traversal import Traversal
from source_askelephant.state.checkpoint import Checkpoint
from source_askelephant.state.saved_state import SavedState, parse_state
from source_askelephant.streams import STREAMS
from source_askelephant.streams.access import describe, try_lists
from source_askelephant.streams.base import ListStream


class Patience(NamedTuple):
    """How long to wait for what; a test waits less.

    Attributes:
        read: how often and for how long a read tries a request.
        check: the same for a check, whose user is waiting.
        timeouts: after which a request fails.
        tail: what bounds the read of a list that changes all the time.
        seconds_per_log: how often a pause for the rate limit is logged.
        seconds_per_sign: how often the state is emitted again during a wait.
    """

    read: RetryPolicy = READ
    check: RetryPolicy = CHECK
    timeouts: Timeouts = Timeouts()
    tail: TailLimits = TailLimits()
    seconds_per_log: float = 30.0
    seconds_per_sign: float = SECONDS_PER_SIGN


class SourceAskElephant(AbstractSource):
    """Airbyte source for AskElephant.

    Args:
        patience: how long to wait for what.
    """

    stream_types: ClassVar[tuple[type[ListStream], ...]] = STREAMS

    def __init__(self, patience: Patience = Patience()) -> None:  # noqa: B008 - immutable
        self._patience = patience
        self._messages: MessageRepository = InMemoryMessageRepository()

    @property
    @override
    def message_repository(self) -> MessageRepository:
        return self._messages

    @override
    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        return connector_specification()

    @override
    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Make one small request of each list, and say in a sentence what failed, and which list can't be read."""
        try:
            _, message = self.check_connection(logger, config)
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=message)

    @override
    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, str | None]:
        """Ask for one record of each list, with the configuration's filters.

        Returns:
            True, and which lists can't be read, None if all can.

        Raises:
            ConnectorError: if the configuration is invalid, the API doesn't answer as it should, or no list can be
                read.
        """
        parsed = parse_config(config)
        begin = {} if parsed.start_date is None else {"gte": format_instant(parsed.start_date)}
        streams = self._streams(parsed, config, self._patience.check, Throttle(1))
        server_time, refusals = try_lists(streams, {**begin, "limit": 1})
        refuse_future_start(parsed.start_date, server_time)
        return True, describe(refusals) or None

    @override
    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        return list(self._streams(parse_config(config), config, self._patience.read, Throttle(1)))

    @override
    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the streams of the catalog.

        Raises:
            ConfigError: if the configuration, the catalog or the state is invalid.
            StreamFailedError: if a stream could not be read to its end.
        """
        parsed = parse_config(config)
        names = [item.stream.name for item in catalog.streams]
        input_files.check_catalog(names, self._stream_names())
        if not names:
            return  # the engine would wait for its first message for ever
        readings: list[Reading] = []
        waits = Waits(lambda: self._still_there(readings), self._patience.seconds_per_sign)
        throttle = Throttle(
            parsed.num_workers, lambda: self._rate_limited(readings), self._patience.seconds_per_log, waits
        )
        streams = {stream.name: stream for stream in self._streams(parsed, config, self._patience.read, throttle)}
        engine = Engine(parsed.num_workers, len(names), waits, logger, self._slice_logger)
        shared = Shared(engine.outgoing, OpenWindows(parsed.num_workers, names), Turns())
        self._messages = engine.messages
        state_manager = ConnectorStateManager(input_files.check_state(state or [], self._stream_names()))
        readings += (
            self._reading(streams[item.stream.name], item.sync_mode, parsed, state_manager, shared, logger)
            for item in catalog.streams
        )
        yield from engine.read(readings)

    @classmethod
    def _stream_names(cls) -> list[str]:
        return [str(stream_type.name) for stream_type in cls.stream_types]

    def _reading(
        self,
        stream: ListStream,
        sync_mode: SyncMode,
        config: Config,
        state_manager: ConnectorStateManager,
        shared: Shared,
        logger: logging.Logger,
    ) -> Reading:
        """Prepare the read of a stream."""
        given = state_manager.get_stream_state(stream.name, stream.namespace)
        saved = parse_state(given, stream.cursor_field, stream.name)
        if sync_mode is SyncMode.full_refresh and saved.watermark is not None:
            logger.warning(
                f"{stream.name}: a full refresh was given a state, so it goes on from there and doesn't read what came "
                "before. That is right after a full refresh that failed. Otherwise leave the state away, or a "
                "destination that replaces its table will hold only what changed since."
            )
        if saved.filters is not None and saved.filters != stream.filter_values:
            logger.warning(
                f"{stream.name}: the state was made with other filters, {quoted(str(dict(saved.filters)))}. What "
                "changed before it isn't read again as the present ones want it: to have it, reset the stream."
            )
        begin, saved = saved.go_on(config.start_date, config.lookback_window_seconds)
        saved = saved._replace(filters=stream.filter_values)
        checkpoint = Checkpoint(
            stream.name,
            stream.cursor_field,
            saved=saved,
            begin=begin,
            state_manager=state_manager,
            messages=self._messages,
        )
        logger.info(_what_is_read(stream, begin, saved, config))
        plan = ReadPlan(
            begin=begin,
            start_date=config.start_date,
            lookback_seconds=config.lookback_window_seconds,
            resumed=bool(saved.windows),
            looks_again=sync_mode is SyncMode.full_refresh,
            tail_limits=self._patience.tail,
        )
        return Reading(Traversal(stream, checkpoint, shared, plan), checkpoint)

    def _rate_limited(self, readings: list[Reading]) -> None:
        """Announce that the streams are still running, but wait for the API's rate limit; and what has been read."""
        reasons = [AirbyteStreamStatusReason(type=AirbyteStreamStatusReasonType.RATE_LIMITED)]
        for traversal, checkpoint in readings:
            stream = StreamDescriptor(name=traversal.stream.name)
            checkpoint.announce(as_airbyte_message(stream, AirbyteStreamStatus.RUNNING, reasons))

    @staticmethod
    def _still_there(readings: list[Reading]) -> None:
        """Give a sign of life: Airbyte's heartbeat counts records and states, not log lines."""
        for reading in readings:
            reading.checkpoint.emit_again()

    def _streams(
        self, config: Config, raw_config: Mapping[str, Any], retry_policy: RetryPolicy, throttle: Throttle
    ) -> list[ListStream]:
        transport = Transport(config.api_url, config.num_workers, self._patience.timeouts)
        # One for all: they share its token.
        authenticator = authenticator_for(config, raw_config, transport, retry_policy, throttle.waits)
        return [
            stream_type(
                transport=transport,
                authenticator=authenticator,
                filter_values={
                    # As the state has them: JSON has no tuples.
                    field: list(value) if isinstance(value, tuple) else value
                    for field in stream_type.filters
                    if (value := getattr(config, field))
                },
                retry_policy=retry_policy,
                throttle=throttle,
            )
            for stream_type in self.stream_types
        ]

    @staticmethod
    @override
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        return input_files.read_config(config_path)

    @classmethod
    @override
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        return input_files.read_catalog(catalog_path)

    @classmethod
    @override
    def read_state(cls, state_path: str, selected: Sequence[str] = ()) -> list[AirbyteStateMessage]:
        """Read the state's file.

        Args:
            state_path: where it is; empty if there is none.
            selected: the streams that are to be read. A state that names no stream is that one's, if it is one.

        Raises:
            ConfigError: if it can't be read, or is none of these.
        """
        return input_files.read_state(state_path, cls._stream_names(), selected)


def _what_is_read(stream: ListStream, begin: Instant, saved: SavedState, config: Config) -> str:
    """Say for the log what will be read, and why."""
    if begin == FIRST_INSTANT:
        since = "all of them"
    elif begin == config.start_date:
        since = f"those that changed since the start date {format_instant(begin)}"
    else:
        since = (
            f"those that changed since {format_instant(begin)}, where the sync before ended, with a lookback of "
            f"{config.lookback_window_seconds} seconds"
        )
    parts = [f"Reading {stream.name}: {since}"]
    if saved.windows:
        number = "a window" if len(saved.windows) == 1 else f"{len(saved.windows)} windows"
        parts.append(f"without {number} that an earlier read completed beyond")
    parts += stream.describe_filters()
    return f"{', '.join(parts)}; with {config.num_workers} workers."
