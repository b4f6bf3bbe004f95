"""What tells records apart: ids that are texts or numbers."""

import base64
import binascii
from typing import Any, TypeGuard

from source_askelephant.reading.schema_drift import may_be_rounded

Identifier = str | int | float


def is_identifier(value: Any) -> TypeGuard[Identifier]:
    """Whether a value tells its record apart from all others.

    The OpenAPI document says that ids are texts; numbers do as well, unless another one may have been rounded to it.
    """
    if isinstance(value, float):
        return not may_be_rounded(value)
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value != "")


def names_record(cursor: str, identifier: Identifier | None) -> bool:
    """Whether a cursor holds a record's id. An offset doesn't, and is off when a record has left the list."""
    text = str(identifier)
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_", validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        decoded = ""
    return text in cursor or text in decoded
