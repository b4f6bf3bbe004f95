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


@pytest.mark.parametrize("ignored", ["gt", "gte", "lt", "lte"])
def test_an_operator_may_be_ignored(serve: Serve, ignored: str) -> None:
    api = serve(ignored_filters=(ignored,))
    everything = list(api.emulator.snapshot())
    lower, upper = stamps(api)[5], stamps(api)[20]
    within = {
        "gt": everything[6:],
        "gte": everything[5:],
        "lt": everything[:20],
        "lte": everything[:21],
        ignored: everything,
    }
    for name, expected in within.items():
        assert api.ids({**TEN, **bounds(**{name: lower if name.startswith("g") else upper})}) == expected, name
    assert api.get({**TEN, **bounds(**{ignored: "no instant"})}).status_code == 200, "it is as good as unknown"


@CURSORS
def test_with_every_filter_ignored_all_comes_each_time(serve: Serve, cursor: str) -> None:
    crm = {"filter[crm_associations][eq][0][id]": "500001", "filter[crm_associations][eq][0][object_type]": "contact"}
    api = serve(ignored_filters=("all",), cursor=cursor)
    asked = {**TEN, **bounds(gte=stamps(api)[3], lt=stamps(api)[9]), "search": "no such", **crm}
    assert api.ids(asked) == list(api.emulator.snapshot())
    assert api.ids({**asked, "order_by": "updated_at:desc"}) == list(api.emulator.snapshot())[::-1]


@pytest.mark.parametrize("ignored", ["search", "crm_associations"])
def test_other_filters_may_be_ignored_alone(serve: Serve, ignored: str) -> None:
    crm = {"filter[crm_associations][eq]": '[{"id": "500001", "object_type": "contact"}]'}
    api = serve(ignored_filters=(ignored,))
    search, associated = api.ids({**TEN, "search": "no such"}), api.ids({**TEN, **crm})
    assert len(search) == (30 if ignored == "search" else 0)
    assert len(associated) == (30 if ignored == "crm_associations" else 1)


def test_what_is_ignored_is_not_refused_beside_a_cursor(serve: Serve) -> None:
    api = serve(ignored_filters=("lt",), cursor_beside="refused", cursor_keeps="query")
    until = {**TEN, **bounds(lt=stamps(api)[9])}
    assert api.ids(until) == list(api.emulator.snapshot())
    cursor = api.page(TEN)["next_cursor"]
    assert api.get({**TEN, **bounds(gte=stamps(api)[9]), "cursor": cursor}).status_code == 400


def test_what_is_ignored_can_be_told_over_http(serve: Serve) -> None:
    api = serve()
    assert api.send("POST", "/_emulator/reset", {"ignored_filters": ["gte"]}).status_code == 200
    assert api.ids({**TEN, **bounds(gte=stamps(api)[9])}) == list(api.emulator.snapshot())
    assert api.send("POST", "/_emulator/reset", {"ignored_filters": ["other"]}).status_code == 400
