"""Whether pages show records in one order; each letter is a record."""

import pytest

from source_askelephant.reading.order import joins, same_order


@pytest.mark.parametrize(
    ("before", "again", "same"),
    [("abcd", "abcd", True), ("abcd", "bd", True), ("abcd", "xbyd", True), ("abcd", "dx", True), ("abcd", "ca", False)],
)
def test_same_order(before: str, again: str, *, same: bool) -> None:
    assert same_order(before, again) == same


@pytest.mark.parametrize(
    ("order", "backwards", "joined"),
    [
        pytest.param("abcd", "dcb", True, id="the end of it"),
        pytest.param("abcd", "fedc", True, id="its end, and what follows"),
        pytest.param("abcd", "fec", True, id="d has left"),
        pytest.param("abcd", "", True, id="nothing can be seen there"),
        pytest.param("abcd", "fe", False, id="something may be between"),
        pytest.param("abcd", "edcx", False, id="something is before"),
        pytest.param("abcd", "cd", False, id="in another order"),
        pytest.param("abcd", "aed", False, id="mixed"),
    ],
)
def test_joins(order: str, backwards: str, *, joined: bool) -> None:
    assert joins(order, backwards) == joined
