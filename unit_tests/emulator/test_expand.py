"""Parts of engagements that come only when they are asked for."""

from typing import Any

import pytest

from emulator.lists import SCOPES, ListName
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

PARTS = ("companies", "contacts", "owner", "action_items", "signals", "transcript", "media_url", "tags")
ALL: Params = {**ASCENDING, "limit": 100}
STEADY = tuple(part for part in PARTS if part != "media_url")


def whole(serve: Serve, **settings: Any) -> Client:
    return serve(**{"contacts": 60, "companies": 20, "users": 8, "tags": 8, "engagements": 80, **settings})


def engagements(api: Client, expand: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.page({**ALL, "expand": expand}, "engagements")["data"]
    assert found
    return found


def test_without_asking_there_are_none(serve: Serve) -> None:
    for each in engagements(whole(serve), ""):
        assert not each.keys() & set(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_only_what_is_asked_for_is_added(serve: Serve, part: str) -> None:
    api = whole(serve)
    found = engagements(api, part)
    assert all(each.keys() & set(PARTS) == {part} for each in found)
    added = [each.pop(part) for each in found]
    assert any(added)
    assert found == list(api.emulator.snapshot("engagements").values())


def test_several_at_once_and_the_snapshot_has_the_same(serve: Serve) -> None:
    api = whole(serve)
    found = engagements(api, ",".join(STEADY))
    assert found == list(api.emulator.snapshot(of="engagements", expand=STEADY).values())
    assert all(each.keys() >= set(STEADY) for each in found)


def test_they_come_with_each_page(serve: Serve) -> None:
    api = whole(serve, cursor_beside="alone", cursor_keeps="query")
    page = api.page({**ASCENDING, "limit": 50, "expand": "tags"}, "engagements")
    following = api.page({"limit": 50, "expand": "tags", "cursor": page["next_cursor"]}, "engagements")
    assert len(following["data"]) == 30
    assert all("tags" in each for each in page["data"] + following["data"])


@pytest.mark.parametrize("wrong", ["company", "transcript,", ",tags", "tags, owner", "Tags"])
def test_unknown_parts_are_refused(serve: Serve, wrong: str) -> None:
    answer = whole(serve, validation_status=422).get({"expand": wrong}, "engagements")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["expand"]
    with pytest.raises(ValueError, match="no such parts"):
        whole(serve).emulator.snapshot("engagements", wrong.split(","))


def test_other_lists_have_no_parts(serve: Serve) -> None:
    api = whole(serve)
    assert api.page({"expand": "company"}) == api.page()
    with pytest.raises(ValueError, match="contacts have no such parts"):
        api.emulator.snapshot("contacts", ("tags",))


@pytest.mark.parametrize(
    ("part", "scope"), [("companies", "companies:read"), ("contacts", "contacts:read"), ("owner", "users:read")]
)
def test_a_part_without_its_scope_refuses_the_list(serve: Serve, part: str, scope: str) -> None:
    api = whole(serve, scopes=tuple({*SCOPES} - {scope}))
    answer = api.get({"expand": f"tags,{part}"}, "engagements")
    assert answer.status_code == 403
    assert part in answer.json()["detail"]
    assert scope in answer.json()["detail"]
    rest = ",".join(each for each in PARTS if each != part)
    assert api.get({"expand": rest}, "engagements").status_code == 200
    assert whole(serve, scopes=("workspace:admin",)).get({"expand": part}, "engagements").status_code == 200
    assert api.emulator.snapshot("engagements", (part,))


@pytest.mark.parametrize("part", ["tags", "signals", "action_items", "transcript", "media_url"])
def test_other_parts_take_no_scope_of_their_own(serve: Serve, part: str) -> None:
    assert whole(serve, scopes=("engagements:read",)).get({"expand": part}, "engagements").status_code == 200


def test_parts_are_the_records_of_other_lists(serve: Serve) -> None:
    api = whole(serve)
    lists: tuple[ListName, ...] = ("companies", "contacts", "tags")
    for part in lists:
        records = api.emulator.snapshot(part)
        found = [each for engagement in engagements(api, part) for each in engagement[part]]
        assert found
        for each in found:
            kind = "engagement_company" if part == "companies" else records[each["id"]]["object"]
            assert each == {**records[each["id"]], "object": kind}
    users = api.emulator.snapshot("users")
    for each in engagements(api, "owner"):
        assert each["owner"] == users.get(each.get("owner_user_id", ""))


def test_parts_that_are_gone_are_left_out(serve: Serve) -> None:
    api = whole(serve)
    for of in ("companies", "contacts", "users", "tags"):
        api.emulator.delete(100, of)
    for each in engagements(api, "companies,contacts,owner,tags"):
        assert (each["companies"], each["contacts"], each["owner"], each["tags"]) == ([], [], None, [])


def test_parts_that_are_hidden_are_left_out(serve: Serve) -> None:
    api = whole(serve, hidden_share=0.5)
    shown = set(api.emulator.snapshot("contacts"))
    found = {contact["id"] for each in engagements(api, "contacts") for contact in each["contacts"]}
    assert found
    assert found <= shown


@pytest.mark.parametrize("size", [0, 1, 40, 2_000, 60_000, 60_001, 60_002, 60_003])
def test_transcripts_are_of_a_given_size(serve: Serve, size: int) -> None:
    found = [each["transcript"] for each in engagements(whole(serve, transcript_bytes=size), "transcript")]
    texts = [text for text in found if text is not None]
    assert len(texts) > 60
    assert {len(text.encode()) for text in texts} == {size}


def test_transcripts_are_the_same_each_time_and_differ_from_each_other(serve: Serve) -> None:
    api = whole(serve)
    texts = [each["transcript"] for each in engagements(api, "transcript") if each["transcript"]]
    again = [each["transcript"] for each in engagements(whole(serve), "transcript") if each["transcript"]]
    assert texts == again
    assert len(set(texts)) == len(texts)
    assert len({text.partition("\n")[2] for text in texts}) > len(texts) / 2


def test_transcripts_are_mostly_ascii_talk(serve: Serve) -> None:
    for each in engagements(whole(serve, transcript_bytes=20_000), "transcript"):
        if each["transcript"] is not None:
            share = sum(character.isascii() for character in each["transcript"]) / len(each["transcript"])
            assert 0.95 < share < 1
            assert each["transcript"].count("\n") > 100


def test_a_recordings_address_differs_with_every_answer(serve: Serve) -> None:
    api = whole(serve)
    first, second = (engagements(api, "media_url") for _ in range(2))
    urls = [each["media_url"] for each in first + second if each["media_url"]]
    assert len(urls) == len(set(urls)) > 120
    assert all(url.startswith("https://media.example.com/") for url in urls)


def test_what_failed_has_nothing_that_comes_of_processing(serve: Serve) -> None:
    found = engagements(whole(serve, seed=3), "transcript,media_url,signals,action_items")
    failed = [each for each in found if each["processing_status"] == "FAILED"]
    assert 0 < len(failed) < 10
    for each in found:
        assert (each["transcript"] is None) == (each in failed) == (each["media_url"] is None)
    assert all(each["signals"] == each["action_items"] == [] for each in failed)
