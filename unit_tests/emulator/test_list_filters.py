"""Filters and searches that each list has of its own, beside those of updated_at."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.lists import ListName
from unit_tests.emulator.asking import ASCENDING, EVERY_LIST, Client, Contact, Params, Serve

CRM = "filter[crm_associations][eq]"
EXPAND = ("companies", "contacts")
TEN: Params = {**ASCENDING, "limit": 10}


@pytest.fixture(scope="module")
def api() -> Iterator[Client]:
    counts = {"contacts": 60, "companies": 40, "users": 40, "tags": 40, "engagements": 120}
    with Client(Emulator(Settings(processing_share=0.2, processing_every=10_000, **counts))) as client:  # type: ignore[arg-type]  # counts are numbers
        yield client


def found(api: Client, of: ListName, params: Params) -> list[str]:
    ids = api.ids({**TEN, **params}, of)
    assert 0 < len(ids) < len(api.emulator.snapshot(of)), "a filter that lets all or nothing pass shows nothing"
    return ids


def those(api: Client, of: ListName, matches: Callable[[Contact], bool]) -> list[str]:
    everything = api.emulator.snapshot(of, EXPAND if of == "engagements" else ())
    return [record_id for record_id, record in everything.items() if matches(record)]


def crm(kind: str, *ids: str) -> Params:
    return {CRM: json.dumps([{"id": each, "object_type": kind} for each in ids])}


@pytest.mark.parametrize(
    ("of", "text", "texts"),
    [
        ("companies", "GMBH", lambda each: [each["name"] or ""]),
        ("companies", "株式", lambda each: [each["name"] or ""]),
        ("users", "USER1", lambda each: [email["email"] for email in each.get("emails", [])]),
        ("users", "ö", lambda each: [" ".join(filter(None, (each["first_name"], each["last_name"])))]),
        ("engagements", "DÉMO", lambda each: [each["title"]]),
        ("engagements", '"big"', lambda each: [each["title"]]),
    ],
)
def test_search(api: Client, of: ListName, text: str, texts: Callable[[Contact], list[str]]) -> None:
    expected = those(api, of, lambda each: any(text.casefold() in one.casefold() for one in texts(each)))
    assert found(api, of, {"search": text}) == expected


@pytest.mark.parametrize(
    ("of", "name"), [("companies", "description"), ("companies", "industry"), ("engagements", "description")]
)
def test_search_looks_at_nothing_else(api: Client, of: ListName, name: str) -> None:
    text = next(each[name] for each in api.emulator.snapshot(of).values() if name in each)
    assert api.ids({"search": text}, of) == []


def test_tags_have_no_search(api: Client) -> None:
    assert api.ids({**TEN, "search": "no such"}, "tags") == list(api.emulator.snapshot("tags"))


@EVERY_LIST
def test_filters_of_other_lists_are_unknown_and_ignored(api: Client, of: ListName) -> None:
    own = {
        "companies": {"filter[domain][eq]"},
        "engagements": {"filter[engagement_type][eq]", "filter[company_ids][in]", "filter[start_at][gt]"},
    }
    for name in {name for names in own.values() for name in names} - own.get(of, set()):
        assert api.ids({**TEN, name: "no such"}, of) == list(api.emulator.snapshot(of))


@pytest.mark.parametrize("written", [str, str.upper, str.casefold, lambda text: f" {text}. "])
def test_domains_are_compared_after_normalisation(api: Client, written: Callable[[str], str]) -> None:
    company, domains = next(
        (each["id"], each["domains"])
        for each in api.emulator.snapshot("companies").values()
        if len(each.get("domains", ())) == 2
    )
    for each in domains:
        assert found(api, "companies", {"filter[domain][eq]": written(each["domain"])}) == [company]
    assert api.ids({"filter[domain][eq]": domains[0]["domain"][1:]}, "companies") == []


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        ("companies", "company"),
        ("engagements", "company"),
        ("engagements", "contact"),
        ("engagements", "deal"),
    ],
)
def test_crm_objects(api: Client, of: ListName, kind: str) -> None:
    def is_of_kind(each: Contact) -> bool:
        return "crm_association" in each and each["crm_association"]["object_type"] == kind

    expected = those(api, of, is_of_kind)[:5]
    records = api.emulator.snapshot(of)
    ids = [records[each]["crm_association"]["crm_object_id"] for each in expected]
    assert found(api, of, crm(kind, *ids, "no-such")) == expected


def test_an_id_of_another_type_is_another_object(api: Client) -> None:
    records = api.emulator.snapshot("engagements").values()
    deal = next(
        each["crm_association"] for each in records if each.get("crm_association", {}).get("object_type") == "deal"
    )
    assert api.ids(crm("contact", deal["crm_object_id"]), "engagements") == []


@pytest.mark.parametrize(
    ("of", "kinds"),
    [("contacts", {"contact"}), ("companies", {"company"}), ("engagements", {"company", "contact", "deal"})],
)
def test_each_list_has_its_types_of_crm_objects(api: Client, of: ListName, kinds: set[str]) -> None:
    for kind in ("contact", "company", "deal", "engagement"):
        assert api.get(crm(kind, "1"), of).status_code == (200 if kind in kinds else 400)


@pytest.mark.parametrize("of", ["users", "tags"])
def test_lists_without_crm_ignore_it(api: Client, of: ListName) -> None:
    params = {CRM: "x", f"{CRM}[0][id]": "1"}
    assert api.ids({**TEN, **params}, of) == list(api.emulator.snapshot(of))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("engagement_type", "MEETING"),
        ("engagement_type", "CALENDAR_EVENT"),
        ("processing_status", "PENDING"),
        ("processing_status", "COMPLETED"),
    ],
)
def test_types_and_statuses(api: Client, name: str, value: str) -> None:
    expected = those(api, "engagements", lambda each: bool(each[name] == value))
    assert found(api, "engagements", {f"filter[{name}][eq]": value}) == expected
    assert found(api, "engagements", {f"filter[{name}][in]": value}) == expected


def test_several_types_and_statuses(api: Client) -> None:
    types, statuses = {"CALL", "NOTE", "EMAIL"}, {"PENDING", "PROCESSING"}
    params = {"filter[engagement_type][in]": ",".join(types), "filter[processing_status][in]": ",".join(statuses)}
    expected = those(
        api, "engagements", lambda each: each["engagement_type"] in types and each["processing_status"] in statuses
    )
    assert found(api, "engagements", params) == expected
    both = {"filter[engagement_type][in]": "CALL,NOTE", "filter[engagement_type][eq]": "NOTE"}
    assert found(api, "engagements", both) == those(api, "engagements", lambda each: each["engagement_type"] == "NOTE")


@pytest.mark.parametrize(("part", "name"), [("companies", "company_ids"), ("contacts", "contact_ids")])
def test_who_took_part(api: Client, part: ListName, name: str) -> None:
    def expected(wanted: set[str]) -> list[str]:
        return those(api, "engagements", lambda each: any(one["id"] in wanted for one in each[part]))

    everything = api.emulator.snapshot("engagements", EXPAND).values()
    ids = list(dict.fromkeys(one["id"] for each in everything for one in each[part]))
    assert found(api, "engagements", {f"filter[{name}][eq]": ids[0]}) == expected({ids[0]})
    assert found(api, "engagements", {f"filter[{name}][in]": ",".join(ids[:9])}) == expected(set(ids[:9]))


@pytest.mark.parametrize("upper", ["lt", "lte"])
@pytest.mark.parametrize("lower", ["gt", "gte"])
def test_when_it_started(api: Client, lower: str, upper: str) -> None:
    starts = sorted(each["start_at"] for each in api.emulator.snapshot("engagements").values() if "start_at" in each)
    assert len(starts) < 120, "some never started"
    within = starts[5 + (lower == "gt") : -5 if upper == "lte" else -6]
    params = {f"filter[start_at][{lower}]": starts[5], f"filter[start_at][{upper}]": starts[-6]}
    assert found(api, "engagements", params) == those(api, "engagements", lambda each: each.get("start_at") in within)


def test_what_never_started_is_within_no_bounds(api: Client) -> None:
    expected = those(api, "engagements", lambda each: "start_at" in each)
    assert found(api, "engagements", {"filter[start_at][gte]": "2000-01-01T00:00:00Z"}) == expected


WRONG = [
    ("filter[engagement_type][eq]", ""),
    ("filter[engagement_type][eq]", "meeting"),
    ("filter[engagement_type][eq]", "MEETING,CALL"),
    ("filter[engagement_type][in]", "MEETING,"),
    ("filter[engagement_type][in]", "MEETING, CALL"),
    ("filter[processing_status][eq]", "DONE"),
    ("filter[processing_status][in]", "FAILED,DONE"),
    ("filter[company_ids][eq]", ""),
    ("filter[company_ids][eq]", "cmp_"),
    ("filter[company_ids][eq]", "cnt_1"),
    ("filter[company_ids][eq]", "cmp_1,cmp_2"),
    ("filter[company_ids][in]", ",".join(f"cmp_{n}" for n in range(26))),
    ("filter[contact_ids][eq]", "cmp_1"),
    ("filter[contact_ids][in]", "cnt_1,,cnt_2"),
    ("filter[contact_ids][in]", ",".join(["cnt_1"] * 26)),
    *((f"filter[start_at][{operator}]", "2026-03-01") for operator in ("gt", "gte", "lt", "lte")),
    (CRM, '[{"id": "1", "object_type": "user"}]'),
    ("expand", "everything"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_is_wrong_is_named(api: Client, name: str, value: str) -> None:
    answer = api.get({name: value}, "engagements")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == name
    assert error["message"]


@pytest.mark.parametrize(("name", "prefix"), [("company_ids", "cmp_"), ("contact_ids", "cnt_")])
def test_25_ids_pass(api: Client, name: str, prefix: str) -> None:
    ids = ",".join(f"{prefix}{n}" for n in range(25))
    assert api.get({f"filter[{name}][in]": ids}, "engagements").status_code == 200


OWN: dict[str, Any] = {
    "engagement_type": {"filter[engagement_type][eq]": "CALL"},
    "processing_status": {"filter[processing_status][in]": "FAILED"},
    "company_ids": {"filter[company_ids][eq]": "cmp_1"},
    "contact_ids": {"filter[contact_ids][in]": "cnt_1"},
    "start_at": {"filter[start_at][gte]": "2999-01-01T00:00:00Z"},
    "crm_associations": crm("deal", "1"),
    "search": {"search": "no such"},
}


@pytest.mark.parametrize("name", OWN)
def test_each_may_be_ignored(serve: Serve, name: str) -> None:
    params: Params = OWN[name]
    for ignored in ((name,), ("all",)):
        api = serve(engagements=30, ignored_filters=ignored)
        assert api.ids({**TEN, **params}, "engagements") == list(api.emulator.snapshot("engagements"))
    other = serve(engagements=30, ignored_filters=tuple(OWN.keys() - {name}))
    assert len(other.ids({**TEN, **params}, "engagements")) < 30


def test_a_domain_may_be_ignored(serve: Serve) -> None:
    api = serve(companies=30, ignored_filters=("domain",))
    assert len(api.ids({**TEN, "filter[domain][eq]": "example.com"}, "companies")) == 30


@pytest.mark.parametrize("name", OWN)
def test_beside_a_cursor_they_are_filters(serve: Serve, name: str) -> None:
    refusing = serve(engagements=30, cursor_beside="refused", cursor_keeps="query")
    cursor = refusing.page(TEN, "engagements")["next_cursor"]
    assert refusing.get({**OWN[name], "cursor": cursor}, "engagements").status_code == 400
    ignoring = serve(engagements=30, cursor_beside="ignored", cursor_keeps="query")
    cursor = ignoring.page(TEN, "engagements")["next_cursor"]
    rest = ignoring.page({**OWN[name], "limit": 100, "cursor": cursor}, "engagements")["data"]
    assert [each["id"] for each in rest] == list(ignoring.emulator.snapshot("engagements"))[10:]


def test_a_cursor_keeps_them(serve: Serve) -> None:
    api = serve(engagements=60, cursor_beside="alone", cursor_keeps="query")
    page = api.page({**ASCENDING, "limit": 3, "filter[engagement_type][in]": "CALL,NOTE"}, "engagements")
    rest = api.page({"limit": 100, "cursor": page["next_cursor"]}, "engagements")
    expected = those(api, "engagements", lambda each: each["engagement_type"] in {"CALL", "NOTE"})
    assert [each["id"] for each in page["data"] + rest["data"]] == expected
