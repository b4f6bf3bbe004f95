import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from operator import ge, gt, le, lt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Emulator, Settings, VirtualClock
from unit_tests.emulator.asking import ASCENDING, Client, Contact, instant

OPERATORS = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
WORDS = [
    "",
    "a",
    "ÉA",
    "léo",
    "渡辺",
    "🐘",
    "PERSON1",
    "example.ORG",
    "Dot",
    "no such",
    "\n",
    "o' s",
    '"tt"',
    "example",
]


@pytest.fixture(scope="module")
def api() -> Iterator[Client]:
    with Client(Emulator(Settings(contacts=60, shape="ties", precision="ms"))) as client:
        yield client


def written(at: datetime, digits: int, offset: int) -> str:
    """The instant as text, cut to so many digits of a fraction, in a zone so many minutes off UTC."""
    local = at.astimezone(timezone(timedelta(minutes=offset)))
    fraction = f".{local.microsecond:06}"[: digits + 1] if digits else ""
    zone = local.strftime("%z")
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}" + (f"{zone[:3]}:{zone[3:]}" if offset else "Z")


def naive(contact: Contact, params: dict[str, str]) -> bool:
    """Whether a contact is within the filters, the slow and plain way."""
    at = instant(contact["updated_at"])
    for name, compare in OPERATORS.items():
        bound = params.get(f"filter[updated_at][{name}]")
        if bound and not compare(at, datetime.fromisoformat(bound.replace("Z", "+00:00"))):
            return False
    names = [contact["first_name"], contact["last_name"]]
    texts = [" ".join(name for name in names if name), *(each["email"] for each in contact.get("emails", []))]
    if not any(params.get("search", "").casefold() in text.casefold() for text in texts):
        return False
    if "filter[crm_associations][eq]" in params:
        asked = {each["id"] for each in json.loads(params["filter[crm_associations][eq]"])}
        return contact.get("crm_association", {}).get("crm_object_id") in asked
    return True


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_filters_find_what_a_naive_reader_finds(api: Client, data: st.DataObject) -> None:
    everything = list(api.emulator.snapshot().values())
    stamps = st.sampled_from([instant(contact["updated_at"]) for contact in everything])
    off_by = st.sampled_from([0, 0, 0, 1, -1, 1_000, -1_000])
    params = {}
    for name in data.draw(st.sets(st.sampled_from(sorted(OPERATORS)))):
        at = data.draw(stamps) + timedelta(microseconds=data.draw(off_by))
        digits, offset = data.draw(st.sampled_from([0, 3, 6])), data.draw(st.sampled_from([0, 0, 330, -480]))
        params[f"filter[updated_at][{name}]"] = written(at, digits, offset)
    if data.draw(st.booleans()):
        params["search"] = data.draw(st.sampled_from(WORDS))
    if data.draw(st.booleans()):
        chosen = data.draw(st.sets(st.integers(500_000, 500_061), min_size=1, max_size=20))
        asked = [{"id": str(each), "object_type": "contact"} for each in chosen]
        params["filter[crm_associations][eq]"] = json.dumps(asked)
    order = data.draw(st.sampled_from(["updated_at:asc", "updated_at:desc"]))
    expected = [contact for contact in everything if naive(contact, params)]
    expected = expected if order == "updated_at:asc" else expected[::-1]
    limit = data.draw(st.sampled_from([1, 2, 7, 100])) if len(expected) < 20 else 9
    assert api.walk({**params, "order_by": order, "limit": limit}) == expected


@pytest.mark.parametrize("text", ["PERSON1", "@EXAMPLE.com", "@example.ORG", "ÉO", "渡辺", "B", " "])
def test_search_looks_at_names_and_emails_whatever_the_case(api: Client, text: str) -> None:
    everything = api.emulator.snapshot().values()
    expected = [contact for contact in everything if naive(contact, {"search": text})]
    assert api.walk({**ASCENDING, "search": text}) == expected
    assert expected


def crm(form: str, ids: list[str]) -> dict[str, str]:
    name = "filter[crm_associations][eq]"
    if form == "json":
        return {name: json.dumps([{"id": each, "object_type": "contact"} for each in ids])}
    parts: dict[str, str] = {}
    for index, each in enumerate(ids):
        parts |= {f"{name}[{index}][id]": each, f"{name}[{index}][object_type]": "contact"}
    return parts


@pytest.mark.parametrize("form", ["json", "brackets"])
def test_crm_contacts_in_both_forms(api: Client, form: str) -> None:
    matched: list[dict[str, Any]] = [
        contact for contact in api.emulator.snapshot().values() if "crm_association" in contact
    ]
    wanted = matched[3:15]
    ids = [contact["crm_association"]["crm_object_id"] for contact in wanted]
    assert api.walk({**ASCENDING, **crm(form, [*ids, "no-such"]), "limit": 5}) == wanted
    assert api.walk(crm(form, ["no-such"])) == []


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("filter[updated_at][gte]", [False, True, True]),
        ("filter[updated_at][gt]", [False, False, True]),
        ("filter[updated_at][lte]", [True, True, False]),
        ("filter[updated_at][lt]", [True, False, False]),
    ],
)
def test_instants_are_compared_not_strings(bound: str, expected: list[bool]) -> None:
    with Client(Emulator(Settings(contacts=0, precision="ms", trim_zero_fraction=True))) as api:
        for at in ("2026-03-01T11:59:59.500Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.500Z"):
            api.emulator.create(1, at=at)
        ids = list(api.emulator.snapshot())
        for same in ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000000Z", "2026-03-01T13:30:00.0+01:30"):
            found = api.ids({bound: same})
            assert [each in found for each in ids] == expected, same


def test_finer_than_microseconds() -> None:
    with Client(Emulator(Settings(contacts=0, precision="us"))) as api:
        api.emulator.create(1, at="2026-03-01T12:00:00.000001Z")
        between = "2026-03-01T12:00:00.000000999Z"
        after = "2026-03-01T12:00:00.000001001Z"
        for name, expected in {"gt": (1, 0), "gte": (1, 0), "lt": (0, 1), "lte": (0, 1)}.items():
            found = [len(api.walk({f"filter[updated_at][{name}]": bound})) for bound in (between, after)]
            assert tuple(found) == expected, name


def test_unknown_parameters_are_ignored(api: Client) -> None:
    assert api.page({"expand": "company", "filter[name]": "x"}) == api.page()


def test_changes_move_contacts_in_and_out_of_filters() -> None:
    with Client(Emulator(Settings(contacts=20, clock=VirtualClock()))) as api:
        newest = list(api.emulator.snapshot().values())[-1]
        newer = {"filter[updated_at][gt]": newest["updated_at"], **ASCENDING}
        assert api.ids(newer) == []
        changed = [*api.emulator.update(2), *api.emulator.create(1)]
        assert api.ids(newer) == changed
        api.emulator.delete(changed[1:2])
        assert api.ids(newer) == [changed[0], changed[2]]
        crm_id = next(
            contact["crm_association"]["crm_object_id"]
            for contact in api.emulator.snapshot().values()
            if "crm_association" in contact
        )
        (found,) = api.walk(crm("json", [crm_id]))
        api.emulator.update([found["id"]])
        (updated,) = api.walk(crm("json", [crm_id]))
        assert instant(updated["updated_at"]) > instant(found["updated_at"])
        api.emulator.delete([found["id"]])
        assert api.walk(crm("json", [crm_id])) == []
