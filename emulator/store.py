"""The workspace's contacts in the order of (updated_at, id).

What it costs, for n contacts: a page is found in O(log n) from any position and within any bounds on
updated_at, since the order is a SortedList and iteration starts at the place that bisection finds; so is a change.
A crm filter looks its contacts up by their CRM ids. `search` alone scans.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from sortedcontainers import SortedList

from emulator.query import Query
from emulator.ties import Rank

Key = tuple[int, str]
"""The order of contacts: updated_at in microseconds, then id. Ids are ASCII, `cnt_` and so on."""


class Contact(NamedTuple):
    """A contact: its place, its JSON as the API gives it, and what filters look at.

    `names` holds the full name and the email addresses, casefolded, one per line.
    """

    key: Key
    body: bytes
    names: str
    crm_id: str | None


class Store:
    """Contacts by id, in order, and by CRM id (which no two of them share)."""

    def __init__(self, contacts: Iterable[Contact]) -> None:
        self._by_id = {contact.key[1]: contact for contact in contacts}
        self._order: SortedList[Key] = SortedList(contact.key for contact in self._by_id.values())
        self._by_crm_id = {
            contact.crm_id: contact.key[1] for contact in self._by_id.values() if contact.crm_id is not None
        }

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._by_id.values())

    def get(self, contact_id: str) -> Contact | None:
        """The contact as it is now, None when there is none (any more)."""
        return self._by_id.get(contact_id)

    def id_at(self, index: int) -> str:
        """The id of the contact at this place of the ascending order, 0 <= index < len."""
        return self._order[index][1]

    def put(self, contact: Contact) -> None:
        """Add the contact, or replace the one with its id. A CRM id stays with its contact."""
        self.remove(contact.key[1])
        self._by_id[contact.key[1]] = contact
        self._order.add(contact.key)
        if contact.crm_id is not None:
            self._by_crm_id[contact.crm_id] = contact.key[1]

    def remove(self, contact_id: str) -> None:
        """Take the contact out, if it is there."""
        contact = self._by_id.pop(contact_id, None)
        if contact is None:
            return
        self._order.remove(contact.key)
        if contact.crm_id is not None:
            del self._by_crm_id[contact.crm_id]

    def page(
        self, query: Query, after: Key | None, rank: Rank | None = None, skip: int = 0
    ) -> tuple[list[Contact], bool]:
        """The first query.limit contacts that match and come after `after` in the query's order.

        Args:
            query: what is asked for.
            after: a place, where a contact need not stand any more.
            rank: in which order contacts come that share an instant; by id if left out.
            skip: how many are left out at the beginning.

        Returns:
            The contacts, and whether another one follows them.
        """
        matching = (contact for contact in self._candidates(query, after, rank) if matches(query, contact))
        found = list(islice(matching, skip, skip + query.limit + 1))
        return found[: query.limit], len(found) > query.limit

    def snapshot(self) -> dict[str, dict[str, object]]:
        """All contacts as the API gives them, by id, in ascending order."""
        return {contact_id: json.loads(self._by_id[contact_id].body) for _, contact_id in self._order}

    def _candidates(self, query: Query, after: Key | None, rank: Rank | None) -> Iterator[Contact]:
        """Contacts within the bounds and after `after`, in the query's order."""
        low, high = (query.first, ""), (query.last, "~")
        if after is not None and query.ascending:
            low = max(low, after if rank is None else (after[0], ""))
        elif after is not None:
            high = min(high, after if rank is None else (after[0], "~"))
        if query.crm_ids is None:
            # "" and "~" are before and after every id: only `after` itself could be hit by leaving ends out.
            keys = self._order.irange(low, high, inclusive=(False, False), reverse=not query.ascending)
        else:
            own = (self._by_id[self._by_crm_id[each]].key for each in query.crm_ids & self._by_crm_id.keys())
            keys = iter(sorted((key for key in own if low < key < high), reverse=not query.ascending))
        if rank is not None:
            keys = _ranked(keys, after, rank)
        return (self._by_id[contact_id] for _, contact_id in keys)


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


def matches(query: Query, contact: Contact) -> bool:
    """Whether the contact is within all of the query's filters."""
    return (
        query.first <= contact.key[0] <= query.last
        and (query.search is None or _found(query.search, contact.names))
        and (query.crm_ids is None or contact.crm_id in query.crm_ids)
    )


def _found(text: str, names: str) -> bool:
    return text in names and "\n" not in text
