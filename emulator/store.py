"""The records of one list in the order of (updated_at, id).

What it costs, for n records: a page is found in O(log n) from any position and within any bounds on
updated_at, since the order is a SortedList and iteration starts at the place that bisection finds; so is a change.
The other filters scan.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from sortedcontainers import SortedList

from emulator.filters import Mark, Values
from emulator.query import Query
from emulator.ties import Rank

Key = tuple[int, str]
"""The order of records: updated_at in microseconds, then id. Ids are ASCII, `cnt_` and so on."""


class Item(NamedTuple):
    """A record: its place, its JSON as the API gives it unexpanded, and what filters look at.

    `names` holds what a search looks at, casefolded, one per line; `marks` what other filters look at, and what the
    record is connected with. A private one is seen with a scope of its own only.
    """

    key: Key
    body: bytes
    names: str
    marks: tuple[Mark, ...] = ()
    is_private: bool = False

    @property
    def id(self) -> str:
        """The record's id."""
        return self.key[1]

    def marked(self, name: str) -> list[str]:
        """The texts among the values of the marks of this name."""
        return [value for mark, value in self.marks if mark == name and isinstance(value, str)]


class Store:
    """Records by id and in order."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._by_id = {item.key[1]: item for item in items}
        self._order: SortedList[Key] = SortedList(item.key for item in self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Item]:
        return (self._by_id[item_id] for _, item_id in self._order)

    def get(self, item_id: str) -> Item | None:
        """The record as it is now, None when there is none (any more)."""
        return self._by_id.get(item_id)

    def id_at(self, index: int) -> str:
        """The id of the record at this place of the ascending order, 0 <= index < len."""
        return self._order[index][1]

    def put(self, item: Item) -> None:
        """Add the record, or replace the one with its id."""
        self.remove(item.key[1])
        self._by_id[item.key[1]] = item
        self._order.add(item.key)

    def remove(self, item_id: str) -> None:
        """Take the record out, if it is there."""
        item = self._by_id.pop(item_id, None)
        if item is not None:
            self._order.remove(item.key)

    def page(self, query: Query, after: Key | None, rank: Rank | None = None, skip: int = 0) -> tuple[list[Item], bool]:
        """The first query.limit records that match and come after `after` in the query's order.

        Args:
            query: what is asked for.
            after: a place, where a record need not stand any more.
            rank: in which order records come that share an instant; by id if left out.
            skip: how many are left out at the beginning.

        Returns:
            The records, and whether another one follows them.
        """
        matching = (item for item in self._candidates(query, after, rank) if matches(query, item))
        found = list(islice(matching, skip, skip + query.limit + 1))
        return found[: query.limit], len(found) > query.limit

    def _candidates(self, query: Query, after: Key | None, rank: Rank | None) -> Iterator[Item]:
        """Records within the bounds and after `after`, in the query's order."""
        low, high = (query.first, ""), (query.last, "~")
        if after is not None and query.ascending:
            low = max(low, after if rank is None else (after[0], ""))
        elif after is not None:
            high = min(high, after if rank is None else (after[0], "~"))
        # "" and "~" are before and after every id: only `after` itself could be hit by leaving ends out.
        keys = self._order.irange(low, high, inclusive=(False, False), reverse=not query.ascending)
        if rank is not None:
            keys = _ranked(keys, after, rank)
        return (self._by_id[item_id] for _, item_id in keys)


def _ranked(keys: Iterator[Key], after: Key | None, rank: Rank) -> Iterator[Key]:
    """The same keys, those of one instant by rank; of the instant of `after` those behind it."""
    for instant, group in groupby(keys, key=itemgetter(0)):
        tied = list(group)
        if after is not None and instant == after[0]:
            place = rank(after[1])
            tied = [key for key in tied if rank(key[1]) > place]
        if len(tied) > 1:
            tied.sort(key=lambda key: rank(key[1]))
        yield from tied


def matches(query: Query, item: Item) -> bool:
    """Whether the record is within all of the query's filters."""
    return (
        query.first <= item.key[0] <= query.last
        and (query.search is None or _found(query.search, item.names))
        and (not query.wanted or all(_has(values, name, item.marks) for name, values in query.wanted))
    )


def _found(text: str, names: str) -> bool:
    return text in names and "\n" not in text


def _has(values: Values, name: str, marks: tuple[Mark, ...]) -> bool:
    return any(mark == name and value in values for mark, value in marks)
