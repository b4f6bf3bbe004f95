"""What tells records apart: ids that are texts or numbers."""

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
