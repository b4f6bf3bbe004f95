"""The stream state: ``{"updated_at": "2026-03-01T12:00:00Z"}``, everything up to there has been emitted.

A person can read it and write it. Nothing else is needed to go on from it.
"""

from collections.abc import Mapping
from typing import Any

from source_askelephant.errors import ConfigError
from source_askelephant.instants import Instant, format_instant, parse_instant


def parse_state(state: Mapping[str, Any], cursor_field: str) -> Instant | None:
    """Read the watermark from a stream's state; None if the state is empty (nothing was read yet).

    Raises:
        ConfigError: if the state is not empty but holds no readable watermark. Reading everything again
            instead would be a surprise, and going on from a guess would lose records.
    """
    if not state:
        return None
    watermark = state.get(cursor_field)
    try:
        if not isinstance(watermark, str):
            raise ValueError(f"{watermark!r} is not a text")  # noqa: TRY004, TRY301 - joins the path below
        return parse_instant(watermark)
    except ValueError as error:
        raise ConfigError(
            f"The state can't be read: in {dict(state)!r}, {cursor_field}: {error}. "
            f'Write {{"{cursor_field}": "2026-03-01T12:00:00Z"}}, or reset the stream to read everything again.'
        ) from None


def dump_state(watermark: Instant | None, cursor_field: str) -> dict[str, Any]:
    """Write the state that says: everything up to and including the watermark has been emitted."""
    return {} if watermark is None else {cursor_field: format_instant(watermark)}
