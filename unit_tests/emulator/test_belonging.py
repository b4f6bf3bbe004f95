"""Data of one list that belongs to data of another."""

import json
import re
from typing import Any

from emulator import Settings
from emulator.lists import ListName
from unit_tests.emulator.asking import Client, Serve, instant

DOMAIN = re.compile(r"[a-z0-9.]+\.example\.(com|org|net)")


def whole(serve: Serve, **settings: Any) -> Client:
    return serve(**{"contacts": 300, "companies": 40, "users": 10, "tags": 12, "engagements": 200, **settings})


def records(api: Client, of: ListName, *expand: str) -> list[dict[str, Any]]:
    return list(api.emulator.snapshot(of, expand).values())


def test_contacts_belong_to_companies_that_exist(serve: Serve) -> None:
    api = whole(serve)
    named = {each["company"]["id"] for each in records(api, "contacts") if "company" in each}
    assert len(named) == 40
    assert named == set(api.emulator.snapshot("companies"))


def test_contacts_are_otherwise_the_same_with_companies_as_without(serve: Serve) -> None:
    def without_company(api: Client) -> list[dict[str, Any]]:
        return [{**each, "company": "company" in each} for each in records(api, "contacts")]

    assert without_company(whole(serve)) == without_company(serve(contacts=300))


def test_engagements_have_users_that_exist(serve: Serve) -> None:
    api = whole(serve)
    users = api.emulator.snapshot("users").keys()
    for name in ("owner_user_id", "host_user_id"):
        named = {each.get(name) for each in records(api, "engagements")}
        assert None in named
        assert len(named - {None}) > 5
        assert named - {None} <= users


def test_engagements_have_companies_and_contacts_of_them(serve: Serve) -> None:
    api = whole(serve)
    found = records(api, "engagements", "companies", "contacts", "tags")
    together = [each for each in found if each["companies"] and each["contacts"]]
    assert len(together) > 100
    for each in together:
        companies = {company["id"] for company in each["companies"]}
        assert {contact["company"]["id"] for contact in each["contacts"]} <= companies
    for part in ("companies", "contacts", "tags"):
        assert {bool(each[part]) for each in found} == {True, False}, part
        for each in found:
            ids = [one["id"] for one in each[part]]
            assert len(ids) == len(set(ids))


def test_engagements_have_contacts_without_any_company(serve: Serve) -> None:
    api = whole(serve, companies=0)
    found = records(api, "engagements", "companies", "contacts")
    assert not any(each["companies"] for each in found)
    assert any(each["contacts"] for each in found)


def test_engagements_of_nobody(serve: Serve) -> None:
    api = serve(contacts=0, engagements=20)
    for each in records(api, "engagements", "companies", "contacts", "owner", "tags"):
        assert (each["companies"], each["contacts"], each["owner"], each["tags"]) == ([], [], None, [])
        assert not each.keys() & {"owner_user_id", "host_user_id"}


def test_times_of_engagements(serve: Serve) -> None:
    found = records(whole(serve), "engagements")
    for each in found:
        assert instant(each["engagement_at"]) < instant(each["created_at"]) <= instant(each["updated_at"])
        assert ("start_at" in each) == (each["engagement_type"] in {"MEETING", "CALL", "CALENDAR_EVENT"})
        if "start_at" in each:
            length = instant(each["end_at"]) - instant(each["start_at"])
            assert length.total_seconds() == each["duration_seconds"]
            assert 300 <= each["duration_seconds"] <= 5_400
            assert instant(each["end_at"]) < instant(each["created_at"])


def test_engagements_may_be_as_old_as_time(serve: Serve) -> None:
    api = serve(engagements=0)
    (first,) = api.emulator.create(1, at="0001-01-01T00:00:00Z", of="engagements")
    assert api.emulator.snapshot("engagements")[first]["engagement_at"] == "0001-01-01T00:00:00.000Z"


def test_optional_fields_are_there_or_left_out(serve: Serve) -> None:
    api = whole(serve, engagements=400, users=60, tags=60, companies=150)
    optional: dict[ListName, tuple[str, ...]] = {
        "companies": (
            "description",
            "industry",
            "website",
            "number_of_employees",
            "logo_url",
            "crm_association",
            "domains",
        ),
        "users": ("job_title", "emails", "time_zone", "last_activity_at"),
        "tags": ("auto_tagging_enabled",),
        "engagements": (
            "description",
            "data_source",
            "is_internal",
            "start_at",
            "meeting_url",
            "external_url",
            "crm_association",
        ),
    }
    for of, names in optional.items():
        found = records(api, of)
        for name in names:
            assert {name in each for each in found} == {True, False}, name
    nullable: dict[ListName, str] = {"companies": "name", "users": "last_name", "tags": "hex_color"}
    for of, name in nullable.items():
        assert {each[name] is None for each in records(api, of)} == {True, False}, name


def test_all_is_plainly_made_up(serve: Serve) -> None:
    api = whole(serve)
    lists: tuple[ListName, ...] = ("companies", "users", "tags", "engagements")
    everything = json.dumps([api.emulator.snapshot(of) for of in lists], ensure_ascii=False)
    hosts = re.findall(r'(?:https?://|@)([^/"]+)', everything)
    domains = re.findall(r'"domain": "([^"]+)"', everything)
    assert hosts
    assert domains
    assert all(re.fullmatch(r"(.+\.)?example\.(com|org|net)", each.casefold()) for each in hosts + domains)
    assert all(some in everything for some in ("é", "株式会社", "🐘", r"\""))


def test_domains_have_one_that_is_primary(serve: Serve) -> None:
    found = [each["domains"] for each in records(whole(serve), "companies") if "domains" in each]
    assert {len(domains) for domains in found} == {1, 2}
    for domains in found:
        assert [each["is_primary"] for each in domains] == [True, False][: len(domains)]
        assert all(DOMAIN.fullmatch(each["domain"].casefold()) for each in domains)


def test_there_is_nothing_else_by_default() -> None:
    assert Settings().counts == {"contacts": 1000, "companies": 0, "users": 0, "tags": 0, "engagements": 0}
