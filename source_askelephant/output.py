"""The one writer of stdout: a message a line, from any thread."""

import sys

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage


def write_line(message: str) -> None:
    """Write a message in its JSON form, in one write: other threads write as well (log lines, new refresh tokens)."""
    sys.stdout.write(f"{message}\n")


def write_at_once(message: AirbyteMessage) -> None:
    """Write a message and flush it before returning: ahead of all messages that still wait in a queue."""
    write_line(AirbyteEntrypoint.airbyte_message_to_string(message))
    sys.stdout.flush()
