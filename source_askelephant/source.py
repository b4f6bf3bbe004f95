"""The source: the only place where configuration, streams and the CDK's engine are wired together."""

import json
import logging
from collections.abc import Iterator, Mapping, MutableMapping
from queue import Queue
from typing import Any

from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    Status,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.message.concurrent_repository import ConcurrentMessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.cursor import CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from typing_extensions import override

from source_askelephant import input_files
from source_askelephant.api.authentication import authenticator
from source_askelephant.api.retries import CHECK, READ, RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.config.models import Config
from source_askelephant.config.parsing import parse_config
from source_askelephant.config.spec import connector_specification
from source_askelephant.errors import ConfigError, ConnectorError, StreamFailedError
from source_askelephant.instants import FIRST_INSTANT, Instant, format_instant
from source_askelephant.reading.traversal import Traversal
from source_askelephant.reading.turns import Turns
from source_askelephant.reading.windows import lower_bound, refuse_future_start
from source_askelephant.state.checkpoint import Checkpoint
from source_askelephant.state.saved_state import SavedState, parse_state
from source_askelephant.streams import STREAMS
from source_askelephant.streams.base import ListStream

_QUEUE_SIZE = 2_000  # records between the workers and stdout: bounds memory when the destination is slow


class SourceAskElephant(AbstractSource):
    """Airbyte source for AskElephant."""

    def __init__(self) -> None:
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
        """Make one small request with the configuration's filters, and say in a sentence what failed."""
        try:
            self.check_connection(logger, config)
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    @override
    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, None]:
        """Ask for one record.

        Raises:
            ConnectorError: if the configuration is invalid or the API doesn't answer as it should.
        """
        settings = parse_config(config)
        (stream, *_) = _streams(settings, config, CHECK, Throttle(1))
        begin = {} if settings.start_date is None else {"gte": format_instant(settings.start_date)}
        answer = stream.fetch({**begin, "limit": 1})
        refuse_future_start(settings.start_date, answer.server_time)
        return True, None

    @override
    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        return list(_streams(parse_config(config), config, READ, Throttle(1)))

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
        settings = parse_config(config)
        throttle = Throttle(settings.num_workers, self._rate_limited)
        streams = {stream.name: stream for stream in _streams(settings, config, READ, throttle)}
        named = [item.stream.name for item in catalog.streams]
        unknown = [name for name in named if name not in streams]
        if unknown:
            raise ConfigError(
                f"The catalog names {', '.join(map(repr, unknown))}, but this source has only "
                f"{', '.join(streams)}. Refresh the connection's schema, or correct the catalog."
            )
        if len(named) > len(set(named)):  # the engine would wait for the first of them for ever
            raise ConfigError(
                "The catalog names a stream twice. Refresh the connection's schema, or correct the catalog."
            )
        if not catalog.streams:
            return  # the engine would wait for its first message for ever
        queue: Queue[QueueItem] = Queue(maxsize=_QUEUE_SIZE)
        self._messages = ConcurrentMessageRepository(queue, InMemoryMessageRepository())
        state_manager = ConnectorStateManager(state)
        engine = ConcurrentSource.create(
            num_workers=settings.num_workers + 1,  # one more finds the partitions
            initial_number_of_partitions_to_generate=1,
            logger=logger,
            slice_logger=self._slice_logger,
            message_repository=self._messages,
            queue=queue,
        )
        prepared: list[AbstractStream] = [
            self._concurrent(streams[item.stream.name], settings, state_manager, queue, logger)
            for item in catalog.streams
        ]
        failure: AirbyteErrorTraceMessage | None = None
        try:
            for message in engine.read(prepared):
                if message.type is Type.TRACE and message.trace and message.trace.error:
                    failure = failure or message.trace.error
                yield message
        except AirbyteTracedException:
            # The engine's own summary calls every failure a config error.
            if failure is None:
                raise
            raise StreamFailedError(failure.message, failure.failure_type or FailureType.system_error) from None

    def _concurrent(
        self,
        stream: ListStream,
        settings: Config,
        state_manager: ConnectorStateManager,
        queue: Queue[QueueItem],
        logger: logging.Logger,
    ) -> DefaultStream:
        """Prepare a stream for the CDK's concurrent engine."""
        saved = parse_state(state_manager.get_stream_state(stream.name, stream.namespace), stream.cursor_field)
        begin = lower_bound(
            watermark=saved.watermark,
            lookback_seconds=settings.lookback_window_seconds,
            start_date=settings.start_date,
        )
        saved = saved.less_lookback(settings.lookback_window_seconds)
        checkpoint = Checkpoint(stream, saved, begin=begin, state_manager=state_manager, messages=self._messages)
        logger.info(_what_is_read(stream.name, begin, saved, settings))
        return DefaultStream(
            partition_generator=Traversal(
                stream,
                checkpoint,
                begin=begin,
                start_date=settings.start_date,
                workers=settings.num_workers,
                turns=Turns(records_wait=lambda: not queue.empty()),
                resumed=bool(saved.windows),
            ),
            name=stream.name,
            json_schema=stream.get_json_schema(),
            primary_key=[stream.primary_key],
            cursor_field=CursorField(stream.cursor_field),
            logger=logger,
            cursor=checkpoint,
        )

    def _rate_limited(self) -> None:
        """Tell the platform that the streams are still running, but wait for the API's rate limit."""
        reasons = [AirbyteStreamStatusReason(type=AirbyteStreamStatusReasonType.RATE_LIMITED)]
        for stream in STREAMS:
            self._messages.emit_message(
                as_airbyte_message(StreamDescriptor(name=str(stream.name)), AirbyteStreamStatus.RUNNING, reasons)
            )

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
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        return input_files.read_state(state_path, [str(stream.name) for stream in STREAMS])


def _what_is_read(name: str, begin: Instant, saved: SavedState, settings: Config) -> str:
    """Say for the log what will be read, and why."""
    if begin == FIRST_INSTANT:
        since = "all of them"
    elif begin == settings.start_date:
        since = f"those that changed since the start date {format_instant(begin)}"
    else:
        since = (
            f"those that changed since {format_instant(begin)}, which is the state less a lookback of "
            f"{settings.lookback_window_seconds} seconds"
        )
    parts = [f"Reading {name}: {since}"]
    if saved.windows:
        parts.append(f"without the {len(saved.windows)} windows beyond that an earlier read completed")
    if settings.search is not None:
        parts.append(f"that match the search {settings.search!r}")
    if settings.crm_contact_ids:
        parts.append(f"that belong to {len(settings.crm_contact_ids)} CRM contacts")
    return f"{', '.join(parts)}; with {settings.num_workers} workers."


def _streams(
    settings: Config, written: Mapping[str, Any], retry_policy: RetryPolicy, throttle: Throttle
) -> list[ListStream]:
    filters: dict[str, str] = {}
    if settings.search is not None:
        filters["search"] = settings.search
    if settings.crm_contact_ids:
        filters["filter[crm_associations][eq]"] = json.dumps(
            [{"id": crm_id, "object_type": "contact"} for crm_id in settings.crm_contact_ids]
        )
    signer = authenticator(settings, written, retry_policy)  # one for all: they share what it obtains
    return [
        stream(
            api_url=settings.api_url,
            authenticator=signer,
            filters=filters,
            retry_policy=retry_policy,
            throttle=throttle,
        )
        for stream in STREAMS
    ]
