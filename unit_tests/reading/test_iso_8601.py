"""updated_at in any form of ISO 8601 that means one instant; and in one that doesn't, since it names no zone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType, Level

from source_askelephant.instants import MissingZoneError, format_instant, is_date_time, parse_instant
from unit_tests.helpers.servers import ANYWHERE, SERVED_AT, asked_for, page
from unit_tests.helpers.support import Connector, catalog, ids

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

SAME = [
    "2026-03-01T12:00:00+0000",
    "2026-03-01T12:00:00-0000",
    "2026-03-01T12:00:00+00",
    "2026-03-01 12:00:00+00",
    "2026-03-01T17:30:00+0530",
    "2026-03-01T04:00:00.000-08",
    "2026-03-01T04:00:00.000\N{MINUS SIGN}08:00",
    "2026-03-01T12:00:00,000Z",
    "2026-03-01T12:00Z",
    "2026-03-01t12z",
    "2026-03-01T11.99999999999999999999Z",
    "20260301T120000Z",
    "20260301T1200+0000",
    "2026-W09-7T12:00:00Z",
    "2026W097T120000Z",
    "2026-060T12:00:00Z",
    "2026060T120000.000Z",
    "2026-02-28T24:00:00-12:00",
    "2026-02-28T24-12",
]


@pytest.mark.parametrize("text", SAME)
def test_the_same_instant(text: str) -> None:
    assert NOON - timedelta(microseconds=1) <= datetime.fromtimestamp(parse_instant(text) / 1e6, timezone.utc) <= NOON


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T12:00:00.1234569+0000", "2026-03-01T12:00:00.123456Z"),
        ("20260301T120000,5Z", "2026-03-01T12:00:00.500Z"),
        ("2026-03-01T12:00.5Z", "2026-03-01T12:00:30Z"),
        ("2026-03-01T12,25+01", "2026-03-01T11:15:00Z"),
        ("2024-366T24:00Z", "2025-01-01T00:00:00Z"),
        ("2026-W53-7T00Z", "2027-01-03T00:00:00Z"),
    ],
)
def test_fractions_and_ends(text: str, instant: str) -> None:
    assert format_instant(parse_instant(text)) == instant


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T12:00:00", "2026-03-01T12:00:00.5", "2026-03-01 12:00", "20260301T12", "2026-W09-7T12:00:00"],
)
def test_without_a_zone(text: str) -> None:
    with pytest.raises(MissingZoneError, match="names no time zone"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026T12:00Z",
        "2026-03T12:00Z",
        "2026-W09T12:00Z",
        "202603T12Z",
        "2026-3-1T12:00:00Z",
        "2026-03-01T1Z",
        "2026-03-01T12:0Z",
        "2026-03-01T12:00:00+1",
        "2026-03-01T12:00:00+0060",
        "2026-03-01T12:00:00+00:60",
        "2026-03-01T12:00:00+02:00:30",
        "2026-03-01T24:00:00.5Z",
        "2026-03-01T24.1Z",
        "2026-03-01T24:01Z",
        "9999-12-31T24:00:00Z",
        "2026-W54-1T00Z",
        "2025-366T00Z",
        "2026-000T00Z",
        "2026-03-01T12:00:00 Z",
        "2026-03-01T12:00:00Z+00",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00." + "1" * 5_000 + "+ 0",
        "20260301120000Z",
        "1772366400",
        "0000-00-00T00:00:00+0000",
        "2026-0\N{ARABIC-INDIC DIGIT THREE}-01T12Z",
        "T",
    ],
)
def test_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a timestamp|is outside|out of range|must be") as raised:
        parse_instant(text)
    assert not isinstance(raised.value, MissingZoneError)
    assert not is_date_time(text)


# ---- In a list ----

Write = Callable[[datetime], str]

FORMS: dict[str, tuple[Write, bool]] = {  # and whether destinations read them
    "+0000": (lambda at: at.strftime("%Y-%m-%dT%H:%M:%S+0000"), True),
    "+00": (lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f+00"), True),
    "-0330": (lambda at: at.astimezone(timezone(-timedelta(hours=3.5))).strftime("%Y-%m-%dT%H:%M:%S%z"), True),
    "basic": (lambda at: at.strftime("%Y%m%dT%H%M%SZ"), False),
    "week": (lambda at: at.strftime("%G-W%V-%uT%H:%M:%SZ"), False),
    "day": (lambda at: at.strftime("%Y-%jT%H:%M:%S,000Z"), False),
}


@pytest.fixture
def contacts(config: dict[str, Any]) -> Iterator[list[tuple[datetime, dict[str, Any]]]]:
    """The contacts of a server that filters and orders by instants, and writes them as a test says."""
    config["api_url"] = ANYWHERE
    rows: list[tuple[datetime, dict[str, Any]]] = []

    def answer(request: Any, _: object) -> dict[str, Any]:
        asked = asked_for(request)
        first, end = (parse_instant(asked[name].upper()) if name in asked else None for name in ("gte", "lt"))
        found = [
            contact
            for at, contact in rows
            if (first is None or at.timestamp() * 1e6 >= first) and (end is None or at.timestamp() * 1e6 < end)
        ]
        found = found if asked["order_by"] == "updated_at:asc" else found[::-1]
        begin, limit = int(asked.get("cursor", "0")), int(asked["limit"])
        return page(found[begin : begin + limit], str(begin + limit) if found[begin + limit :] else None)

    with requests_mock.Mocker() as server:
        server.get(f"{ANYWHERE}/v2/contacts", json=answer, headers=SERVED_AT)
        yield rows


def fill(rows: list[tuple[datetime, dict[str, Any]]], number: int, write: Write) -> None:
    for at in (NOON + timedelta(seconds=each) for each in range(number)):
        rows.append((at, {"id": f"cnt_{len(rows)}", "updated_at": write(at)}))


@pytest.mark.parametrize("form", FORMS)
def test_a_list_is_read_once_and_then_what_changed(
    connector: Connector, config: dict[str, Any], contacts: list[tuple[datetime, dict[str, Any]]], form: str
) -> None:
    write, is_common = FORMS[form]
    fill(contacts, 520, write)
    config["lookback_window_seconds"] = 0
    first = connector("read", config=config, catalog=catalog())
    assert first.exit_code == 0
    assert sorted(ids(first.records)) == sorted(contact["id"] for _, contact in contacts)
    assert first.records[0]["updated_at"] == (contacts[0][1]["updated_at"] if is_common else "2026-03-01T12:00:00Z")
    assert first.states[-1]["stream"]["stream_state"]["updated_at"] == "2026-03-01T12:08:39Z"
    told = [
        (
            "contacts: 'updated_at' came with values that can't be passed on as they are: a date-time in a rare form, "
            "written in the usual one (520 times)"
        ),
        "contacts: updated_at is declared as date-time or null, but came as date-time in a rare form (520 times)",
    ]
    assert [each.partition(". ")[0] for each in first.logs(Level.WARN)] == ([] if is_common else told)
    assert not any(message.record.meta for message in first.messages if message.record), "nothing was lost"
    second = connector("read", config=config, catalog=catalog(), state=first.states[-1:])
    assert second.records == []


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"])
def test_a_long_list_without_zones_is_nothing_that_time_mends(
    connector: Connector, config: dict[str, Any], contacts: list[tuple[datetime, dict[str, Any]]], form: str
) -> None:
    fill(contacts, 12_000, lambda at: at.strftime(form))
    failure_type, message = connector("read", config=config, catalog=catalog()).failure
    assert failure_type is FailureType.system_error
    assert message == (
        "AskElephant's list of contacts could not be read to its end: its records come without a readable updated_at, "
        "by which they are read: a date, a time and its zone. What was read is kept. Update the connector, or report "
        "it to AskElephant if there is no newer version."
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_state_and_a_start_date(
    connector: Connector, config: dict[str, Any], contacts: list[tuple[datetime, dict[str, Any]]], form: str
) -> None:
    write, _ = FORMS[form]
    fill(contacts, 30, write)
    state = {"updated_at": write(NOON + timedelta(seconds=20))}
    read = connector("read", config={**config, "lookback_window_seconds": 0}, catalog=catalog(), state=state)
    assert ids(read.records) == [f"cnt_{number}" for number in range(20, 30)]
    read = connector("read", config={**config, "start_date": state["updated_at"]}, catalog=catalog())
    assert ids(read.records) == [f"cnt_{number}" for number in range(20, 30)]


@pytest.mark.parametrize("date", ["2026-03-01", "20260301", " 2026-03-01\n"])
def test_a_date_alone_is_a_start_date(
    connector: Connector, config: dict[str, Any], contacts: list[tuple[datetime, dict[str, Any]]], date: str
) -> None:
    fill(contacts, 3, FORMS["+00"][0])
    assert len(connector("read", config={**config, "start_date": date}, catalog=catalog()).records) == 3
