"""What makers of made-up records have in common. Everything comes from the seed."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from emulator import instants
from emulator.lists import ListName
from emulator.settings import Settings
from emulator.store import Item

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
LEFT_OUT = object()
"""Instead of a field's value: the record has no such field."""


class Maker(ABC):
    """An endless supply of made-up records of one list."""

    of: ClassVar[ListName]
    prefix: ClassVar[str]
    changing: ClassVar[str] = "description"
    """The field that changes by others go into."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.seed = settings.seed if self.of == "contacts" else f"{settings.seed} {self.of}"
        """What all chance in the list comes from."""
        self.random = Random(self.seed)
        self._made = 0

    @abstractmethod
    def new(self, updated_at: int, created_at: int) -> Item:
        """The next record, with these instants in microseconds."""

    def fresh(self, instant: int) -> Item:
        """The next record, as one that is created at this instant by somebody while the emulator runs."""
        return self.new(instant, instant)

    def begun(self, items: Iterable[Item]) -> Iterable[Item]:
        """The records of the start, made of all that were made for it."""
        return items

    def changed(self, item: Item, updated_at: int, what: str) -> Item:
        """The record after a change by others: another text in one of its fields, and the instant of the change."""
        return self._edited(item, updated_at, {self.changing: what})

    def render(self, instant: int) -> str:
        """The instant as the API shows it."""
        precision = self._settings.precision
        if self._settings.shown == "rounded":
            instant = instants.shown(instant, precision, is_rounded=True)
        return instants.render(instant, precision, trim_zero_fraction=self._settings.trim_zero_fraction)

    def _edited(self, item: Item, updated_at: int, edits: Mapping[str, Any]) -> Item:
        fields = {**json.loads(item.body), **edits, "updated_at": self.render(updated_at)}
        return item._replace(key=(updated_at, item.id), body=encoded(fields))

    def _next(self) -> int:
        """The next of the numbers from 1, for what has to differ from record to record."""
        self._made += 1
        return self._made

    def _identifier(self, prefix: str) -> str:
        return f"{prefix}01{''.join(self.random.choices(CROCKFORD, k=24))}"

    def _perhaps(self, share: float, words: Sequence[str]) -> str | None:
        """One of the words with this probability."""
        return self.random.choice(words) if self.random.random() < share else None


def encoded(fields: Mapping[str, Any]) -> bytes:
    """The fields as the JSON of a record, but for those that are left out."""
    return text({name: value for name, value in fields.items() if value is not LEFT_OUT}).encode()


def text(value: object) -> str:
    """JSON as compact as it can be."""
    return _COMPACT.encode(value)
