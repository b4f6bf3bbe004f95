"""A page: from what was asked for to the contacts in it and the cursor behind it, and what others do meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from emulator.clock import Clock
from emulator.cursors import Cursors, Held
from emulator.instants import shown
from emulator.problems import cursor_refused
from emulator.query import Query
from emulator.requested import Reader
from emulator.settings import Settings
from emulator.store import Contact, Key, Store, matches
from emulator.ties import Rank, rank
from emulator.workspace import Workspace

SNAPSHOTS = 1_000
"""How many snapshots are kept; cursors into older ones have expired."""


class Page(NamedTuple):
    """What a page holds. `asked_cursor` is the one that it was asked for with."""

    contacts: Sequence[Contact]
    has_more: bool
    next_cursor: str | None
    asked_cursor: str | None


class Found(NamedTuple):
    """The contacts of a page as they were looked up, and what the cursor holds that is no contact's."""

    contacts: Sequence[Contact]
    has_more: bool
    offset: int = 0
    page: int = 0
    snapshot: int = 0


class Pager:
    """Finds pages of one workspace, and lets it churn as its settings say. Not thread-safe."""

    def __init__(self, settings: Settings, workspace: Workspace, clock: Clock) -> None:
        self._settings = settings
        self._workspace = workspace
        self._clock = clock
        self._cursors = Cursors(settings)
        self._reader = Reader(settings, self._cursors, clock)
        self._snapshots: dict[int, list[Contact]] = {}
        self._pages = 0
        self._targets: list[str] = []
        self._fetches = settings.churn.between or workspace.shows_apart or settings.cursor == "snapshot"
        self._ranks = settings.ties != "id"
        self.calm = False
        """Whether pages change nothing any more."""

    def page(self, pairs: Sequence[tuple[str, str]], request: int) -> Page:
        """The page that these decoded (name, value) pairs ask for; `request` is the count of requests so far.

        Raises:
            ProblemError: when a parameter is wrong, or the cursor is.
        """
        between = self._settings.churn.between
        asked, held, kept = self._reader.read(pairs, request)
        found = self._found(asked, held, request)
        self._aim(found)
        if between:
            self._churn()
        show = self._workspace.fetched if self._fetches else self._workspace.not_hidden
        contacts = show(found.contacts)
        cursor = self._cursor(found, contacts, kept, request) if found.has_more else None
        if not between:
            self._churn()
        return Page(contacts, found.has_more, cursor, asked.cursor)

    def _cursor(self, found: Found, contacts: Sequence[Contact], kept: str, request: int) -> str:
        updated_at, contact_id = found.contacts[-1].key
        if self._settings.cursor_from == "body" and contacts:
            stored, contact_id = contacts[-1].key
            updated_at = shown(stored, self._settings.precision, is_rounded=self._settings.shown == "rounded")
        held = Held(contact_id, updated_at, found.offset, found.page, found.snapshot, kept)
        return self._cursors.give(held, request=request, now=self._clock.now())

    def _found(self, asked: Query, held: Held | None, request: int) -> Found:
        """Look up the page that was asked for, with a cursor that holds this or without one."""
        kind, index = self._settings.cursor, self._workspace.index()
        order = rank(self._settings.ties, asked, self._settings.seed, request) if self._ranks else None
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
        contacts, has_more = index.page(asked, after, order, skip)
        return Found(contacts, has_more, skip + asked.limit, skip // asked.limit + 1)

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
        """Choose the contacts that the changes made with this page are aimed at; of an empty one, as before."""
        at = self._settings.churn.aim_at
        if at == "cursor":
            chosen = found.contacts[-1:] if found.has_more else ()
        else:
            shown = self._workspace.not_hidden(found.contacts)
            chosen = shown if at == "page" else shown[-1:]
        if chosen:
            self._targets = [contact.key[1] for contact in chosen]

    def _churn(self) -> None:
        self._pages += 1
        churn = self._settings.churn
        until = churn.until_requests
        if not self.calm and (until is None or self._pages <= until) and self._pages % churn.every == 0:
            self._workspace.churn(self._targets)


def _place(asked: Query, held: Held, index: Store) -> Key | None:
    """Where the cursor's record stands now; None if it is gone, or has left the filters."""
    contact = index.get(held.id)
    return contact.key if contact is not None and matches(asked, contact) else None


def _behind(asked: Query, held: Held) -> Query:
    """The same query for what comes after the instant in the cursor."""
    if asked.ascending:
        return replace(asked, first=max(asked.first, held.updated_at + 1))
    return replace(asked, last=min(asked.last, held.updated_at - 1))
