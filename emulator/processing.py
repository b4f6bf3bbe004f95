"""What the server itself does while somebody reads: engagements are processed, and get their transcripts."""

from emulator.collection import Collection
from emulator.engagements import NEXT_STATUS, Engagements, status_of


class Processing:
    """Engagements that are on their way from PENDING over PROCESSING to COMPLETED, one after the other."""

    def __init__(self, collection: Collection, maker: Engagements) -> None:
        self._collection = collection
        self._maker = maker

    def step(self) -> None:
        """Bring the oldest that isn't processed a step further; nothing if there is none."""
        waiting = self._maker.unfinished
        while waiting:
            item = self._collection.items.get(waiting[0])
            if item is not None and status_of(item) in NEXT_STATUS:
                self._collection.replace(item, self._maker.stepped)
                return
            waiting.popleft()
