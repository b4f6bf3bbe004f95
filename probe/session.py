"""What the questions of one probe share: the API, and pages that more than one of them is about."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from probe.asking import SCOPE, Answer, Api
from source_askelephant.api.pages import MAX_PAGE_SIZE, Record
from source_askelephant.errors import ConfigError
from source_askelephant.instants import Instant, format_instant, instant_of
from source_askelephant.streams import STREAMS
from source_askelephant.streams.base import ListStream

UPDATED_AT = "updated_at"
ASCENDING = f"{UPDATED_AT}:asc"
DESCENDING = f"{UPDATED_AT}:desc"
PAGE = MAX_PAGE_SIZE
BOUNDS = ("gt", "gte", "lt", "lte")
SAME_REQUESTS = 3


class Tied(NamedTuple):
    """Records that share a timestamp.

    Attributes:
        at: the timestamp.
        begin: from where they can be asked for: the timestamp, or what is just before it if gte leaves it out.
        size: how many of the sample's records have it.
        orders: their ids in the answers to the same request, from there on.
        is_whole: whether all of them come on one page.
    """

    at: Instant
    begin: Instant
    size: int
    orders: list[list[object]]
    is_whole: bool


class Session:
    """One probe. What is asked for by a property is asked for once.

    Args:
        api: is asked.
        pauses: seconds after which a cursor is tried again, one after another.
    """

    def __init__(self, api: Api, pauses: Sequence[float]) -> None:
        self.api = api
        self.pauses = pauses
        self.second: Answer | None = None
        """What the cursor of the first page led to; to be looked at after ``pages``."""
        self.is_reusable = False
        """Whether a cursor is known to work twice."""
        self._comes_alone = False

    def page(self, stream: type[ListStream], **params: Any) -> Answer:
        """Ask for a page in ascending order; ``gte``, ``lt`` and so on narrow it to a range of ``updated_at``."""
        named = {f"filter[{UPDATED_AT}][{name}]" if name in BOUNDS else name: value for name, value in params.items()}
        return self.api.get(stream.resource, {"limit": PAGE, "order_by": ASCENDING, **named})

    @cached_property
    def first_pages(self) -> dict[str, Answer]:
        """The first page of each list, by its name."""
        return {str(stream.name): self.page(stream) for stream in STREAMS}

    @cached_property
    def readable(self) -> list[type[ListStream]]:
        """The lists that the credential may read.

        Raises:
            ConfigError: if there is none.
        """
        readable = [stream for stream in STREAMS if self.first_pages[str(stream.name)].is_page]
        if not readable:
            came = ", ".join(f"{name} ({page.status})" for name, page in self.first_pages.items())
            raise ConfigError(
                f"No list can be read. AskElephant answered with these statuses: {came}. Check api_url, and make sure "
                f"that the credential has the scope of one list at least, such as {SCOPE}."
            )
        return readable

    @cached_property
    def main(self) -> type[ListStream]:
        """The list that is asked about paging: the first that has more than a page, else the longest."""
        pages = self.first_pages
        longer = (stream for stream in self.readable if pages[str(stream.name)].cursor)
        longest = max(self.readable, key=lambda stream: len(pages[str(stream.name)].records))
        return next(longer, longest)

    def follow(self, cursor: str, limit: int = PAGE, **own: Any) -> Answer:
        """Ask for the page of a cursor, with all that its first page was asked for; with less if that is refused."""
        if not self._comes_alone:
            answer = self.page(self.main, limit=limit, cursor=cursor, **own)
            if not answer.is_page and own:
                answer = self.page(self.main, limit=limit, cursor=cursor)
            if answer.is_page:
                return answer
        alone = self.api.get(self.main.resource, {"limit": limit, "cursor": cursor})
        self._comes_alone = alone.is_page
        return alone

    @cached_property
    def pages(self) -> list[Answer]:
        """Up to three pages of the main list, by cursor as long as that ascends."""
        pages = [self.page(self.main)]  # anew: a cursor may last until the next request only
        while len(pages) < 3 and (cursor := pages[-1].cursor):  # noqa: PLR2004
            page = self.follow(cursor)
            self.second = self.second or page
            if not page.is_page or descends(instants(page.records)):
                break
            pages.append(page)
        return pages

    @cached_property
    def sample(self) -> list[Record]:
        """The records of these pages."""
        return [record for page in self.pages for record in page.records]

    @cached_property
    def newest(self) -> list[Answer]:
        """The answers to the same request for the main list's newest records."""
        return [self.page(self.main, order_by=DESCENDING) for _ in range(SAME_REQUESTS)]

    @cached_property
    def tied(self) -> Tied | None:
        """Those records of the sample of which most share a timestamp, None if no two do."""
        shared = Counter(instants(self.sample)).most_common(1)
        if not shared or shared[0][1] == 1:
            return None
        at, count = shared[0]
        begin, first = at, self.page(self.main, gte=format_instant(at))
        if at not in instants(first.records):
            begin -= 1
            first = self.page(self.main, gte=format_instant(begin))
        again = [self.page(self.main, gte=format_instant(begin)) for _ in range(SAME_REQUESTS - 1)]
        is_whole = first.cursor is None or max(instants(first.records), default=at) > at
        return Tied(at, begin, count, [ids_at(page.records, at) for page in (first, *again)], is_whole)

    @cached_property
    def behind_first(self) -> Answer:
        """What stands where the first page of the main list ended, asked for without a cursor."""
        ends = instants(self.pages[0].records)
        return self.page(self.main, **({"gte": format_instant(max(ends))} if ends else {}))

    @cached_property
    def ignored_bounds(self) -> list[str]:
        """The filters of updated_at that aren't kept to. There must be a timestamp in the sample."""
        placed = sorted(set(instants(self.sample)))
        middle = placed[len(placed) // 2]
        return [name for name in BOUNDS if not self._keeps_to(name, middle)]

    def _keeps_to(self, name: str, middle: Instant) -> bool:
        is_low = name in {"gt", "gte"}
        # From the end where what lies beyond the bound would come first.
        order = ASCENDING if is_low else DESCENDING
        page = self.page(self.main, order_by=order, **{name: format_instant(middle)})
        outside = sum(at < middle if is_low else at > middle for at in instants(page.records))
        return page.is_page and outside <= len(page.records) // 10


def instant(record: Record) -> Instant | None:
    """When a record last changed."""
    return instant_of(record, UPDATED_AT)


def instants(records: Sequence[Record]) -> list[Instant]:
    """When each of the records last changed for which that can be read."""
    return [at for at in map(instant, records) if at is not None]


def descends(placed: Sequence[Instant]) -> bool:
    """Whether instants descend, and don't ascend."""
    return list(placed) == sorted(placed, reverse=True) != sorted(placed)


def ids_at(records: Sequence[Record], at: Instant) -> list[object]:
    """Ids of the records that have the timestamp, in their order."""
    return [record.get("id") for record in records if instant(record) == at]
