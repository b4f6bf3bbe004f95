"""From the parameters of a request to what is asked for, or to what is wrong with them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from emulator.instants import LAST, parse_nanoseconds
from emulator.problems import FieldError

T = TypeVar("T")

MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 25
MAX_CRM_ASSOCIATIONS = 20

CRM = "filter[crm_associations][eq]"
UPDATED_AT = "filter[updated_at]"
BOUNDS = tuple(f"{UPDATED_AT}[{operator}]" for operator in ("gt", "gte", "lt", "lte"))
NAMES = frozenset({"limit", "order_by", "search", "cursor", CRM, *BOUNDS})

ORDERS = {"updated_at:asc": True, "updated_at:desc": False}

EARLIEST = -(10**18)
LATEST = 10**18

_LIMIT = re.compile(r"\d{1,9}", re.ASCII)
_CRM_INDEXED = re.compile(re.escape(CRM) + r"\[(\d{1,3})\]\[(id|object_type)\]", re.ASCII)


class InvalidQueryError(ValueError):
    """Parameters that are wrong; `errors` names each of them."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Query:
    """What a request asks for.

    `first` and `last` bound updated_at in microseconds, both inclusive. `search` is casefolded.
    """

    limit: int = DEFAULT_PER_PAGE
    ascending: bool = False
    first: int = EARLIEST
    last: int = LATEST
    search: str | None = None
    crm_ids: frozenset[str] | None = None
    cursor: str | None = None


def parse(pairs: Sequence[tuple[str, str]], *, gte_means_gt: bool = False) -> Query:
    """The query in these decoded (name, value) pairs. Unknown names are ignored.

    Args:
        pairs: what was given.
        gte_means_gt: an instant given as gte is not within the bounds itself.

    Raises:
        InvalidQueryError: with every error that was found.
    """
    known = [(name, value) for name, value in pairs if name in NAMES or _CRM_INDEXED.fullmatch(name)]
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
    instants = {name: read(name, parse_nanoseconds, "An ISO 8601 instant in UTC.") for name in BOUNDS}
    crm_ids = None
    try:
        crm_ids = _crm_ids(given)
    except (ValueError, RecursionError):
        hint = f'A JSON array of 1 to {MAX_CRM_ASSOCIATIONS} objects {{"id": …, "object_type": "contact"}}.'
        errors.append(FieldError(CRM, "invalid", hint))
    if errors:
        raise InvalidQueryError(errors)
    first, last = _bounds([instants[name] for name in BOUNDS], gte_means_gt=gte_means_gt)
    return Query(
        limit=DEFAULT_PER_PAGE if limit is None else limit,
        ascending=ascending is True,
        first=first,
        last=last,
        search=given.get("search", "").casefold() or None,
        crm_ids=crm_ids,
        cursor=given.get("cursor"),
    )


def beside_cursor(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The order and the filters among these pairs."""
    others = NAMES - {"limit", "cursor"}
    return [(name, value) for name, value in pairs if name in others or _CRM_INDEXED.fullmatch(name)]


def ignoring(pairs: Iterable[tuple[str, str]], filters: Container[str]) -> list[tuple[str, str]]:
    """The pairs without these filters: "gt" and so on, "search", "crm_associations"; or without "all" filters."""
    return [
        (name, value)
        for name, value in pairs
        if name in {"limit", "order_by", "cursor"} or not ("all" in filters or _filter_in(name) in filters)
    ]


def _filter_in(name: str) -> str:
    if name.startswith(CRM):
        return "crm_associations"
    return name.removeprefix(f"{UPDATED_AT}[").removesuffix("]")


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MAX_PER_PAGE:
        raise ValueError(text)
    return int(text)


def _ascending(text: str) -> bool:
    if text not in ORDERS:
        raise ValueError(text)
    return ORDERS[text]


def _bounds(instants: list[int | None], *, gte_means_gt: bool) -> tuple[int, int]:
    """Inclusive microseconds from the nanoseconds of gt, gte, lt and lte, any of them None."""
    first, last = EARLIEST, LATEST
    gt, gte, lt, lte = instants
    if gt is not None:
        first = max(first, gt // 1_000 + 1)
    if gte is not None:
        first = max(first, gte // 1_000 + 1 if gte_means_gt else -(-gte // 1_000))
    if lt is not None:
        last = min(last, -(-lt // 1_000) - 1)
    if lte is not None:
        last = min(last, lte // 1_000)
    return first, last


def _crm_ids(given: dict[str, str]) -> frozenset[str] | None:
    """The ids asked for, from the JSON form or from the indexed bracket form, not both."""
    indexed: dict[int, dict[str, str]] = {}
    for name, value in given.items():
        if match := _CRM_INDEXED.fullmatch(name):
            indexed.setdefault(int(match[1]), {})[match[2]] = value
    if CRM not in given and not indexed:
        return None
    if CRM in given and indexed:
        raise ValueError("both forms at once")
    associations = json.loads(given[CRM]) if CRM in given else list(indexed.values())
    if not isinstance(associations, list) or not 1 <= len(associations) <= MAX_CRM_ASSOCIATIONS:
        raise ValueError("not an array of a size that is allowed")
    return frozenset(map(_crm_id, associations))


def _crm_id(association: object) -> str:
    match association:
        case {"id": str(crm_id), "object_type": "contact"} if crm_id:
            return crm_id
    raise ValueError("not a CRM contact")


def as_shown(asked: Query, step: int, *, is_rounded: bool) -> Query:
    """The same query, with bounds for what is stored that let pass what is shown, to the step, within the bounds."""
    half = step // 2 if is_rounded else 0
    first, last, end = -(-asked.first // step), asked.last // step, LAST // step
    return replace(
        asked,
        first=first * step - half if first <= end else LATEST,
        last=(last + 1) * step - half - 1 if last < end else LATEST,  # what would be rounded to beyond the end is cut
    )
