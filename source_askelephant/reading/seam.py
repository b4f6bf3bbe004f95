"""Where a page ends and the next begins: what the one ended with has to come again with the other. Pure.

::

    page ──────────────────► last          asked for from its instant on: it comes again
                             ├──────────► next page
                        ├──────────► next page     it doesn't (it has changed, or shown timestamps are rounded):
                       a step before               once more, and then go on whatever comes
"""

from source_askelephant.instants import FIRST_INSTANT, Instant
from source_askelephant.reading.placed_page import PlacedPage, PlacedRecord
from source_askelephant.reading.server_profile import ServerProfile


class Seam:
    """The seam at a window's position.

    Args:
        profile: what is known of the server.

    Attributes:
        steps_back: whether the last page is to be asked for once more, from a step before.
        repaired: how often a position was lost and found again.
    """

    def __init__(self, profile: ServerProfile) -> None:
        self._profile = profile
        self._expected: PlacedRecord | None = None
        self._asked_back = False
        self.steps_back = False
        self.repaired = 0

    def begin(self, first: Instant, position: Instant) -> Instant:
        """From when on to ask (included), in a window that begins with an instant, and was read up to a position."""
        self._asked_back = self.steps_back or self._profile.steps_back
        begin = max(first, position - self._profile.step * self._asked_back)
        # Where gte means gt, what is stamped with the window's beginning would be no window's.
        return begin - (not self._profile.includes_bounds and begin == first > FIRST_INSTANT)

    def holds(self, placed: PlacedPage) -> bool:
        """Whether to go on from this page: what the one before ended with is on it, or has changed since."""
        expected = self._expected
        came = expected is None or any(each[1:] == expected[1:] for each in placed.own)
        if not came and not self._asked_back:
            self.steps_back = True
            return False
        if came and self.steps_back:
            self._profile.brought_back()
            self.repaired += 1
        self._expected = None
        return True

    def move(self, expected: PlacedRecord | None = None) -> None:
        """Note that the position has moved, and what has to come again; None if nothing has to."""
        self._expected = None if expected is None or expected.identifier is None else expected
        self.steps_back = False
