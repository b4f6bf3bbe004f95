"""Whether several pages show records in one order. Pure."""

from collections.abc import Sequence
from itertools import takewhile

from source_askelephant.reading.identity import Identifier


def same_order(before: Sequence[Identifier], again: Sequence[Identifier]) -> bool:
    """Whether what is in both stands in the same order."""
    common = set(before) & set(again)
    return [each for each in before if each in common] == [each for each in again if each in common]


def joins(order: Sequence[Identifier], backwards: Sequence[Identifier | None]) -> bool:
    """Whether a page from behind, read forwards, goes on where an order ends: first what is in both, then what isn't.

    Of the order, some may have left the list since.
    """
    forwards, known = [each for each in reversed(backwards) if each is not None], set(order)
    both = list(takewhile(known.__contains__, forwards))
    return not forwards or (bool(both) and same_order(order, both) and known.isdisjoint(forwards[len(both) :]))
