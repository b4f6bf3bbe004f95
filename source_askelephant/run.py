"""The console script ``source-askelephant``: the CDK's entry point, with errors that end in a sentence."""

import argparse
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER, is_platform_debug_log_enabled
from airbyte_cdk.models import AirbyteMessage, ConnectorSpecification, FailureType, Type
from airbyte_cdk.utils import AirbyteTracedException
from typing_extensions import override

from source_askelephant import output
from source_askelephant.errors import ConnectorError, StreamFailedError
from source_askelephant.source import SourceAskElephant

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
BROKEN_PIPE = 128 + getattr(signal, "SIGPIPE", 13)  # Windows has none


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, without its check of the configuration: the source does that, by its own model.

    The messages of JSON Schema ("'x' does not match '^…$'") name neither the field nor what to write. And no file is
    written: the CDK would put a copy of the configuration, with its credentials, into a temporary folder.
    """

    @override
    def run(self, parsed_args: argparse.Namespace) -> Iterator[str]:
        """Run a command, and yield its messages as they are to be written."""
        level = logging.DEBUG if parsed_args.debug or is_platform_debug_log_enabled() else logging.INFO
        self.logger.setLevel(level)
        logging.getLogger("airbyte").setLevel(level)
        try:
            yield from map(self.airbyte_message_to_string, self._messages(parsed_args))
        except Exception:
            yield from map(self.airbyte_message_to_string, self._emit_queued_messages(self.source))
            raise

    def _messages(self, parsed_args: argparse.Namespace) -> Iterable[AirbyteMessage]:
        spec = self.source.spec(self.logger)
        if parsed_args.command == "spec":
            return [AirbyteMessage(type=Type.SPEC, spec=spec)]
        config = self.source.read_config(parsed_args.config)
        if parsed_args.command == "check":
            return self.check(spec, config)
        if parsed_args.command == "discover":
            return self.discover(spec, config)
        catalog = self.source.read_catalog(parsed_args.catalog)
        return self.read(spec, config, catalog, self.source.read_state(parsed_args.state))

    @staticmethod
    @override
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        """Do nothing."""

    @staticmethod
    @override
    def airbyte_message_to_string(airbyte_message: AirbyteMessage) -> str:
        """Write a message as JSON.

        Raises:
            ConnectorError: if Python can't.
        """
        try:
            return AirbyteEntrypoint.airbyte_message_to_string(airbyte_message)
        except AirbyteTracedException:
            raise ConnectorError(
                "A record is nested too deeply to be written as JSON. This is a defect of the connector or a change of "
                "the API: please report it with this message.",
                FailureType.system_error,
            ) from None


class _WithoutTraceback(logging.Filter):
    """Leaves the stack trace out of the log where the error's own sentence says all there is to do."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], AirbyteTracedException):
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]}", ()
            record.exc_info = None
        return True


def run(source: SourceAskElephant | None = None) -> None:
    """Run one command of the Airbyte protocol, as the command line says; with a source of its own if none is given.

    Messages go to stdout, one a line. The exit code is 0; 1 after an error, whose TRACE message says why; 2 if the
    command line can't be understood; 130 after Ctrl-C; 141 if nobody reads stdout any more; 143 after SIGTERM.
    """
    output.use_utf_8()
    # The first process of a container is deaf to SIGTERM unless it asks for it.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(TERMINATED))
    # What importing the CDK made stays; to look through it for garbage again and again takes 5 % of a long read's CPU.
    gc.freeze()
    arguments = sys.argv[1:]
    entrypoint = Entrypoint(source or SourceAskElephant())
    parsed = entrypoint.parse_args(arguments or ["--help"])
    output.use_strict_logs()
    entrypoint.logger.addFilter(_WithoutTraceback())
    with PRINT_BUFFER:
        try:
            for message in entrypoint.run(parsed):
                output.write_line(message)
        except StreamFailedError:
            sys.exit(1)
        except AirbyteTracedException as error:
            output.write_line(entrypoint.airbyte_message_to_string(error.as_sanitized_airbyte_message()))
            sys.exit(1)
        except KeyboardInterrupt:
            _leave_at_once(INTERRUPTED)
        except BrokenPipeError:
            _leave_at_once(BROKEN_PIPE)


def _leave_at_once(exit_code: int) -> NoReturn:
    """End the process without waiting for workers, which may wait for a consumer that will never come."""
    with contextlib.suppress(OSError):
        PRINT_BUFFER.flush()
    os._exit(exit_code)
