"""Answers that lead nowhere end a window, each kind after a number of its own."""

from collections.abc import Callable

import pytest

from source_askelephant.reading.stalled import (
    MAX_EMPTY_ANSWERS,
    MAX_FRUITLESS_ANSWERS,
    MAX_PAGES_OUT_OF_PLACE,
    StalledError,
    StallGuard,
)

Count = Callable[[StallGuard, bool], None]
KINDS: dict[str, tuple[Count, int]] = {
    "empty": (lambda guard, bad: guard.answered(0 if bad else 1), MAX_EMPTY_ANSWERS),
    "fruitless": (lambda guard, bad: guard.went_on(progress=not bad), MAX_FRUITLESS_ANSWERS),
    "out of place": (lambda guard, bad: guard.stood(in_place=not bad), MAX_PAGES_OUT_OF_PLACE),
}


@pytest.mark.parametrize("kind", KINDS)
def test_so_many_in_a_row_are_too_many(kind: str) -> None:
    count, most = KINDS[kind]
    guard = StallGuard("updated_at")
    for bad in [True] * most + [False] + [True] * most:
        count(guard, bad)
    with pytest.raises(StalledError):
        count(guard, True)
