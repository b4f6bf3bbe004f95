"""Made-up people: contacts and users."""

from collections import defaultdict
from collections.abc import Sequence

from typing_extensions import override

from emulator.filters import Mark
from emulator.makers import LEFT_OUT, Maker, encoded, text
from emulator.settings import Settings
from emulator.store import Item
from emulator.words import FIRST_NAMES, JOB_TITLES, LAST_NAMES, NOTES, ROLES, TIME_ZONES


class Contacts(Maker):
    """An endless supply of contacts.

    Args:
        settings: what the emulator was told.
        companies: ids of the companies that contacts belong to; some that do not exist if there are none.
    """

    of = "contacts"
    prefix = "cnt_"

    def __init__(self, settings: Settings, companies: Sequence[str]) -> None:
        super().__init__(settings)
        invented = [self._identifier("cmp_") for _ in range(50)]
        self._companies = companies or invented
        self.by_company: defaultdict[str | None, list[str]] = defaultdict(list)
        """Ids of all contacts ever made by that of their company."""

    @override
    def new(self, updated_at: int, created_at: int) -> Item:
        chance = self.random.random
        number = self._next()
        contact_id = self._identifier(self.prefix)
        first = FIRST_NAMES[int(chance() * len(FIRST_NAMES))] if chance() < 0.95 else None
        last = LAST_NAMES[int(chance() * len(LAST_NAMES))] if chance() < 0.95 else None
        names = [" ".join(filter(None, (first, last))).casefold()]
        parts = [f'"object":"contact","id":"{contact_id}","first_name":{text(first)},"last_name":{text(last)}']
        if chance() < 0.2:
            parts.append(f'"description":{text(NOTES[int(chance() * len(NOTES))])}')
        company = None
        if chance() < 0.7:
            company = self._companies[int(chance() * len(self._companies))]
            parts.append(f'"company":{{"id":"{company}","object":"company"}}')
        self.by_company[company].append(contact_id)
        if chance() < 0.9:
            names.append(f"person{number}@example.com")
            emails = f'{{"email":"Person{number}@example.com","is_primary":true}}'
            if chance() < 0.2:
                names.append(f"p{number}@example.org")
                emails += f',{{"email":"p{number}@example.org","is_primary":false}}'
            parts.append(f'"emails":[{emails}]')
        if chance() < 0.5:
            phone = f"+1 555 01{number % 100:02}"
            parts.append(f'"phone_numbers":[{{"phone_number":"{phone}","is_primary":true}}]')
        marks: tuple[Mark, ...] = ()
        if chance() < 0.6:
            crm_id = 500_000 + number
            marks = (("crm_associations", f"contact {crm_id}"),)
            association = f'"object_type":"contact","crm_object_id":"{crm_id}","source":"hubspot"'
            parts.append(f'"crm_association":{{{association}}}')
        if chance() < 0.3:
            parts.append(f'"time_zone":"{TIME_ZONES[int(chance() * len(TIME_ZONES))]}"')
        parts.append(f'"created_at":"{self.render(created_at)}","updated_at":"{self.render(updated_at)}"')
        body = f"{{{','.join(parts)}}}".encode()
        return Item((updated_at, contact_id), body, "\n".join(names), marks)


class Users(Maker):
    """An endless supply of users."""

    of = "users"
    prefix = "usr_"
    changing = "job_title"

    @override
    def new(self, updated_at: int, created_at: int) -> Item:
        user_id, number = self._identifier(self.prefix), self._next()
        first, last = self.random.choice(FIRST_NAMES), self._perhaps(0.9, LAST_NAMES)
        email = f"User{number}@example.com" if self.random.random() < 0.9 else ""
        fields = {
            "object": "user",
            "id": user_id,
            "role": self.random.choice(ROLES),
            "first_name": first,
            "last_name": last,
            "job_title": self._perhaps(0.7, JOB_TITLES) or LEFT_OUT,
            "emails": [{"email": email, "is_primary": True}] if email else LEFT_OUT,
            "time_zone": self._perhaps(0.5, TIME_ZONES) or LEFT_OUT,
            "last_activity_at": self.render(updated_at) if self.random.random() < 0.8 else LEFT_OUT,
            "created_at": self.render(created_at),
            "updated_at": self.render(updated_at),
        }
        names = (" ".join(filter(None, (first, last))), email)
        return Item((updated_at, user_id), encoded(fields), "\n".join(names).casefold())
