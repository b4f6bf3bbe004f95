"""The stream state: ``{"updated_at": "2026-03-01T12:00:00Z"}``, everything before it has been emitted.

A person can read it and write it. While a read is under way, ``"windows"`` lists what has been completed beyond.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from source_askelephant.errors import ConfigError, quoted
from source_askelephant.instants import SECOND, Instant, Window, format_instant, parse_instant

_WINDOWS = "windows"


class SavedState(NamedTuple):
    """What earlier reads have emitted.

    Attributes:
        watermark: everything before this instant (excluded), None if nothing has been emitted. Once a read has ended,
            what it saw at this instant as well.
        windows: beyond it, everything within these.
    """

    watermark: Instant | None = None
    windows: tuple[Window, ...] = ()

    def less_lookback(self, seconds: int) -> "SavedState":
        """Take the lookback off the end of the windows, too: there, a change may have been saved late."""
        if not self.windows:
            return self
        end = max(window.end for window in self.windows) - seconds * SECOND
        windows = (Window(begin, min(end, until)) for begin, until in self.windows)
        return self._replace(windows=tuple(window for window in windows if window.begin < window.end))


def parse_state(state: Mapping[str, Any], cursor_field: str) -> SavedState:
    """Read a stream's state; an empty one says that nothing was read yet. Other fields are passed over.

    Raises:
        ConfigError: if the state is not empty but can't be read. Reading everything again instead would be a
            surprise, and going on from a guess would lose records.
    """
    if not state:
        return SavedState()
    try:
        watermark = _instant(state.get(cursor_field))
        windows = tuple(_window(begin, end) for begin, end in state.get(_WINDOWS, ()))
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"The state can't be read: {quoted(str(dict(state)))}: {quoted(str(error))}. "
            f'Write {{"{cursor_field}": "2026-03-01T12:00:00Z"}}, or reset the stream to read everything again.'
        ) from None
    return SavedState(watermark, windows)


def dump_state(saved: SavedState, cursor_field: str) -> dict[str, Any]:
    """Write a state as ``parse_state`` reads it."""
    if saved.watermark is None:
        return {}
    state: dict[str, Any] = {cursor_field: format_instant(saved.watermark)}
    if saved.windows:
        state[_WINDOWS] = [[format_instant(begin), format_instant(end)] for begin, end in saved.windows]
    return state


def beyond(windows: Iterable[Window], watermark: Instant) -> tuple[Window, ...]:
    """What of the windows lies after a watermark."""
    return tuple(Window(max(begin, watermark), end) for begin, end in windows if end > watermark)


def _window(begin: object, end: object) -> Window:
    window = Window(_instant(begin), _instant(end))
    if window.end < window.begin:
        raise ValueError(f"a window ends at {end} before it begins at {begin}")
    return window


def _instant(value: object) -> Instant:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return parse_instant(value)
