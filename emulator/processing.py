"""What the server itself does while somebody reads: engagements are processed, and get their transcripts."""

from emulator.collection import Collection
from emulator.engagements import NEXT_STATUS, Engagements, status_of


class Processing:
    """Engagements that are on their way from PENDING over PROCESSING to COMPLETED, one after the other."""

    def __init__(self, collection: Collection, maker: Engagements) -> None:
        self._collection = collection
        self._maker = maker

    def step(self) -> None:
        """Bring the oldest that isn't processed a step further; nothing if there is none.

        One that can't be seen yet, or whose step can't, is not waited for.
        """
        waiting, collection = self._maker.unfinished, self._collection
        for _ in range(len(waiting)):
            item = collection.items.get(waiting[0])
            if item is None:
                waiting.rotate(-1)
            elif status_of(item) not in NEXT_STATUS:
                waiting.popleft()
            else:
                collection.replace(item, self._maker.stepped)
                if collection.items.get(item.id) is item:
                    waiting.rotate(-1)
                return
