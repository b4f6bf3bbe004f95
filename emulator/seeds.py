"""Made-up contacts: people who do not exist, with instants in the shape that the settings ask for.

Everything comes from the seed: the same settings give the same contacts, but for the instants, which end ten
minutes before the clock's now unless `newest` says otherwise.
"""

import json
from collections.abc import Iterator
from itertools import chain, repeat
from random import Random

from emulator import instants
from emulator.instants import DAY, LAST, SECOND
from emulator.settings import Settings
from emulator.store import Contact

HISTORY = 730 * DAY
BURST_SHARE = 0.6
BURST_LENGTH = 7_200 * SECOND
FLOOD_SIZE = 6_000
AGE_OF_NEWEST = 600 * SECOND

# fmt: off
FIRST_NAMES = (
    "Ada Testwell", "Béla", "Chloé", "Dot", "Elif", "Fitz", "Grete", "Hal", "Inês", "Jools", "Kiki", "Léo", "Mimi",
    "Nils", "Öznur", "Pip", "Quill", "Rosa", "Søren", "Tuva", "Ulla", "Vera", "Wren", "Xóchitl", "Yara", "Zed",
    "健太", "花子", "Robin 🐘", "Sam O'Sample",
)
LAST_NAMES = (
    "Example", "Sample", "Placeholder", "Fixture", "Mockingbird", "Testerson", "Dummond", "Fauxley", "Nobody",
    "Specimen", "Stubbs", "Loremson", "Ipsumdóttir", "Pseudonym", "Anonym", "Quux", "Foobarić", "Bazinga-Beispiel",
    "Muster", "渡辺", "D'Exemple", "Van der Proef", "Šablona", "Ficticio", 'Tester "TT" Twin',
)
# fmt: on
TIME_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "UTC")
NOTES = ("Met at the fair.", 'Says "call me later".', "Prefers email.\nNever on Mondays.", "Référence 🐘")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class People:
    """An endless supply of made-up contacts."""

    def __init__(self, settings: Settings, random: Random) -> None:
        self._settings = settings
        self._random = random
        self._made = 0
        self._companies = [self._identifier("cmp_") for _ in range(50)]

    def new(self, updated_at: int, created_at: int) -> Contact:
        """The next contact, with these instants in microseconds."""
        chance = self._random.random
        self._made += 1
        number = self._made
        contact_id = self._identifier("cnt_")
        first = FIRST_NAMES[int(chance() * len(FIRST_NAMES))] if chance() < 0.95 else None
        last = LAST_NAMES[int(chance() * len(LAST_NAMES))] if chance() < 0.95 else None
        names = [" ".join(filter(None, (first, last))).casefold()]
        parts = [f'"object":"contact","id":"{contact_id}","first_name":{_text(first)},"last_name":{_text(last)}']
        if chance() < 0.2:
            parts.append(f'"description":{_text(NOTES[int(chance() * len(NOTES))])}')
        if chance() < 0.7:
            company = self._companies[int(chance() * len(self._companies))]
            parts.append(f'"company":{{"id":"{company}","object":"company"}}')
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
        crm_id = str(500_000 + number) if chance() < 0.6 else None
        if crm_id is not None:
            association = f'"object_type":"contact","crm_object_id":"{crm_id}","source":"hubspot"'
            parts.append(f'"crm_association":{{{association}}}')
        if chance() < 0.3:
            parts.append(f'"time_zone":"{TIME_ZONES[int(chance() * len(TIME_ZONES))]}"')
        parts.append(f'"created_at":"{self.render(created_at)}","updated_at":"{self.render(updated_at)}"')
        body = f"{{{','.join(parts)}}}".encode()
        return Contact((updated_at, contact_id), body, "\n".join(names), crm_id)

    def changed(self, contact: Contact, updated_at: int, description: str) -> Contact:
        """The contact after a change: another description, and the instant of the change."""
        fields = json.loads(contact.body)
        fields |= {"description": description, "updated_at": self.render(updated_at)}
        body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        return contact._replace(key=(updated_at, contact.key[1]), body=body)

    def _identifier(self, prefix: str) -> str:
        return f"{prefix}01{''.join(self._random.choices(CROCKFORD, k=24))}"

    def render(self, instant: int) -> str:
        """The instant as the API shows it."""
        precision = self._settings.precision
        if self._settings.shown == "rounded":
            instant = instants.shown(instant, precision, is_rounded=True)
        return instants.render(instant, precision, trim_zero_fraction=self._settings.trim_zero_fraction)


def contacts(settings: Settings, now: int, people: People, random: Random) -> Iterator[Contact]:
    """The workspace at the start; `now` is the clock's, in microseconds."""
    step = settings.stored_step
    newest = now - AGE_OF_NEWEST if settings.newest is None else instants.parse(settings.newest)
    ahead = min(settings.contacts, settings.future_contacts)
    for instant in chain(_instants(settings, newest, random), repeat(_future(settings, now), ahead)):
        updated_at = instant // step * step
        age = int(random.random() ** 3 * 400 * DAY) if random.random() < 0.7 else 0
        yield people.new(updated_at, (updated_at - age) // step * step)


def _future(settings: Settings, now: int) -> int:
    """updated_at of the contacts in the future, in microseconds."""
    seconds = settings.future_seconds
    return LAST if seconds is None else min(LAST, now + round(seconds * SECOND))


def _instants(settings: Settings, newest: int, random: Random) -> list[int]:
    """updated_at of each contact of the past in microseconds, the latest of them exactly `newest`."""
    count = max(0, settings.contacts - settings.future_contacts)
    if settings.shape == "ties":
        return _ties(count, settings.tie_size, newest, random)
    crowded = []
    middle = newest - HISTORY // 2 - int(random.random() * SECOND)
    if settings.shape == "burst":
        crowded = [middle + int(random.random() * BURST_LENGTH) for _ in range(int(count * BURST_SHARE))]
    elif settings.shape == "flood":
        size = FLOOD_SIZE if settings.flood_size is None else settings.flood_size
        crowded = [middle] * min(count, size)
    return crowded + _spread(count - len(crowded), newest, random)


def _spread(count: int, newest: int, random: Random) -> list[int]:
    gap = HISTORY / max(count, 1)
    return [newest - int((index + random.random()) * gap) * (index > 0) for index in range(count)]


def _ties(count: int, size: int | None, newest: int, random: Random) -> list[int]:
    found: list[int] = []
    instant = newest
    gap = (size or 4) * HISTORY / max(count, 1)
    while len(found) < count:
        found += [instant] * (size or random.randint(2, 7))
        instant -= int((0.5 + random.random()) * gap)
    return found[:count]


def _text(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)
