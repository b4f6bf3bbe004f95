"""From the parameters of a request to what is asked for, or to what is wrong with them."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from emulator.filters import BOUNDS, CRM, CRM_INDEXED, EARLIEST, LATEST, MAX_CRM_ASSOCIATIONS, Values, crm
from emulator.instants import LAST, parse_nanoseconds
from emulator.lists import MAX_PER_PAGE, UPDATED_AT_BOUNDS, Listing
from emulator.problems import FieldError

T = TypeVar("T")

DEFAULT_PER_PAGE = 25

ORDERS = {"updated_at:asc": True, "updated_at:desc": False}

_LIMIT = re.compile(r"\d{1,9}", re.ASCII)


class InvalidQueryError(ValueError):
    """Parameters that are wrong; `errors` names each of them."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Query:
    """What a request asks for.

    `first` and `last` bound updated_at in microseconds, both inclusive. `search` is casefolded. `wanted` holds the
    other filters: the name of a mark, and the values of which one has to be there. `expand` names parts.
    """

    limit: int = DEFAULT_PER_PAGE
    ascending: bool = False
    first: int = EARLIEST
    last: int = LATEST
    search: str | None = None
    wanted: tuple[tuple[str, Values], ...] = ()
    expand: tuple[str, ...] = ()
    cursor: str | None = None


def parse(pairs: Sequence[tuple[str, str]], listing: Listing, *, gte_means_gt: bool = False) -> Query:
    """The query in these decoded (name, value) pairs. Unknown names are ignored.

    Args:
        pairs: what was given.
        listing: the list that is asked for.
        gte_means_gt: an instant given as gte is not within the bounds of updated_at itself.

    Raises:
        InvalidQueryError: with every error that was found.
    """
    known = [(name, value) for name, value in pairs if name in listing.parameters or _is_indexed(name, listing)]
    times = Counter(name for name, _ in known)
    errors = [FieldError(name, "repeated", "Give it once.") for name, count in times.items() if count > 1]
    given = dict(known)

    def read(name: str, reader: Callable[[str], T], hint: str) -> T | None:
        if name not in given:
            return None
        try:
            return reader(given[name])
        except ValueError:
            errors.append(FieldError(name, "invalid", hint))
            return None

    limit = read("limit", _limit, f"A whole number from 1 to {MAX_PER_PAGE}.")
    ascending = read("order_by", _ascending, "updated_at:asc or updated_at:desc.")
    instants = {name: read(name, parse_nanoseconds, "An ISO 8601 instant in UTC.") for name in UPDATED_AT_BOUNDS}
    wanted = [(each.mark, read(name, each.read, each.hint)) for name, each in listing.filters.items()]
    expand = read("expand", lambda text: _parts(text, listing.parts), f"Of {', '.join(listing.parts)}.")
    try:
        wanted.append(("crm_associations", crm(given, listing.crm_types)))
    except (ValueError, RecursionError):
        objects = f'{{"id": …, "object_type": …}} of the types {", ".join(sorted(listing.crm_types))}'
        hint = f"A JSON array of 1 to {MAX_CRM_ASSOCIATIONS} objects {objects}."
        errors.append(FieldError(CRM, "invalid", hint))
    if errors:
        raise InvalidQueryError(errors)
    first, last = _bounds(instants, gte_means_gt=gte_means_gt)
    return Query(
        limit=DEFAULT_PER_PAGE if limit is None else limit,
        ascending=ascending is True,
        first=first,
        last=last,
        search=given.get("search", "").casefold() or None,
        wanted=tuple((mark, values) for mark, values in wanted if values is not None),
        expand=expand or (),
        cursor=given.get("cursor"),
    )


def beside_cursor(pairs: Iterable[tuple[str, str]], listing: Listing) -> list[tuple[str, str]]:
    """The order and the filters among these pairs."""
    names = listing.beside_cursor
    return [(name, value) for name, value in pairs if name in names or _is_indexed(name, listing)]


def ignoring(pairs: Iterable[tuple[str, str]], filters: Container[str]) -> list[tuple[str, str]]:
    """The pairs without these filters: "gt" and so on for updated_at, others by name; or without "all" filters."""
    return [
        (name, value)
        for name, value in pairs
        if name in {"limit", "order_by", "cursor", "expand"} or not ("all" in filters or _filter_in(name) in filters)
    ]


def _is_indexed(name: str, listing: Listing) -> bool:
    return bool(listing.crm_types) and CRM_INDEXED.fullmatch(name) is not None


def _filter_in(name: str) -> str:
    """The operator of a bound of updated_at, the name of any other filter."""
    if name in UPDATED_AT_BOUNDS:
        return UPDATED_AT_BOUNDS[name]
    return name.removeprefix("filter[").partition("]")[0]


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MAX_PER_PAGE:
        raise ValueError(text)
    return int(text)


def _ascending(text: str) -> bool:
    if text not in ORDERS:
        raise ValueError(text)
    return ORDERS[text]


def _parts(text: str, known: Mapping[str, object]) -> tuple[str, ...]:
    """The parts in this text, each once; none in an empty one."""
    parts = tuple(dict.fromkeys(text.split(","))) if text else ()
    if not known.keys() >= set(parts):
        raise ValueError(text)
    return parts


def _bounds(instants: Mapping[str, int | None], *, gte_means_gt: bool) -> tuple[int, int]:
    """Inclusive microseconds from the nanoseconds of each bound, any of them None."""
    first, last = EARLIEST, LATEST
    for name, nanoseconds in instants.items():
        if nanoseconds is not None:
            operator = UPDATED_AT_BOUNDS[name]
            within = BOUNDS["gt" if operator == "gte" and gte_means_gt else operator](nanoseconds)
            first, last = max(first, within.start), min(last, within.stop - 1)
    return first, last


def as_shown(asked: Query, step: int, *, is_rounded: bool) -> Query:
    """The same query, with bounds for what is stored that let pass what is shown, to the step, within the bounds."""
    half = step // 2 if is_rounded else 0
    first, last, end = -(-asked.first // step), asked.last // step, LAST // step
    return replace(
        asked,
        first=first * step - half if first <= end else LATEST,
        last=(last + 1) * step - half - 1 if last < end else LATEST,  # what would be rounded to beyond the end is cut
    )
