"""Finding what stands behind pages that are empty and promise more, as when records are hidden from us. Pure.

::

    position ├─────────────────────────────────────────┤ end     an empty page, and has_more: what is hidden fills it
             ├────────────────────┤                              the same again: half of it
             ├─────────┤                                         nothing more: so much is done, and then twice as much
                       ├──────────────────┤
"""

from source_askelephant.instants import Duration, Instant


class Narrowing:
    """The part of a window that is asked for instead of the whole.

    Args:
        position: where the window's reading stands.
        end: where the window ends (excluded).

    Attributes:
        span: how long the part is that is asked for next.
    """

    def __init__(self, position: Instant, end: Instant) -> None:
        self._end = end
        self.span: Duration = max(1, (end - position) // 2)

    def end(self, position: Instant) -> Instant:
        """Where the part ends that begins at a position."""
        return min(self._end, position + self.span)

    def failed(self, position: Instant, step: Duration) -> None:
        """Note that the part brought nothing to go on from; none is shorter than a step."""
        self.span = max(step, (self.end(position) - position) // 2)

    def succeeded(self, position: Instant) -> "Narrowing | None":
        """Note that the part is done up to a position; return what goes on from there, None at the end."""
        self.span *= 2
        return self if position < self._end else None
