"""A page: from what was asked for to the records in it and the cursor behind it, and what others do meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from emulator import access
from emulator.clock import Clock
from emulator.cursors import Cursors, Held
from emulator.instants import shown
from emulator.lists import Listing
from emulator.problems import cursor_refused
from emulator.query import Query
from emulator.requested import Reader
from emulator.settings import Settings
from emulator.store import Item, Key, Store, matches
from emulator.ties import Rank, rank
from emulator.workspace import Workspace

SNAPSHOTS = 1_000
"""How many snapshots are kept; cursors into older ones have expired."""


class Page(NamedTuple):
    """What a page holds. `asked` is what it was asked for with."""

    items: Sequence[Item]
    has_more: bool
    next_cursor: str | None
    asked: Query


class Found(NamedTuple):
    """The records of a page as they were looked up, and what the cursor holds that is no record's."""

    items: Sequence[Item]
    has_more: bool
    offset: int = 0
    page: int = 0
    snapshot: int = 0


class Pager:
    """Finds pages of one list, and lets it change as its settings say. Not thread-safe."""

    def __init__(self, settings: Settings, listing: Listing, workspace: Workspace, clock: Clock) -> None:
        self._settings = settings
        self._collection = workspace[listing.name]
        self._clock = clock
        self._processing = workspace.processing if listing.name == "engagements" else None
        self._cursors = Cursors(settings)
        self._reader = Reader(settings, listing, self._cursors, clock)
        self._listing = listing
        self._snapshots: dict[int, list[Item]] = {}
        self._pages = 0
        self._targets: list[str] = []
        self._fetches = settings.churn.between or self._collection.shows_apart or settings.cursor == "snapshot"
        self._ranks = settings.ties != "id"
        self.calm = False
        """Whether pages change nothing any more."""

    def page(self, pairs: Sequence[tuple[str, str]], request: int) -> Page:
        """The page that these decoded (name, value) pairs ask for; `request` is the count of requests so far.

        Raises:
            ProblemError: when a parameter is wrong, or the cursor is, or a part takes a scope that is missing.
        """
        between = self._settings.churn.between
        asked, held, kept = self._reader.read(pairs, request)
        access.require_parts(self._settings.scopes, asked.expand, self._listing)
        found = self._found(asked, held, request)
        self._aim(found)
        if between:
            self._meanwhile()
        show = self._collection.fetched if self._fetches else self._collection.not_hidden
        items = show(found.items)
        cursor = self._cursor(found, items, kept, request) if found.has_more else None
        if not between:
            self._meanwhile()
        return Page(items, found.has_more, cursor, asked)

    def _cursor(self, found: Found, items: Sequence[Item], kept: str, request: int) -> str:
        updated_at, item_id = found.items[-1].key
        if self._settings.cursor_from == "body" and items:
            stored, item_id = items[-1].key
            updated_at = shown(stored, self._settings.precision, is_rounded=self._settings.shown == "rounded")
        held = Held(item_id, updated_at, found.offset, found.page, found.snapshot, kept)
        return self._cursors.give(held, request=request, now=self._clock.now())

    def _found(self, asked: Query, held: Held | None, request: int) -> Found:
        """Look up the page that was asked for, with a cursor that holds this or without one."""
        kind, index = self._settings.cursor, self._collection.index()
        order = rank(self._settings.ties, asked, self._collection.seed, request) if self._ranks else None
        if kind == "snapshot":
            return self._found_in_snapshot(asked, held, order, index)
        after, skip = None, 0
        if held is not None:
            if kind == "position":
                after = (held.updated_at, held.id)
            elif kind == "record":
                after = _place(asked, held, index)
                if after is None and self._settings.cursor_lost == "empty":
                    return Found([], has_more=False)
                if after is None and self._settings.cursor_lost == "error":
                    raise cursor_refused(self._settings.cursor_expired_status, "lost")
            elif kind == "after":
                asked = _behind(asked, held)
            else:
                skip = held.offset if kind == "offset" else held.page * asked.limit
        items, has_more = index.page(asked, after, order, skip)
        return Found(items, has_more, skip + asked.limit, skip // asked.limit + 1)

    def _found_in_snapshot(self, asked: Query, held: Held | None, order: Rank | None, index: Store) -> Found:
        if held is None:
            everything, _ = index.page(replace(asked, limit=max(1, len(index))), None, order)
            number = 1 + max(self._snapshots, default=0)
            self._snapshots[number] = everything
            self._snapshots.pop(number - SNAPSHOTS, None)
            held = Held(snapshot=number)
        if held.snapshot not in self._snapshots:
            raise self._reader.expired()
        everything, end = self._snapshots[held.snapshot], held.offset + asked.limit
        return Found(everything[held.offset : end], len(everything) > end, end, snapshot=held.snapshot)

    def _aim(self, found: Found) -> None:
        """Choose the records that the changes made with this page are aimed at; of an empty one, as before."""
        at = self._settings.churn.aim_at
        if at == "cursor":
            chosen = found.items[-1:] if found.has_more else ()
        else:
            shown = self._collection.not_hidden(found.items)
            chosen = shown if at == "page" else shown[-1:]
        if chosen:
            self._targets = [item.key[1] for item in chosen]

    def _meanwhile(self) -> None:
        """What others, and the server itself, do with each page."""
        self._pages += 1
        if self.calm:
            return
        churn = self._settings.churn
        until = churn.until_requests
        if (until is None or self._pages <= until) and self._pages % churn.every == 0:
            self._collection.churn(self._targets)
        if self._processing is not None and self._pages % self._settings.processing_every == 0:
            self._processing.step()


def _place(asked: Query, held: Held, index: Store) -> Key | None:
    """Where the cursor's record stands now; None if it is gone, or has left the filters."""
    item = index.get(held.id)
    return item.key if item is not None and matches(asked, item) else None


def _behind(asked: Query, held: Held) -> Query:
    """The same query for what comes after the instant in the cursor."""
    if asked.ascending:
        return replace(asked, first=max(asked.first, held.updated_at + 1))
    return replace(asked, last=min(asked.last, held.updated_at - 1))
