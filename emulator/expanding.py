"""Parts of engagements that come only when they are asked for."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import count
from random import Random
from zlib import crc32

from emulator.engagements import status_of
from emulator.lists import ListName
from emulator.makers import text
from emulator.settings import Settings
from emulator.store import Item
from emulator.words import ACTION_ITEMS, SENTENCES, SIGNALS, SPEAKERS
from emulator.workspace import Workspace

TURNS = 400
"""How many turns the conversation has that all transcripts are cut from."""


class Expander:
    """Puts parts into engagements. Not thread-safe.

    Companies, contacts, owner and tags are the records of those lists as they are now, without what is gone or hidden.
    Transcript, recording, signals and action items are there once the engagement is COMPLETED.
    """

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._size = settings.transcript_bytes
        self._workspace = workspace
        self._signatures = count(1)
        self._makers: dict[str, Callable[[Item], bytes]] = {
            "companies": lambda item: _array(map(_as_part, self._records("companies", "company_ids", item))),
            "contacts": lambda item: _array(self._records("contacts", "contact_ids", item)),
            "owner": lambda item: next(iter(self._records("users", "owner", item)), b"null"),
            "tags": lambda item: _array(self._records("tags", "tags", item)),
            "transcript": lambda item: transcript(item.id, self._size) if _is_done(item) else b"null",
            "media_url": lambda item: self._media_url(item) if _is_done(item) else b"null",
            "signals": lambda item: _found("signal", "name", SIGNALS, item),
            "action_items": lambda item: _found("action_item", "text", ACTION_ITEMS, item),
        }

    def body(self, item: Item, parts: Sequence[str]) -> bytes:
        """The record's JSON with these parts in it."""
        added = (b',"%s":%s' % (part.encode(), self._makers[part](item)) for part in parts)
        return b"%s%s}" % (item.body[:-1], b"".join(added))

    def _records(self, of: ListName, mark: str, item: Item) -> list[bytes]:
        """The JSON of the records of another list that the marks of this name point at."""
        return [each.body for each in self._workspace[of].known(item.marked(mark))]

    def _media_url(self, item: Item) -> bytes:
        return b'"https://media.example.com/%s.mp4?signature=%08x"' % (item.id.encode(), next(self._signatures))


def transcript(engagement_id: str, size: int) -> bytes:
    """What was said, as a JSON string: always the same for an engagement, of so many bytes before it is escaped."""
    head = f"Transcript of {engagement_id}\n".encode()[:size]
    talk, starts = _talk(size)
    start = starts[crc32(head) % TURNS]
    end = start + size - len(head)
    while talk[end] & 0xC0 == 0x80:  # in the midst of a character
        end -= 1
    said = (head + talk[start:end]).ljust(size, b".")
    return b'"%s"' % said.replace(b"\n", b"\\n")


@cache
def _talk(size: int) -> tuple[bytes, list[int]]:
    """A conversation over and over, in UTF-8, with nothing but line ends to escape; and where its turns begin.

    From each of these places more than so many bytes follow.
    """
    random = Random(TURNS)
    turns = [f"{random.choice(SPEAKERS)}: {random.choice(SENTENCES)}\n".encode() for _ in range(TURNS)]
    once = b"".join(turns)
    starts = [sum(map(len, turns[:number])) for number in range(TURNS)]
    return once * (size // len(once) + 2), starts


def _is_done(item: Item) -> bool:
    return status_of(item) == "COMPLETED"


def _array(bodies: Iterable[bytes]) -> bytes:
    return b"[%s]" % b",".join(bodies)


def _as_part(company: bytes) -> bytes:
    """A company as an engagement shows it."""
    return company.replace(b'{"object":"company"', b'{"object":"engagement_company"', 1)


def _found(kind: str, field: str, words: Sequence[str], item: Item) -> bytes:
    """What the analysis of an engagement found: some of these words, always the same for an engagement."""
    chance = Random(f"{item.id} {kind}")
    chosen = chance.sample(words, chance.randrange(len(words))) if _is_done(item) else []
    return text(
        [{"object": kind, "id": f"{kind}_{item.id}_{n}", field: each} for n, each in enumerate(chosen)]
    ).encode()
