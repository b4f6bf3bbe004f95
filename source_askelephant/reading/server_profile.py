"""What a read learns of the server while it reads."""

from collections.abc import Iterator

from source_askelephant.api.pages import MAX_PAGE_SIZE
from source_askelephant.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    SECOND,
    Duration,
    Instant,
    format_instant,
    precision_of,
)
from source_askelephant.reading.windows import FUTURE_AFTER

TIMES_TO_BELIEVE = 2


class ServerProfile:
    """What the windows of one read have in common. Used with the worklist's lock held.

    Args:
        page_size: how many records a full page holds.

    Attributes:
        step: one step of the finest precision that was shown.
        present: from when on records may have been stamped while the read goes on: the horizon, once it is known.
        latest: the latest instant that was seen.
        ahead: how far ``Date`` is ahead of the clock that records are stamped with, as changes show.
        includes_bounds: whether ``gte`` was seen to include its instant.
        trusts_cursors: whether a flood has proved that cursors keep to the order, and each names its record.
        cursors_come_alone: whether cursors were refused with the filters beside them, and taken without.
    """

    def __init__(self, page_size: int = MAX_PAGE_SIZE) -> None:
        self.page_size = page_size
        self.step: Duration = SECOND
        self.present: Instant = LAST_INSTANT
        self.latest: Instant = FIRST_INSTANT
        self.ahead: Duration = 0
        self._newest: Instant = LAST_INSTANT
        self._looked_at: Instant = FIRST_INSTANT
        self.includes_bounds = False
        self.trusts_cursors = False
        self.cursors_come_alone = False
        self._brought_back = 0
        self._prover: object = None  # the flood that is about to see whether cursors can be trusted
        self._is_judged = False

    def see(self, instant: Instant, begin: Instant) -> None:
        """Learn from the timestamp of a record that was asked for from an instant on."""
        self.latest = max(self.latest, instant)
        if self._newest < instant < self._looked_at:
            self.ahead = max(self.ahead, self._looked_at - instant)
        self.includes_bounds = self.includes_bounds or instant == begin
        if self.step > 1 and instant % self.step:
            self.step = precision_of(instant)

    def look(self, newest: Instant | None, server_time: Instant | None) -> None:
        """Note the newest record and ``Date`` at the beginning: what is newer was changed later, whatever it says."""
        if newest is not None and server_time is not None:
            self._newest, self._looked_at = newest, server_time

    def brought_back(self) -> None:
        """Note that a record came again only when it was asked for from a step before its instant."""
        self._brought_back += 1

    def may_prove(self, flood: object) -> bool:
        """Whether a flood may see whether cursors can be trusted: one at a time, until that is known."""
        if not self._is_judged:
            self._prover = self._prover or flood
        return self._is_judged or self._prover is flood

    def judge(self, flood: object, *, trusts_cursors: bool | None) -> None:
        """Note what a flood has seen, None if it came to nothing."""
        if self._prover is flood:
            self._prover = None
        if trusts_cursors is not None:
            self._is_judged = True
            self.trusts_cursors = self.trusts_cursors or trusts_cursors

    @property
    def steps_back(self) -> bool:
        """Whether that is asked for always: timestamps are rounded, or ``gte`` leaves out its instant."""
        return self._brought_back >= TIMES_TO_BELIEVE

    def warnings(self, server_time: Instant | None) -> Iterator[str]:
        """Sentences on what users should know of the server, given its clock at the end."""
        if server_time is not None and self.latest > server_time + FUTURE_AFTER:
            yield (
                f"records are stamped in the future, up to {format_instant(self.latest)} (AskElephant's clock says "
                f"{format_instant(server_time)}). They come again with every sync, until that is past."
            )
