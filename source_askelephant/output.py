"""The one writer of stdout: a message a line, from any thread."""

import io
import sys

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage


def use_utf_8() -> None:
    """Let stdout be UTF-8 with plain line ends, whatever the environment says. To be called before all writing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Half a surrogate pair comes out as its JSON escape.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def write_line(message: str) -> None:
    """Write a message in its JSON form, in one write: other threads write as well (log lines, new refresh tokens)."""
    sys.stdout.write(f"{message}\n")


def write_at_once(message: AirbyteMessage) -> None:
    """Write a message and flush it before returning: ahead of all messages that still wait in a queue."""
    write_line(AirbyteEntrypoint.airbyte_message_to_string(message))
    sys.stdout.flush()
