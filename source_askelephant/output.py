"""The one writer of stdout: a message a line, from any thread; each is JSON as RFC 8259 has it, in valid UTF-8."""

import io
import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER, AirbyteLogFormatter
from airbyte_cdk.models import AirbyteMessage
from typing_extensions import override

_NOT_BY_ORJSON = '{"type": '
"""How a message begins that orjson refused: the CDK lets json write it, which puts a space there. It may be no JSON."""

_LARGE = 16_384
"""Characters of a message that is written out at once. The CDK gathers what comes within a tenth of a second."""

_FAILURES = (OSError, ValueError)  # ValueError: it is closed, or can't encode a text


class OutputFailedError(Exception):
    """Stdout takes nothing more: it is full, closed, or nobody reads it. The cause says which."""


def use_utf_8() -> None:
    """Let stdout be UTF-8 with plain line ends, whatever the environment says. To be called before all writing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def use_strict_logs() -> None:
    """Let log lines be JSON whatever stands in them. To be called when the CDK's logger is there."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, AirbyteLogFormatter):
            handler.setFormatter(_LogFormatter())


def write_line(message: str) -> None:
    """Write a message in its JSON form, in one write: other threads write as well (log lines, new refresh tokens).

    Raises:
        OutputFailedError: if it can't be written.
    """
    try:
        sys.stdout.write(f"{_strict(message) if message.startswith(_NOT_BY_ORJSON) else message}\n")
        if len(message) > _LARGE:
            sys.stdout.flush()
    except _FAILURES as error:
        raise OutputFailedError from error


def write_at_once(message: AirbyteMessage) -> None:
    """Write a message and flush it before returning: ahead of all messages that still wait in a queue.

    Raises:
        OutputFailedError: if it can't be written.
    """
    write_line(AirbyteEntrypoint.airbyte_message_to_string(message))
    flush()


def flush() -> None:
    """Return when all that was written is out.

    Raises:
        OutputFailedError: if it can't be.
    """
    try:
        sys.stdout.flush()
    except _FAILURES as error:
        raise OutputFailedError from error


def flush_buffer() -> None:
    """Return when all is out that was written to the CDK's buffer: by itself it waits for more.

    Any other stdout is let be: it is that of a program which runs the source.

    Raises:
        OutputFailedError: if it can't be.
    """
    if sys.stdout is PRINT_BUFFER:
        flush()


def well_formed(text: str) -> str:
    """Replace each half of a surrogate pair by U+FFFD; two that make a pair become its character."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _strict(message: str) -> str:
    """A message without half surrogate pairs, and with null for NaN and infinities."""
    document = json.loads(message, parse_constant=lambda _: None)
    return well_formed(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


class _LogFormatter(AirbyteLogFormatter):
    """The CDK's: log lines as messages. By itself it fails on half a surrogate pair."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        record.msg, record.args = well_formed(record.getMessage()), None
        return super().format(record)

    @override
    def formatException(self, ei: Any) -> str:
        return well_formed(super().formatException(ei))

    @staticmethod
    @override
    def extract_extra_args_from_record(record: logging.LogRecord) -> Mapping[str, Any]:
        extras = AirbyteLogFormatter.extract_extra_args_from_record(record)
        return {name: well_formed(text) for name, text in extras.items()}
