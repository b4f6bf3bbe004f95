"""Filters that mean something else than is documented, or nothing."""

import pytest

from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

TEN: Params = {**ASCENDING, "limit": 10}
CURSORS = pytest.mark.parametrize("cursor", ["position", "record", "after", "offset", "page", "snapshot"])


def stamps(api: Client) -> list[str]:
    return [contact["updated_at"] for contact in api.emulator.snapshot().values()]


def bounds(**given: str) -> Params:
    return {f"filter[updated_at][{name}]": instant for name, instant in given.items()}


@CURSORS
def test_gte_may_mean_gt(serve: Serve, cursor: str) -> None:
    for means_gt, first in ((True, 4), (False, 3)):
        api = serve(gte_means_gt=means_gt, cursor=cursor)
        asked = {**TEN, **bounds(gte=stamps(api)[3], lte=stamps(api)[20])}
        assert api.ids(asked) == list(api.emulator.snapshot())[first:21]
    descending = {**asked, "order_by": "updated_at:desc"}
    assert api.ids(descending) == list(api.emulator.snapshot())[20:2:-1]


def test_a_position_between_two_instants_leaves_nothing_out(serve: Serve) -> None:
    api = serve(gte_means_gt=True, precision="s")
    (before, *_) = stamps(api)
    assert api.ids({**TEN, **bounds(gte=before.replace("Z", ".000001Z"))}) == list(api.emulator.snapshot())[1:]
    assert api.ids({**TEN, **bounds(gte="2000-01-01T00:00:00Z")}) == list(api.emulator.snapshot())


@pytest.mark.parametrize(("compared", "found"), [("stored", [1, 2]), ("shown", [2])])
def test_gt_is_of_what_is_stored_or_of_what_is_shown(serve: Serve, compared: str, found: list[int]) -> None:
    api = serve(contacts=0, gte_means_gt=True, precision="s", stored_precision="us", compared=compared)
    ids = [api.emulator.create(1, at=f"2026-03-01T12:00:0{each}Z")[0] for each in ("0", "0.5", "1")]
    assert api.ids({**TEN, **bounds(gte="2026-03-01T12:00:00Z")}) == [ids[each] for each in found]
