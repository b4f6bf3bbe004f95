"""Which records of a window have been handed out, so that none comes twice. Pure."""

from collections.abc import Iterable, Mapping

from source_askelephant.api.pages import Record
from source_askelephant.instants import FIRST_INSTANT, Instant
from source_askelephant.reading.identity import Identifier
from source_askelephant.reading.placed_page import PlacedRecord

_NEVER = FIRST_INSTANT - 1


class HandedOut:
    """The ids and instants of what may come again.

    Attributes:
        duplicates: how many records were left out because they had been handed out before.
    """

    def __init__(self) -> None:
        self._instants: dict[Identifier, Instant | None] = {}
        self.duplicates = 0

    def __contains__(self, placed: PlacedRecord) -> bool:
        return placed.identifier is not None and self._instants.get(placed.identifier, _NEVER) == placed.instant

    def new(self, records: Iterable[PlacedRecord]) -> list[Record]:
        """Hand out what is new, or has changed; a record without an id can't be known again."""
        new = []
        for placed in records:
            if placed in self:
                self.duplicates += 1
                continue
            if placed.identifier is not None:
                self._instants[placed.identifier] = placed.instant
            new.append(placed.record)
        return new

    def since(self, begin: Instant) -> dict[Identifier, Instant | None]:
        """Ids and instants of what was handed out with an instant or a later one."""
        return {id_: instant for id_, instant in self._instants.items() if instant is not None and instant >= begin}

    def adopt(self, handed_out: Mapping[Identifier, Instant | None]) -> None:
        """Note what another has handed out."""
        self._instants.update(handed_out)

    def at(self, instant: Instant) -> list[Identifier]:
        """Ids of what was handed out with an instant, in that order."""
        return [identifier for identifier, other in self._instants.items() if other == instant]

    def forget_before(self, instant: Instant) -> None:
        """Forget what is stamped before an instant, or can't be placed in time: it won't be asked for again."""
        self._instants = {
            identifier: other for identifier, other in self._instants.items() if other is not None and other >= instant
        }
