"""Made-up engagements, some of them private, some of them not processed yet."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from random import Random
from typing import Any, NamedTuple

from typing_extensions import override

from emulator.filters import TYPES, Mark
from emulator.instants import FIRST, SECOND, STEPS
from emulator.makers import LEFT_OUT, Maker, encoded
from emulator.seeds import in_runs
from emulator.settings import Settings
from emulator.store import Item
from emulator.words import NOTES, SOURCES, TITLES

STATUS = "processing_status"
NEXT_STATUS = {"PENDING": "PROCESSING", "PROCESSING": "COMPLETED"}
FAILED_SHARE = 0.03
HELD = frozenset({"MEETING", "CALL", "CALENDAR_EVENT"})
"""Types of engagements that start and end."""


class Others(NamedTuple):
    """Whom and what engagements are connected with: ids, those of contacts by that of their company or None."""

    companies: Sequence[str]
    users: Sequence[str]
    tags: Sequence[str]
    contacts: Mapping[str | None, Sequence[str]]


class Engagements(Maker):
    """An endless supply of engagements.

    Of those of the start, private ones come in runs as hidden records do, and the newest are the ones not processed.
    """

    of = "engagements"
    prefix = "ngmt_"

    def __init__(self, settings: Settings, others: Others) -> None:
        super().__init__(settings)
        self._others = others
        self._fates = Random(f"{self.seed} fates")
        self.unfinished: deque[str] = deque()
        """Ids of those not processed when they were made, oldest first."""

    @override
    def new(self, updated_at: int, created_at: int) -> Item:
        chance, choose = self.random.random, self.random.choice
        engagement_id, number = self._identifier(self.prefix), self._next()
        title, kind = f"{choose(TITLES)} {number}", choose(TYPES)
        status = "FAILED" if chance() < FAILED_SHARE else "COMPLETED"
        owner, host = self._some(self._others.users, 1), self._some(self._others.users, 1)
        took_part = self._who_took_part()
        marks: list[Mark] = [("engagement_type", kind), (STATUS, status), *took_part]
        marks += [("owner", each) for each in owner]
        crm = {"object_type": choose(("company", "contact", "deal")), "crm_object_id": str(900_000 + number)}
        if has_crm := chance() < 0.4:
            marks.append(("crm_associations", f"{crm['object_type']} {crm['crm_object_id']}"))
        length = int(300 + chance() * 5_100)
        step = STEPS[self._settings.precision]
        start = max(FIRST, created_at - (length + 120) * SECOND) // step * step
        times: dict[str, Any] = {"engagement_at": self.render(start)}
        if kind in HELD:
            marks.append(("start_at", start))
            end = self.render(start + length * SECOND)
            times |= {"start_at": self.render(start), "end_at": end, "duration_seconds": length}
        fields = {
            "object": "engagement",
            "id": engagement_id,
            "title": title,
            "engagement_type": kind,
            STATUS: status,
            "is_private": False,
            "description": self._perhaps(0.2, NOTES) or LEFT_OUT,
            "data_source": self._perhaps(0.8, SOURCES) or LEFT_OUT,
            "is_internal": chance() < 0.2 if chance() < 0.9 else LEFT_OUT,
            **times,
            "meeting_url": f"https://meet.example.com/{number}" if kind == "MEETING" else LEFT_OUT,
            "external_url": f"https://dialer.example.com/calls/{number}" if kind == "CALL" else LEFT_OUT,
            "crm_association": {**crm, "source": "hubspot"} if has_crm else LEFT_OUT,
            "owner_user_id": owner[0] if owner else LEFT_OUT,
            "host_user_id": host[0] if host and kind in HELD else LEFT_OUT,
            "created_at": self.render(created_at),
            "updated_at": self.render(updated_at),
        }
        return Item((updated_at, engagement_id), encoded(fields), title.casefold(), tuple(marks))

    @override
    def fresh(self, instant: int) -> Item:
        item = self.new(instant, instant)
        if self._fates.random() < self._settings.private_share:
            item = self._private(item)
        if self._fates.random() < self._settings.processing_share:
            item = self._pending(item)
        return item

    @override
    def begun(self, items: Iterable[Item]) -> list[Item]:
        ordered = sorted(items, key=attrgetter("key"))
        settings, count = self._settings, len(ordered)
        for place in in_runs(count, settings.hidden_run, settings.private_share, self._fates):
            ordered[place] = self._private(ordered[place])
        for place in range(count - round(settings.processing_share * count), count):
            ordered[place] = self._pending(ordered[place])
        return ordered

    def stepped(self, item: Item, instant: int) -> Item:
        """The engagement after its next step of processing, which moves updated_at unless that is silent."""
        updated_at = item.key[0] if self._settings.silent_processing else instant
        return self._with_status(item, NEXT_STATUS[status_of(item)], updated_at)

    def _private(self, item: Item) -> Item:
        return self._edited(item, item.key[0], {"is_private": True})._replace(is_private=True)

    def _pending(self, item: Item) -> Item:
        self.unfinished.append(item.id)
        return self._with_status(item, "PENDING", item.key[0])

    def _with_status(self, item: Item, status: str, updated_at: int) -> Item:
        marks = tuple((name, status if name == STATUS else value) for name, value in item.marks)
        return self._edited(item, updated_at, {STATUS: status})._replace(marks=marks)

    def _who_took_part(self) -> list[Mark]:
        """Marks for companies, for contacts of theirs as far as there are any, and for tags."""
        others = self._others
        companies = self._some(others.companies, 2)
        contacts: list[str] = []
        for company in companies or (None,):
            contacts += self._some(others.contacts.get(company) or others.contacts.get(None, ()), 3)
        tags = self._some(others.tags, 2)
        links = {"company_ids": companies, "contact_ids": list(dict.fromkeys(contacts)), "tags": tags}
        return [(name, each) for name, ids in links.items() for each in ids]

    def _some(self, ids: Sequence[str], most: int) -> list[str]:
        """A few of the ids, each once, mostly at least one."""
        count = min(most, len(ids), int(self.random.random() * most + 0.9))
        return self.random.sample(ids, count)


def status_of(item: Item) -> str:
    """How far the engagement is processed."""
    (status,) = item.marked(STATUS)
    return status
