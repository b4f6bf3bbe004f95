"""The stream state: ``{"updated_at": "2026-03-01T12:00:00Z"}``, everything up to here has been emitted.

A person can read it and write it. While a read is under way, ``"windows"`` lists what has been completed beyond; once
it has ended, ``"as_of"`` says when. ``"start_date"`` and ``"filters"`` say what it is true of.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from source_askelephant.errors import ConfigError, quoted
from source_askelephant.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    SECOND,
    Instant,
    Window,
    format_instant,
    parse_instant,
    precision_of,
)

MAX_WINDOWS = 200
"""So many windows are kept, the longest: each costs a request, and its place in every STATE message."""

_WINDOWS = "windows"
_AS_OF = "as_of"
_START_DATE = "start_date"
_FILTERS = "filters"


class SavedState(NamedTuple):
    """What earlier reads have emitted.

    Attributes:
        watermark: everything from the start date up to this instant (excluded), None if nothing has been emitted.
            Once a read has ended, what it saw at this instant as well.
        windows: beyond it, everything within these.
        as_of: the server's clock when the reading of the list's end began.
        start_date: from when on that is true (included); None if the state doesn't say.
        filters: of what that is true, as the configuration has it; None if the state doesn't say.
    """

    watermark: Instant | None = None
    windows: tuple[Window, ...] = ()
    as_of: Instant | None = None
    start_date: Instant | None = None
    filters: Mapping[str, Any] | None = None

    def tail_begin(self, lookback_seconds: int) -> Instant:
        """From when on changes may not have been seen (included).

        ::

            ──────┬──────────┬─────────────────────┬──────┬────►  updated_at
              updated_at  + a step                 │    as_of
                             └ what is stamped   as_of - lookback
                               from here on was not there

        What is stamped before ``as_of`` less the lookback could be seen when it was read, however long ago the last
        change was. Without ``as_of`` (an earlier version's state, or a person's) it counts from the watermark.
        """
        if self.watermark is None:
            return FIRST_INSTANT
        lookback = lookback_seconds * SECOND
        if self.as_of is None:
            return max(FIRST_INSTANT, self.watermark - lookback)
        after = min(self.watermark + precision_of(self.watermark), LAST_INSTANT)
        return max(FIRST_INSTANT, min(after, self.as_of - lookback))

    def go_on(self, start_date: Instant | None, lookback_seconds: int) -> "tuple[Instant, SavedState]":
        """Where the next read begins (included), and what it need not read again, beyond.

        A start date that was moved back leaves a gap::

            start date ├── gap ──┤ the state's ├████████████┤ tail's begin ├──►

        One that was moved beyond what was read leaves another; if it is moved back again, all of it is read again.
        The lookback is taken off the end of the windows, too: there, a change may have been saved late.
        """
        start = FIRST_INSTANT if start_date is None else start_date
        if self.watermark is None:
            return start, SavedState(start_date=start)
        since = start if self.start_date is None else self.start_date
        tail = self.tail_begin(lookback_seconds)
        last = max((end for _, end in self.windows), default=FIRST_INSTANT) - lookback_seconds * SECOND
        windows = [Window(begin, min(end, last)) for begin, end in self.windows]
        if start < since:
            return start, self._replace(
                watermark=None, windows=_real([Window(since, tail), *windows]), as_of=None, start_date=start
            )
        return max(start, tail), self._replace(
            windows=_real(windows), as_of=None, start_date=start if start > tail else since
        )


def _real(windows: Iterable[Window]) -> tuple[Window, ...]:
    return tuple(window for window in windows if window.begin < window.end)


def parse_state(state: Mapping[str, Any], cursor_field: str, stream_name: str) -> SavedState:
    """Read a stream's state; an empty one says that nothing was read yet. Other fields are passed over.

    Of too many windows, only the longest are taken: reading what lies within the others again is quicker.

    Raises:
        ConfigError: if the state is not empty but can't be read. Reading everything again instead would be a
            surprise, and going on from a guess would lose records.
    """
    if not state:
        return SavedState()
    try:
        watermark = _instant(state.get(cursor_field))
        windows = tuple(_window(begin, end) for begin, end in state.get(_WINDOWS, ()))
        as_of = _instant(state[_AS_OF]) if _AS_OF in state else None
        # A read that has ended says what there is to say.
        start_date = FIRST_INSTANT if as_of is not None else None
        if _START_DATE in state:
            start_date = _instant(state[_START_DATE])
        filters: Mapping[str, Any] | None = None if as_of is None else {}
        if _FILTERS in state:
            filters = dict(state[_FILTERS])
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"The state of {stream_name} can't be read: {quoted(str(dict(state)))}: {quoted(str(error))}. "
            f'Write {{"{cursor_field}": "2026-03-01T12:00:00Z"}}, or reset the stream to read everything again.'
        ) from None
    return SavedState(watermark, _longest(windows), as_of, start_date, filters)


def dump_state(saved: SavedState, cursor_field: str) -> dict[str, Any]:
    """Write a state as ``parse_state`` reads it."""
    if saved.watermark is None:
        return {}
    state: dict[str, Any] = {cursor_field: format_instant(saved.watermark)}
    if saved.as_of is not None:
        state[_AS_OF] = format_instant(saved.as_of)
    if saved.start_date is not None and saved.start_date > FIRST_INSTANT:
        state[_START_DATE] = format_instant(saved.start_date)
    if saved.filters:
        state[_FILTERS] = dict(saved.filters)
    if saved.windows:
        state[_WINDOWS] = [[format_instant(begin), format_instant(end)] for begin, end in _longest(saved.windows)]
    return state


def beyond(windows: Iterable[Window], watermark: Instant) -> tuple[Window, ...]:
    """What of the windows lies after a watermark."""
    return tuple(Window(max(begin, watermark), end) for begin, end in windows if end > watermark)


def _longest(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    if len(windows) <= MAX_WINDOWS:
        return windows
    return tuple(sorted(sorted(windows, key=lambda window: window.begin - window.end)[:MAX_WINDOWS]))


def _window(begin: object, end: object) -> Window:
    window = Window(_instant(begin), _instant(end))
    if window.end < window.begin:
        raise ValueError(f"a window ends at {end} before it begins at {begin}")
    return window


def _instant(value: object) -> Instant:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return parse_instant(value)
