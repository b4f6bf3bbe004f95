"""A page: from what was asked for to the contacts in it and the cursor behind it, and what others do meanwhile."""

from collections.abc import Sequence
from typing import NamedTuple

from emulator import problems, query
from emulator.clock import Clock
from emulator.cursors import Cursors, ExpiredCursorError, UnreadableCursorError
from emulator.problems import FieldError, ProblemError
from emulator.settings import Settings
from emulator.store import Contact, Key, Store, matches
from emulator.ties import Rank, rank
from emulator.workspace import Workspace


class Page(NamedTuple):
    """What a page holds. `asked_cursor` is the one that it was asked for with."""

    contacts: Sequence[Contact]
    has_more: bool
    next_cursor: str | None
    asked_cursor: str | None


class Pager:
    """Finds pages of one workspace, and lets it churn as its settings say. Not thread-safe."""

    def __init__(self, settings: Settings, workspace: Workspace, clock: Clock) -> None:
        self._settings = settings
        self._workspace = workspace
        self._clock = clock
        self._cursors = Cursors(settings)
        self._pages = 0
        self._targets: list[str] = []
        self.calm = False
        """Whether pages change nothing any more."""

    def page(self, pairs: Sequence[tuple[str, str]], request: int) -> Page:
        """The page that these decoded (name, value) pairs ask for; `request` is the count of requests so far.

        Raises:
            ProblemError: when a parameter is wrong, or the cursor is.
        """
        index = self._workspace.index()
        try:
            asked = query.parse(pairs)
            after, is_lost = self._place(asked, request, index)
        except query.InvalidQueryError as error:
            raise problems.invalid(self._settings.validation_status, error.errors) from None
        found, has_more = ([], False) if is_lost else index.page(asked, after, self._rank(asked, request))
        cursor = None
        if has_more:
            cursor = self._cursors.give(found[-1].key, request=request, now=self._clock.now())
        self._aim(found, has_more=has_more)
        if self._settings.churn.between:
            self._churn()
        if self._settings.churn.between or self._workspace.shows_apart:
            found = self._workspace.fetched(found)
        if not self._settings.churn.between:
            self._churn()
        return Page(found, has_more, cursor, asked.cursor)

    def _rank(self, asked: query.Query, request: int) -> Rank | None:
        return rank(self._settings.ties, asked, self._settings.seed, request)

    def _aim(self, found: Sequence[Contact], *, has_more: bool) -> None:
        """Choose the contacts that the changes made with this page are aimed at; of an empty one, as before."""
        at = self._settings.churn.aim_at
        if found and (has_more or at != "cursor"):
            self._targets = [contact.key[1] for contact in (found if at == "page" else found[-1:])]

    def _churn(self) -> None:
        self._pages += 1
        until = self._settings.churn.until_requests
        if not self.calm and (until is None or self._pages <= until):
            self._workspace.churn(self._targets)

    def _place(self, asked: query.Query, request: int, index: Store) -> tuple[Key | None, bool]:
        """The key that the page follows (None: from the start), and whether the cursor's place is lost."""
        if asked.cursor is None:
            return None, False
        try:
            contact_id, updated_at = self._cursors.read(asked.cursor, request=request, now=self._clock.now())
        except UnreadableCursorError:
            error = FieldError("cursor", "invalid", "A next_cursor of a page before.")
            raise query.InvalidQueryError([error]) from None
        except ExpiredCursorError:
            status = self._settings.cursor_expired_status
            raise ProblemError(status, "cursor-expired", "The cursor has expired; start again.") from None
        if updated_at is not None:
            return (updated_at, contact_id), False
        contact = index.get(contact_id)
        if contact is None or not matches(asked, contact):
            return None, True
        return contact.key, False
