"""What of a read is done, compared with a naive model: a set of instants."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from source_askelephant.instants import Window, parse_instant
from source_askelephant.state.coverage import Coverage

NOON = parse_instant("2026-03-01T12:00:00Z")

small = st.integers(0, 30)
windows = st.builds(Window, small, small)  # the empty and the reversed ones, too


@settings(deadline=None)
@given(begin=small, added=st.lists(windows, max_size=12), resumed=st.lists(windows, max_size=4), end=small)
def test_coverage_is_a_set_of_instants(begin: int, added: list[Window], resumed: list[Window], end: int) -> None:
    coverage = Coverage(begin, resumed)
    for window in added:
        coverage.add(window)
    done = {instant for each in [*resumed, *added] for instant in range(max(each.begin, begin), each.end)}

    watermark = next(instant for instant in range(begin, 40) if instant not in done)
    assert coverage.watermark == watermark
    assert instants(coverage.beyond) == {instant for instant in done if instant > watermark}
    assert_apart(coverage.beyond, after=watermark)
    begun = done | set(range(begin))
    if end >= begin:
        assert coverage.done_from(end) == next(instant for instant in range(end, 99) if instant not in begun)
    gaps = coverage.gaps(end)
    assert instants(gaps) == set(range(begin, end)) - done
    assert_apart(gaps, after=begin - 1)


@settings(deadline=None)
@given(begin=small, added=st.lists(windows, max_size=12), data=st.data())
def test_the_order_of_additions_does_not_matter(begin: int, added: list[Window], data: st.DataObject) -> None:
    assume(added)
    one, other = Coverage(begin), Coverage(begin)
    for window in added:
        one.add(window)
    for window in data.draw(st.permutations(added)):
        other.add(window)
        other.add(window)
    assert (one.watermark, one.beyond) == (other.watermark, other.beyond)


def test_filling_the_gaps_covers_everything() -> None:
    coverage = Coverage(NOON, [Window(NOON + 5, NOON + 7), Window(NOON + 9, NOON + 12)])
    assert coverage.gaps(NOON + 11) == [Window(NOON, NOON + 5), Window(NOON + 7, NOON + 9)]
    for gap in coverage.gaps(NOON + 20):
        coverage.add(gap)
    assert coverage.gaps(NOON + 20) == []
    assert coverage.watermark == NOON + 20


def instants(several: list[Window]) -> set[int]:
    return {instant for window in several for instant in range(window.begin, window.end)}


def assert_apart(several: list[Window], after: int) -> None:
    """Ascending, none empty, none touching another."""
    for window in several:
        assert after < window.begin < window.end
        after = window.end


def test_very_many_windows_are_merged_in_little_time() -> None:
    coverage = Coverage(0, [Window(3 * number, 3 * number + 1) for number in reversed(range(1, 100_001))])
    assert len(coverage.beyond) == 100_000
    assert coverage.watermark == 0
