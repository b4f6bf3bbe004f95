"""One list's records, and the changes made to them by tests, by people and by churn."""

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

from emulator import instants
from emulator.access import allows
from emulator.clock import Clock
from emulator.lists import PRIVATE
from emulator.makers import Maker
from emulator.past import Change, Past
from emulator.seeds import in_runs
from emulator.settings import Settings
from emulator.store import Item, Store


class Pending(NamedTuple):
    """A change that can't be seen yet; `number` counts all changes."""

    visible_at: int
    number: int
    item: Item
    is_new: bool


class Collection:
    """Records of one kind that change. Not thread-safe.

    A change is stamped with the clock's time in the precision of the settings, and never earlier than the
    change before it. Records given by number instead of by id are chosen at random, from the seed. Changes that
    are committed late are made all the same when they are due, except to records deleted or changed again meanwhile.
    Hidden records are looked up and changed as all others are, but never shown; so are private ones when the scope
    for them is missing.

    Args:
        settings: what the emulator was told.
        clock: its clock.
        maker: makes further records, and changes them.
        items: the records at the start.
    """

    def __init__(self, settings: Settings, clock: Clock, maker: Maker, items: Iterable[Item]) -> None:
        self._settings = settings
        self._clock = clock
        self._maker = maker
        self._random = maker.random
        self.seed = maker.seed
        self._last_change = 0
        self._changes = 0
        self._late = Random(f"{self.seed} late")
        self._pending: list[Pending] = []
        self._committed: dict[str, int] = {}
        self._store = Store(items)
        self._hiding = Random(f"{self.seed} hidden")
        self._withholds_private = not allows(settings.scopes, PRIVATE)
        self._hidden = self._hidden_at_the_start()
        self._index = self._past(settings.index_behind_seconds, needed=settings.index_behind_changes > 0)
        self._replicas = self._past(settings.replica_lag_seconds)
        self._lags = Random(f"{self.seed} lags")

    @property
    def items(self) -> Store:
        """All that have been committed by now."""
        if self._pending:
            self._commit_due()
        return self._store

    def _commit_due(self) -> None:
        while self._pending and self._pending[0].visible_at <= self._clock.now():
            change = heappop(self._pending)
            before = self._store.get(change.item.key[1])
            latest = self._committed.get(change.item.key[1], 0)
            if change.is_new or (before is not None and latest < change.number):
                self._commit(change.visible_at, change.number, before, change.item)

    def __len__(self) -> int:
        return len(self.items) - len(self._hidden)

    def shown(self) -> list[Item]:
        """All records that the API shows, as they are now, in ascending order."""
        return [item for item in self.items if item.key[1] not in self._hidden]

    @property
    def shows_apart(self) -> bool:
        """Whether records are looked up in another place than they are fetched from."""
        return self._index is not None

    def index(self) -> Store:
        """What a request looks records up in, as of now; valid until the next look or change."""
        if self._index is None:
            return self._seen()
        self._commit_due()
        behind = round(self._settings.index_behind_seconds * instants.SECOND)
        return self._index.at(self._clock.now() - behind, self._settings.index_behind_changes)

    def fetched(self, found: Sequence[Item]) -> list[Item]:
        """The records as a request shows them that has found them; those that are gone are left out."""
        items = self._seen()
        fetched = (items.get(item.key[1]) for item in self.not_hidden(found))
        return [item for item in fetched if item is not None]

    def _seen(self) -> Store:
        """The list as somebody sees it who looks now; valid until the next look or change."""
        items = self.items
        if self._replicas is None:
            return items
        lag = self._lags.random() * self._settings.replica_lag_seconds
        return self._replicas.at(self._clock.now() - round(lag * instants.SECOND))

    def ids(self) -> list[str]:
        """Ids of all records, hidden ones too, in ascending order."""
        return [item.id for item in self.items]

    def known(self, ids: Iterable[str]) -> Sequence[Item]:
        """The records with these ids as the API shows them now; those that are gone or hidden are left out."""
        found = (self.items.get(each) for each in ids)
        return self.not_hidden([item for item in found if item is not None])

    def not_hidden(self, found: Sequence[Item]) -> Sequence[Item]:
        """Those of the records that the API shows."""
        if not self._hidden:
            return found
        return [item for item in found if item.key[1] not in self._hidden]

    def create(self, count: int, at: str | None = None) -> list[str]:
        """Add so many records; `at` replaces the clock's time. Returns their ids."""
        ids = []
        for _ in range(count):
            instant = self._stamp(at)
            item = self._maker.fresh(instant)
            self._change(None, item)
            ids.append(item.key[1])
        return ids

    def update(self, which: Iterable[str] | int, at: str | None = None) -> dict[str, str]:
        """Change records; `at` replaces the clock's time. Returns their new updated_at by id.

        Raises:
            KeyError: for an id that does not exist (any more); what came before it stays changed.
        """
        stamps = {}
        for item_id in self._chosen(which):
            item = self.items.get(item_id)
            if item is None:
                raise KeyError(item_id)
            instant = self._stamp(at)
            self._change(item, self._maker.changed(item, instant, f"Change {self._changes}"))
            stamps[item_id] = self._maker.render(instant)
        return stamps

    def replace(self, item: Item, change: Callable[[Item, int], Item]) -> None:
        """Make of a record what the server itself makes of it now; `change` is given the instant in microseconds."""
        self._change(item, change(item, self._stamp(None)))

    def delete(self, which: Iterable[str] | int) -> list[str]:
        """Take records out of the list. Returns their ids.

        Raises:
            KeyError: for an id that does not exist (any more); what came before it stays deleted.
        """
        ids = list(self._chosen(which))
        for item_id in ids:
            item = self.items.get(item_id)
            if item is None:
                raise KeyError(item_id)
            self._change(item, None)
            self._clock.tick()
        return ids

    def churn(self, targets: Sequence[str]) -> None:
        """What others do while a page is served, as the settings say.

        Args:
            targets: ids of the records that `aim` is about; of several, each change hits one at random.
        """
        churn = self._settings.churn
        self.create(churn.creates)
        for _ in range(churn.updates):
            self.update(self._aimed(targets))
        for _ in range(churn.deletes):
            self.delete(self._aimed(targets))

    def _aimed(self, targets: Sequence[str]) -> list[str]:
        """One of the targets, or with the complement of `aim` any record; none when there is none."""
        hits = self._random.random() < self._settings.churn.aim
        if hits and targets:
            target = targets[0] if len(targets) == 1 else self._random.choice(targets)
            if self.items.get(target):
                return [target]
        return self._chosen(1)

    def _chosen(self, which: Iterable[str] | int) -> list[str]:
        if not isinstance(which, int):
            return list(which)
        places = self._random.sample(range(len(self.items)), min(which, len(self.items)))
        return [self.items.id_at(place) for place in places]

    def _change(self, before: Item | None, after: Item | None) -> None:
        """Commit the change, now or late."""
        now, settings = self._clock.now(), self._settings
        late = settings.late_commit_seconds
        if after is not None and late and self._late.random() < settings.late_commit_share:
            visible_at = now + round(late * instants.SECOND)
            heappush(self._pending, Pending(visible_at, self._changes, after, is_new=before is None))
        else:
            self._commit(now, self._changes, before, after)

    def _commit(self, at: int, number: int, before: Item | None, after: Item | None) -> None:
        if after is not None:
            self._store.put(after)
            if self._settings.late_commit_seconds:
                self._committed[after.key[1]] = number
            if before is None and (self._hiding.random() < self._settings.hidden_share or self._withholds(after)):
                self._hidden.add(after.key[1])
        elif before is not None:
            self._store.remove(before.key[1])
            self._hidden.discard(before.key[1])
        for past in (self._index, self._replicas):
            if past is not None:
                past.record(Change(at, before, after))

    def _withholds(self, item: Item) -> bool:
        return item.is_private and self._withholds_private

    def _hidden_at_the_start(self) -> set[str]:
        settings = self._settings
        places = in_runs(len(self._store), settings.hidden_run, settings.hidden_share, self._hiding)
        hidden = {self._store.id_at(place) for place in places}
        return hidden | {item.id for item in self._store if item.is_private} if self._withholds_private else hidden

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
