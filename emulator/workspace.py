"""The workspace: its contacts, and the changes made to them by tests, by people and by churn."""

from collections.abc import Iterable
from random import Random

from emulator import instants, seeds
from emulator.clock import Clock
from emulator.settings import Settings
from emulator.store import Store


class Workspace:
    """Contacts that change. Not thread-safe.

    A change is stamped with the clock's time in the precision of the settings, and never earlier than the
    change before it. Contacts given by number instead of by id are chosen at random, from the seed.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._random = Random(settings.seed)
        self._people = seeds.People(settings, self._random)
        self._last_change = 0
        self._changes = 0
        self.contacts = Store(seeds.contacts(settings, clock.now(), self._people, self._random))

    def create(self, count: int, at: str | None = None) -> list[str]:
        """Add so many contacts; `at` replaces the clock's time. Returns their ids."""
        ids = []
        for _ in range(count):
            instant = self._stamp(at)
            contact = self._people.new(instant, instant)
            self.contacts.put(contact)
            ids.append(contact.key[1])
        return ids

    def update(self, which: Iterable[str] | int, at: str | None = None) -> dict[str, str]:
        """Change contacts; `at` replaces the clock's time. Returns their new updated_at by id.

        Raises:
            KeyError: for an id that does not exist (any more); what came before it stays changed.
        """
        stamps = {}
        for contact_id in self._chosen(which):
            contact = self.contacts.get(contact_id)
            if contact is None:
                raise KeyError(contact_id)
            instant = self._stamp(at)
            self.contacts.put(self._people.changed(contact, instant, f"Change {self._changes}"))
            stamps[contact_id] = self._render(instant)
        return stamps

    def delete(self, which: Iterable[str] | int) -> list[str]:
        """Take contacts out of the list. Returns their ids.

        Raises:
            KeyError: for an id that does not exist (any more); what came before it stays deleted.
        """
        ids = list(self._chosen(which))
        for contact_id in ids:
            if self.contacts.get(contact_id) is None:
                raise KeyError(contact_id)
            self.contacts.remove(contact_id)
            self._clock.tick()
        return ids

    def churn(self, last_cursor_id: str | None) -> None:
        """What others do after a page was served, as the settings say.

        Args:
            last_cursor_id: the contact behind the last cursor given out, which `aim` is about.
        """
        churn = self._settings.churn
        self.create(churn.creates)
        for _ in range(churn.updates):
            self.update(self._aimed(last_cursor_id))
        for _ in range(churn.deletes):
            self.delete(self._aimed(last_cursor_id))

    def _aimed(self, last_cursor_id: str | None) -> list[str]:
        """The contact behind the last cursor, or with the complement of `aim` any; none when there is none."""
        hits = self._random.random() < self._settings.churn.aim
        if hits and last_cursor_id is not None and self.contacts.get(last_cursor_id):
            return [last_cursor_id]
        return self._chosen(1)

    def _chosen(self, which: Iterable[str] | int) -> list[str]:
        if not isinstance(which, int):
            return list(which)
        places = self._random.sample(range(len(self.contacts)), min(which, len(self.contacts)))
        return [self.contacts.id_at(place) for place in places]

    def _stamp(self, at: str | None) -> int:
        self._clock.tick()
        self._changes += 1
        step = instants.STEPS[self._settings.precision]
        if at is not None:
            return instants.parse(at) // step * step
        self._last_change = max(self._last_change, self._clock.now() // step * step)
        return self._last_change

    def _render(self, instant: int) -> str:
        trim = self._settings.trim_zero_fraction
        return instants.render(instant, self._settings.precision, trim_zero_fraction=trim)
