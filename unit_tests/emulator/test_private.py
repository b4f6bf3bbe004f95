"""Private engagements, which are left out without a word when their scope is missing."""

from typing import Any

import pytest

from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

TEN: Params = {**ASCENDING, "limit": 10}
WITHOUT = ("engagements:read",)


def pages(api: Client) -> list[dict[str, Any]]:
    found = [api.page(TEN, "engagements")]
    while found[-1]["has_more"]:
        found.append(api.page({**TEN, "cursor": found[-1]["next_cursor"]}, "engagements"))
    return found


@pytest.mark.parametrize("scopes", [("engagements:read", "engagements:private:read"), ("workspace:admin",)])
def test_with_the_scope_they_are_shown_as_private(serve: Serve, scopes: tuple[str, ...]) -> None:
    api = serve(engagements=100, private_share=0.3, scopes=scopes)
    found = [each for page in pages(api) for each in page["data"]]
    assert found == list(api.emulator.snapshot("engagements").values())
    assert sum(each["is_private"] for each in found) == 30
    assert len(found) == 100


def test_without_it_pages_come_short(serve: Serve) -> None:
    api = serve(engagements=100, private_share=0.3, scopes=WITHOUT)
    everything = serve(engagements=100, private_share=0.3).emulator.snapshot("engagements")
    found = pages(api)
    shown = [each for page in found for each in page["data"]]
    assert len(found) == 10
    assert {len(page["data"]) for page in found} - {10}
    assert shown == [each for each in everything.values() if not each["is_private"]]
    assert shown == list(api.emulator.snapshot("engagements").values())


def test_without_it_whole_pages_may_be_empty_and_have_more(serve: Serve) -> None:
    api = serve(engagements=100, private_share=0.3, hidden_run=10, scopes=WITHOUT)
    found = pages(api)
    assert [len(page["data"]) for page in found].count(0) == 3
    assert all(page["next_cursor"] for page in found[:-1])
    assert sum(len(page["data"]) for page in found) == 70


def test_the_rest_of_the_data_is_the_same_however_many_are_private(serve: Serve) -> None:
    def plain(share: float) -> list[dict[str, Any]]:
        shown = serve(engagements=50, private_share=share).emulator.snapshot("engagements")
        return [{**each, "is_private": None} for each in shown.values()]

    assert plain(0.0) == plain(0.5)


def test_new_ones_may_be_private_and_stay_so(serve: Serve) -> None:
    api = serve(private_share=0.5, scopes=WITHOUT)
    created = set(api.emulator.create(60, of="engagements"))
    shown = set(api.emulator.snapshot("engagements"))
    assert shown < created
    assert 15 < len(shown) < 45
    api.emulator.update(list(created), of="engagements")
    assert set(api.emulator.snapshot("engagements")) == shown
    assert set(api.ids(TEN, "engagements")) == shown


def test_other_lists_have_none(serve: Serve) -> None:
    api = serve(private_share=1.0, scopes=("contacts:read",))
    assert len(api.ids(TEN)) == 30
