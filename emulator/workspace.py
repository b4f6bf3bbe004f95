"""The workspace: its contacts, and the changes made to them by tests, by people and by churn."""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

from emulator import instants, seeds
from emulator.clock import Clock
from emulator.past import Change, Past
from emulator.settings import Settings
from emulator.store import Contact, Store


class Pending(NamedTuple):
    """A change that can't be seen yet; `number` counts all changes."""

    visible_at: int
    number: int
    contact: Contact
    is_new: bool


class Workspace:
    """Contacts that change. Not thread-safe.

    A change is stamped with the clock's time in the precision of the settings, and never earlier than the
    change before it. Contacts given by number instead of by id are chosen at random, from the seed. Changes that
    are committed late are made all the same when they are due, except to contacts deleted or changed again meanwhile.
    Hidden contacts are looked up and changed as all others are, but never shown.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._random = Random(settings.seed)
        self._people = seeds.People(settings, self._random)
        self._last_change = 0
        self._changes = 0
        self._late = Random(f"{settings.seed} late")
        self._pending: list[Pending] = []
        self._committed: dict[str, int] = {}
        self._store = Store(seeds.contacts(settings, clock.now(), self._people, self._random))
        self._hiding = Random(f"{settings.seed} hidden")
        self._hidden = self._hidden_at_the_start()
        self._index = self._past(settings.index_behind_seconds, needed=settings.index_behind_changes > 0)
        self._replicas = self._past(settings.replica_lag_seconds)
        self._lags = Random(f"{settings.seed} lags")

    @property
    def contacts(self) -> Store:
        """All that have been committed by now."""
        if self._pending:
            self._commit_due()
        return self._store

    def _commit_due(self) -> None:
        while self._pending and self._pending[0].visible_at <= self._clock.now():
            change = heappop(self._pending)
            before = self._store.get(change.contact.key[1])
            latest = self._committed.get(change.contact.key[1], 0)
            if change.is_new or (before is not None and latest < change.number):
                self._commit(change.visible_at, change.number, before, change.contact)

    def __len__(self) -> int:
        return len(self.contacts) - len(self._hidden)

    def snapshot(self) -> dict[str, dict[str, object]]:
        """All contacts that the API shows, as it gives them now, by id, in ascending order."""
        everything = self.contacts.snapshot()
        for contact_id in self._hidden:
            del everything[contact_id]
        return everything

    @property
    def shows_apart(self) -> bool:
        """Whether contacts are looked up in another place than they are fetched from."""
        return self._index is not None

    def index(self) -> Store:
        """What a request looks contacts up in, as of now; valid until the next look or change."""
        if self._index is None:
            return self._seen()
        self._commit_due()
        behind = round(self._settings.index_behind_seconds * instants.SECOND)
        return self._index.at(self._clock.now() - behind, self._settings.index_behind_changes)

    def fetched(self, found: Sequence[Contact]) -> list[Contact]:
        """The contacts as a request shows them that has found them; those that are gone are left out."""
        contacts = self._seen()
        fetched = (contacts.get(contact.key[1]) for contact in self.not_hidden(found))
        return [contact for contact in fetched if contact is not None]

    def _seen(self) -> Store:
        """The workspace as somebody sees it who looks now; valid until the next look or change."""
        contacts = self.contacts
        if self._replicas is None:
            return contacts
        lag = self._lags.random() * self._settings.replica_lag_seconds
        return self._replicas.at(self._clock.now() - round(lag * instants.SECOND))

    def not_hidden(self, found: Sequence[Contact]) -> Sequence[Contact]:
        """Those of the contacts that the API shows."""
        if not self._hidden:
            return found
        return [contact for contact in found if contact.key[1] not in self._hidden]

    def create(self, count: int, at: str | None = None) -> list[str]:
        """Add so many contacts; `at` replaces the clock's time. Returns their ids."""
        ids = []
        for _ in range(count):
            instant = self._stamp(at)
            contact = self._people.new(instant, instant)
            self._change(None, contact)
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
            self._change(contact, self._people.changed(contact, instant, f"Change {self._changes}"))
            stamps[contact_id] = self._people.render(instant)
        return stamps

    def delete(self, which: Iterable[str] | int) -> list[str]:
        """Take contacts out of the list. Returns their ids.

        Raises:
            KeyError: for an id that does not exist (any more); what came before it stays deleted.
        """
        ids = list(self._chosen(which))
        for contact_id in ids:
            contact = self.contacts.get(contact_id)
            if contact is None:
                raise KeyError(contact_id)
            self._change(contact, None)
            self._clock.tick()
        return ids

    def churn(self, targets: Sequence[str]) -> None:
        """What others do while a page is served, as the settings say.

        Args:
            targets: ids of the contacts that `aim` is about; of several, each change hits one at random.
        """
        churn = self._settings.churn
        self.create(churn.creates)
        for _ in range(churn.updates):
            self.update(self._aimed(targets))
        for _ in range(churn.deletes):
            self.delete(self._aimed(targets))

    def _aimed(self, targets: Sequence[str]) -> list[str]:
        """One of the targets, or with the complement of `aim` any contact; none when there is none."""
        hits = self._random.random() < self._settings.churn.aim
        if hits and targets:
            target = targets[0] if len(targets) == 1 else self._random.choice(targets)
            if self.contacts.get(target):
                return [target]
        return self._chosen(1)

    def _chosen(self, which: Iterable[str] | int) -> list[str]:
        if not isinstance(which, int):
            return list(which)
        places = self._random.sample(range(len(self.contacts)), min(which, len(self.contacts)))
        return [self.contacts.id_at(place) for place in places]

    def _change(self, before: Contact | None, after: Contact | None) -> None:
        """Commit the change, now or late."""
        now, settings = self._clock.now(), self._settings
        late = settings.late_commit_seconds
        if after is not None and late and self._late.random() < settings.late_commit_share:
            visible_at = now + round(late * instants.SECOND)
            heappush(self._pending, Pending(visible_at, self._changes, after, is_new=before is None))
        else:
            self._commit(now, self._changes, before, after)

    def _commit(self, at: int, number: int, before: Contact | None, after: Contact | None) -> None:
        if after is not None:
            self._store.put(after)
            if self._settings.late_commit_seconds:
                self._committed[after.key[1]] = number
            if before is None and self._hiding.random() < self._settings.hidden_share:
                self._hidden.add(after.key[1])
        elif before is not None:
            self._store.remove(before.key[1])
            self._hidden.discard(before.key[1])
        for past in (self._index, self._replicas):
            if past is not None:
                past.record(Change(at, before, after))

    def _hidden_at_the_start(self) -> set[str]:
        count, run = len(self._store), self._settings.hidden_run
        runs = range(-(-count // run))
        chosen = self._hiding.sample(runs, round(self._settings.hidden_share * len(runs)))
        places = (place for each in chosen for place in range(each * run, min(count, each * run + run)))
        return {self._store.id_at(place) for place in places}

    def _past(self, seconds: float, *, needed: bool = False) -> Past | None:
        """A past that reaches so far, if there is any need of it."""
        return Past(self._store, round(seconds * instants.SECOND)) if seconds or needed else None

    def _stamp(self, at: str | None) -> int:
        self._clock.tick()
        self._changes += 1
        step = self._settings.stored_step
        if at is not None:
            return instants.parse(at) // step * step
        self._last_change = max(self._last_change, self._clock.now() // step * step)
        return self._last_change
