"""Engagements that are processed while somebody reads, and get their transcripts late."""

from collections import Counter
from typing import Any

import pytest

from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

ONE: Params = {**ASCENDING, "limit": 1}


def statuses(api: Client) -> Counter[str]:
    return Counter(each["processing_status"] for each in api.emulator.snapshot("engagements").values())


def unfinished(api: Client) -> dict[str, str]:
    everything = api.emulator.snapshot("engagements").items()
    return {each: record["processing_status"] for each, record in everything if "P" in record["processing_status"][0]}


def step(api: Client, times: int = 1) -> None:
    for _ in range(times):
        api.page(ONE, "engagements")


def test_the_newest_are_pending_at_the_start(serve: Serve) -> None:
    api = serve(engagements=100, processing_share=0.2)
    assert list(unfinished(api)) == list(api.emulator.snapshot("engagements"))[-20:]
    assert statuses(api)["PENDING"] == 20
    assert statuses(api)["COMPLETED"] > 70
    assert set(unfinished(serve(engagements=100))) == set()


def test_one_moves_on_with_each_page(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.15)
    oldest, _, _ = unfinished(api)
    seen = []
    for _ in range(8):
        step(api)
        seen.append("".join(sorted(status[1] for status in unfinished(api).values())))
    assert seen == ["EER", "EE", "ER", "E", "R", "", "", ""]
    assert oldest in api.emulator.snapshot("engagements")


def test_only_each_so_many_th_page(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.1, processing_every=3)
    seen = []
    for _ in range(7):
        step(api)
        seen.append(statuses(api)["PROCESSING"])
    assert seen == [0, 0, 1, 1, 1, 0, 0]


def test_pages_of_other_lists_move_nothing(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.5)
    before = api.emulator.snapshot("engagements")
    api.walk(ASCENDING)
    assert api.emulator.snapshot("engagements") == before


@pytest.mark.parametrize("silent", [False, True])
def test_a_step_moves_updated_at_or_not(serve: Serve, *, silent: bool) -> None:
    api = serve(engagements=20, processing_share=0.05, silent_processing=silent)
    ((which, _),) = unfinished(api).items()
    before = api.emulator.snapshot("engagements")
    step(api)
    between = api.emulator.snapshot("engagements")
    step(api)
    after = api.emulator.snapshot("engagements")
    moved = [each[which]["updated_at"] for each in (before, between, after)]
    assert len(set(moved)) == (1 if silent else 3)
    assert moved == sorted(moved)
    assert [each[which]["processing_status"] for each in (before, between, after)] == [
        "PENDING",
        "PROCESSING",
        "COMPLETED",
    ]
    assert {each: record for each, record in after.items() if before[each] != record}.keys() == {which}
    since: dict[str, Any] = {**ASCENDING, "filter[updated_at][gt]": moved[0]}
    assert api.ids(since, "engagements") == ([] if silent else [which])


def test_a_transcript_comes_with_completion(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.05)
    (which,) = unfinished(api)
    seen = []
    for _ in range(3):
        found = api.page(
            {**ASCENDING, "limit": 100, "expand": "transcript,signals,action_items,media_url"}, "engagements"
        )
        (record,) = (each for each in found["data"] if each["id"] == which)
        seen.append(record["transcript"] is not None)
        assert (record["media_url"] is not None) == seen[-1]
        assert seen[-1] or record["signals"] == record["action_items"] == []
    assert seen == [False, False, True]


def test_the_filter_sees_each_step(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.05)
    (which,) = unfinished(api)
    for status in ("PENDING", "PROCESSING", "COMPLETED"):
        found = api.page({**ASCENDING, "limit": 100, "filter[processing_status][eq]": status}, "engagements")["data"]
        assert which in [each["id"] for each in found]
        assert {each["processing_status"] for each in found} == {status}


def test_new_ones_are_processed_too(serve: Serve) -> None:
    api = serve(engagements=0, processing_share=1.0)
    created = api.emulator.create(3, of="engagements")
    assert unfinished(api) == dict.fromkeys(created, "PENDING")
    api.emulator.delete(created[:1], of="engagements")
    step(api, 4)
    assert unfinished(api) == {}


def test_what_is_committed_late_is_processed_in_the_end(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.1, late_commit_seconds=10)
    api.emulator.create(2, of="engagements")
    for _ in range(20):
        step(api, 4)
        api.emulator.advance(10)
    assert unfinished(api) == {}
    assert len(api.emulator.snapshot("engagements")) == 22


def test_changes_by_others_do_not_undo_it(serve: Serve) -> None:
    api = serve(engagements=20, processing_share=0.05)
    (which,) = unfinished(api)
    step(api, 2)
    api.emulator.update([which], of="engagements")
    assert api.emulator.snapshot("engagements")[which]["processing_status"] == "COMPLETED"
    assert api.emulator.snapshot("engagements", ("transcript",))[which]["transcript"]
