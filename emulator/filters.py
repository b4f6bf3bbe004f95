"""Filters: which values in a parameter mean what, list by list.

A record carries marks, pairs of a filter's name and a value. It passes a filter if it has a mark of that name whose
value is among those asked for.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.instants import parse_nanoseconds

Values = frozenset[str] | range
Mark = tuple[str, str | int]
"""A filter's name and a value that it finds the record by; of an instant, microseconds."""

EARLIEST = -(10**18)
LATEST = 10**18

CRM = "filter[crm_associations][eq]"
CRM_INDEXED = re.compile(re.escape(CRM) + r"\[(\d{1,3})\]\[(id|object_type)\]", re.ASCII)
MAX_CRM_ASSOCIATIONS = 20
MAX_IDS = 25

TYPES = ("MEETING", "CALL", "EMAIL", "TASK", "NOTE", "CALENDAR_EVENT", "DOCUMENT")
STATUSES = ("PENDING", "PROCESSING", "COMPLETED", "FAILED")

BOUNDS: Mapping[str, Callable[[int], range]] = {
    "gt": lambda nanoseconds: range(nanoseconds // 1_000 + 1, LATEST + 1),
    "gte": lambda nanoseconds: range(-(-nanoseconds // 1_000), LATEST + 1),
    "lt": lambda nanoseconds: range(EARLIEST, -(-nanoseconds // 1_000)),
    "lte": lambda nanoseconds: range(EARLIEST, nanoseconds // 1_000 + 1),
}
"""The microseconds that are within a bound, by its operator."""


class Filter(NamedTuple):
    """One parameter: the name of the marks that it looks at, and how its text is read (ValueError if it is wrong)."""

    mark: str
    read: Callable[[str], Values]
    hint: str


def one_of(mark: str, known: tuple[str, ...]) -> dict[str, Filter]:
    """Filters for a value, or for several, that must be known."""

    def read(text: str) -> frozenset[str]:
        values = frozenset(text.split(","))
        if not values <= set(known):
            raise ValueError(text)
        return values

    return _one_or_several(mark, read, f"of {', '.join(known)}")


def ids(mark: str, prefix: str) -> dict[str, Filter]:
    """Filters for an id with this prefix, or for several."""
    form = re.compile(rf"{prefix}[A-Za-z0-9]+", re.ASCII)

    def read(text: str) -> frozenset[str]:
        values = text.split(",")
        if len(values) > MAX_IDS or not all(map(form.fullmatch, values)):
            raise ValueError(text)
        return frozenset(values)

    return _one_or_several(mark, read, f"such as {prefix}…, {MAX_IDS} at most")


def _one_or_several(mark: str, read: Callable[[str], frozenset[str]], what: str) -> dict[str, Filter]:
    def one(text: str) -> frozenset[str]:
        if "," in text:
            raise ValueError(text)
        return read(text)

    return {
        f"filter[{mark}][eq]": Filter(mark, one, f"One {what}."),
        f"filter[{mark}][in]": Filter(mark, read, f"Separated by commas, each one {what}."),
    }


def domain() -> dict[str, Filter]:
    """The filter for a domain, in whatever case, with or without the dot at its end."""

    def read(text: str) -> frozenset[str]:
        return frozenset({text.strip().rstrip(".").casefold()})

    return {"filter[domain][eq]": Filter("domain", read, "A domain such as example.com.")}


def instant(mark: str) -> dict[str, Filter]:
    """Filters that bound an instant."""

    def bound(operator: str) -> Filter:
        return Filter(mark, lambda text: BOUNDS[operator](parse_nanoseconds(text)), "An ISO 8601 instant in UTC.")

    return {f"filter[{mark}][{operator}]": bound(operator) for operator in BOUNDS}


def crm(given: Mapping[str, str], types: frozenset[str]) -> frozenset[str] | None:
    """The CRM objects asked for, as "contact 1", from the JSON form or from the indexed bracket form.

    Raises:
        ValueError, RecursionError: when it is neither, or both at once, or of other types.
    """
    indexed: dict[int, dict[str, str]] = {}
    for name, value in given.items():
        if match := CRM_INDEXED.fullmatch(name):
            indexed.setdefault(int(match[1]), {})[match[2]] = value
    if CRM not in given and not indexed:
        return None
    if CRM in given and indexed:
        raise ValueError("both forms at once")
    associations = json.loads(given[CRM]) if CRM in given else list(indexed.values())
    if not isinstance(associations, list) or not 1 <= len(associations) <= MAX_CRM_ASSOCIATIONS:
        raise ValueError("not an array of a size that is allowed")
    return frozenset(_crm_object(each, types) for each in associations)


def _crm_object(association: object, types: frozenset[str]) -> str:
    match association:
        case {"id": str(crm_id), "object_type": str(kind)} if crm_id and kind in types:
            return f"{kind} {crm_id}"
    raise ValueError("not a CRM object of a type that is served here")
