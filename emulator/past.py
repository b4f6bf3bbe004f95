"""A list as it was: what a replica or an index shows that is behind."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from emulator.store import Item, Store


class Change(NamedTuple):
    """One record before and after a change made at an instant (microseconds); None where there is none."""

    at: int
    before: Item | None
    after: Item | None


class Past:
    """A copy of a list that can be moved to any instant that is not too long ago, and back.

    What it costs: the changes between two instants asked for one after the other.

    Args:
        items: the records as they are now.
        reach: how far back an instant may be, in microseconds.
    """

    def __init__(self, items: Iterable[Item], reach: int) -> None:
        self._store = Store(items)
        self._reach = reach
        self._done: deque[Change] = deque()
        self._to_come: deque[Change] = deque()

    def record(self, change: Change) -> None:
        """The list has changed; changes come in their order."""
        self._to_come.append(change)

    def at(self, instant: int, changes_ago: int = 0) -> Store:
        """The list as it was at this instant, and at least so many changes ago. Valid until the next call."""
        while len(self._to_come) > changes_ago and self._to_come[0].at <= instant:
            change = self._to_come.popleft()
            self._step(change.before, change.after)
            self._done.append(change)
        while self._done and self._done[-1].at > instant:
            change = self._done.pop()
            self._step(change.after, change.before)
            self._to_come.appendleft(change)
        while self._done and self._done[0].at < instant - self._reach:
            self._done.popleft()
        return self._store

    def _step(self, old: Item | None, new: Item | None) -> None:
        if new is not None:
            self._store.put(new)
        elif old is not None:
            self._store.remove(old.key[1])
