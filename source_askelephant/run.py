"""The console script ``source-askelephant``: the CDK's entry point, with errors that end in a sentence."""

import argparse
import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Mapping
from typing import Any, NoReturn

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER, is_platform_debug_log_enabled
from airbyte_cdk.models import AirbyteMessage, ConnectorSpecification, FailureType, Type
from airbyte_cdk.utils import AirbyteTracedException
from typing_extensions import override

from source_askelephant import output
from source_askelephant.errors import ConnectorError, StreamFailedError, quoted
from source_askelephant.reading.engine import WORKER
from source_askelephant.source import SourceAskElephant

BROKEN_PIPE = 128 + getattr(signal, "SIGPIPE", 13)  # Windows has none
CONTAINERS_FIRST = 1  # process id

_M_MMAP_THRESHOLD = -3  # as malloc.h names and numbers it
_LARGE_BLOCK = 128 * 1024  # bytes; glibc's own beginning, which it would raise

_leaving = threading.Lock()


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entry point, without its check of the configuration: the source does that, by its own model.

    The messages of JSON Schema ("'x' does not match '^…$'") name neither the field nor what to write. And no file is
    written: the CDK would put a copy of the configuration, with its credentials, into a temporary folder.
    """

    source: SourceAskElephant

    @override
    def run(self, parsed_args: argparse.Namespace) -> Generator[str, None, None]:
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
        selected = [item.stream.name for item in catalog.streams]
        return self.read(spec, config, catalog, self.source.read_state(parsed_args.state, selected))

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

    Messages go to stdout, one a line. The exit code is 0; 1 after an error, whose TRACE message says why (or stderr, if
    stdout takes nothing more); 2 if the command line can't be understood; 141 if nobody reads stdout any more. Ctrl-C
    and SIGTERM end the process themselves; if it is a container's first one, it exits with 130 and 143. Whatever ends
    a command, the process has ended within seconds.
    """
    if sys.__stdout__ is None:
        _leave_without_output(OSError("it is closed"))
    output.use_utf_8()
    for handler in logging.getLogger().handlers:
        if getattr(handler, "stream", None) is PRINT_BUFFER:
            handler.handleError = _log_line_lost  # type: ignore[assignment,method-assign]
    _let_signals_end_it()
    _return_freed_memory()
    # What importing the CDK made stays; to look through it for garbage again and again takes 5 % of a long read's CPU.
    gc.freeze()
    arguments = sys.argv[1:]
    entrypoint = Entrypoint(source or SourceAskElephant())
    parsed = entrypoint.parse_args(arguments or ["--help"])
    output.use_strict_logs()
    entrypoint.logger.addFilter(_WithoutTraceback())
    with PRINT_BUFFER:
        try:
            exit_code = _write_messages(entrypoint, parsed)
            output.flush()
        except output.OutputFailedError as error:
            _leave_without_output(error.__cause__)
    if exit_code:
        if any(thread.name.startswith(WORKER) for thread in threading.enumerate()):
            os._exit(exit_code)  # the interpreter would wait for it, and it waits for an answer
        sys.exit(exit_code)


def _let_signals_end_it() -> None:
    """Let Ctrl-C and SIGTERM end the process themselves: to PyAirbyte and to shells an exit code isn't the same.

    Python would make a KeyboardInterrupt of Ctrl-C, which is lost where it strikes a destructor or a callback of
    compiled code. The kernel keeps signals without a handler from a container's first process: there, one exits with
    the code by which a shell names the signal.
    """
    is_first = os.getpid() == CONTAINERS_FIRST
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, (lambda received, _: os._exit(128 + received)) if is_first else signal.SIG_DFL)


def _return_freed_memory() -> None:
    """Let glibc return each large block to the system when it is freed.

    By itself it keeps what may be used again, by each thread: half of the memory that pages of 20 MB take.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # other systems and C libraries have no such function
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


def _write_messages(entrypoint: Entrypoint, parsed: argparse.Namespace) -> int:
    """Run a command and write its messages, of which an error is the last; return the exit code.

    Raises:
        OutputFailedError: if stdout takes nothing more.
    """
    messages = entrypoint.run(parsed)
    try:
        for message in messages:
            output.write_line(message)
    except output.OutputFailedError:
        raise
    except StreamFailedError:
        return 1
    except SystemExit as exit_:
        messages.close()  # the workers end
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it ends in a sentence
        messages.close()
        traced = error if isinstance(error, AirbyteTracedException) else _unexpected(error)
        output.write_line(entrypoint.airbyte_message_to_string(traced.as_sanitized_airbyte_message()))
        return 1
    return 0


def _unexpected(error: BaseException) -> AirbyteTracedException:
    """Say what happened, and what to do, of an error that the connector doesn't know."""
    what = quoted(f"{type(error).__name__}: {error}").removesuffix(":")
    if isinstance(error, MemoryError) or "start new thread" in str(error):
        advice = "The machine has too little memory, or allows too few threads. Give it more, or lower num_workers."
    else:
        advice = "Sync again, and report it with this message if it stays."
    return AirbyteTracedException.from_exception(
        error, message=f"The connector failed: {what}. What was read is kept as far as the last STATE says. {advice}"
    )


def _log_line_lost(_: logging.LogRecord) -> None:
    """Take a log line that couldn't be written. If that is stdout's fault, no message may come for long to tell."""
    error = sys.exc_info()[1]
    if isinstance(error, OSError):
        _leave_without_output(error)


def _leave_without_output(why: BaseException | None) -> NoReturn:
    """End the process, from whatever thread, for stdout takes nothing more; say so on stderr, as far as that can be."""
    _leaving.acquire()  # for ever: one thread says it
    if isinstance(why, BrokenPipeError):
        os._exit(BROKEN_PIPE)
    with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr may be full or closed as well
        sys.__stderr__.write(  # type: ignore[union-attr]
            f"Messages can't be written to stdout: {why}. What was read is kept as far as the last STATE there says. "
            "Make sure that stdout is open and has room, and sync again.\n"
        )
        sys.__stderr__.flush()  # type: ignore[union-attr]
    os._exit(1)
