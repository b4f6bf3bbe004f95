"""It ends, whatever the server does: in success, or in an error that says what happened and who can fix it."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType

from emulator import FOREVER, Churn, Emulator, Fault, Settings, VirtualClock
from source_askelephant.api.retries import CHECK
from source_askelephant.api.transport import Timeouts
from source_askelephant.instants import SECOND, format_instant, parse_instant
from source_askelephant.reading.tail import TailLimits
from source_askelephant.source import Patience
from unit_tests.helpers.servers import ANYWHERE, SERVED_AT, asked_for, page
from unit_tests.helpers.simulation import CURSORS, Contact, read, upsert
from unit_tests.helpers.support import VIRTUALLY_PATIENT, Connector, by_id, catalog, ids, slow

Elsewhere = tuple[dict[str, Any], requests_mock.Mocker]

TRANSIENT = FailureType.transient_error
STALLED = "it keeps saying that there is more without giving it"
TOO_FAST = "it changes faster than it can be read"
DISORDER = "it doesn't keep to "
UNRELIABLE = "more records than a page holds share the updated_at "


@pytest.mark.parametrize("after", [0, 2, *slow(1, 7)])
@pytest.mark.parametrize("shape", ["spread", "flood"])
def test_a_repeated_cursor(shared_emulator: Emulator, shape: Any, after: int) -> None:
    shared_emulator.reset(Settings(contacts=1_000, shape=shape, flood_size=700))
    shared_emulator.fail_next("repeated_cursor", after=after)
    output = read(shared_emulator)
    assert output.failure is not None
    failure_type, message = output.failure
    assert failure_type == TRANSIENT
    # The one cursor may come from another worker's window.
    assert any(said in message for said in (STALLED, DISORDER, UNRELIABLE))
    assert output.requests < 700, "about a hundred for each window"

    shared_emulator.clear_faults()
    resumed = read(shared_emulator, output.states[-1] if output.states else None)
    assert resumed.failure is None
    assert set(ids(output.records)) | set(ids(resumed.records)) == set(shared_emulator.snapshot())


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("cursor", CURSORS)
def test_a_list_that_never_stops_changing(shared_emulator: Emulator, cursor: Any, workers: int) -> None:
    churn = Churn(creates=60, updates=60)  # a page holds 100
    shared_emulator.reset(Settings(contacts=3_000, cursor=cursor, churn=churn, clock=VirtualClock(tick_ms=1)))
    start = shared_emulator.snapshot()
    impatient = Patience(tail=TailLimits(seconds_to_pass=0.0))
    output = read(shared_emulator, workers=workers, patience=impatient)
    assert output.failure is not None
    failure_type, message = output.failure
    assert failure_type == TRANSIENT
    assert TOO_FAST in message
    assert "What was read is kept. Sync again later" in message
    assert output.requests < 250
    assert parse_instant(output.watermark) >= max(parse_instant(contact["updated_at"]) for contact in start.values())

    shared_emulator.calm_down()
    shared_emulator.advance(2 * 86_400)
    destination: dict[str, Contact] = {}
    upsert(destination, output.records)
    resumed = read(shared_emulator, output.states[-1], workers=workers, patience=VIRTUALLY_PATIENT)
    assert resumed.failure is None
    upsert(destination, resumed.records)
    assert by_id(destination.values()) == by_id(shared_emulator.snapshot().values())


@pytest.mark.parametrize("fault", ["silence", "silence_mid_body"])
def test_a_server_that_falls_silent(shared_emulator: Emulator, fault: Any) -> None:
    shared_emulator.reset(Settings(contacts=1_500))
    shared_emulator.fail_next(fault, after=6, times=FOREVER)
    began = time.monotonic()
    output = read(shared_emulator, patience=Patience(read=CHECK._replace(attempts=2), timeouts=Timeouts(read=0.3)))
    assert time.monotonic() - began < 10
    assert output.failure is not None
    failure_type, message = output.failure
    assert failure_type == TRANSIENT
    assert "AskElephant gave no answer: " in message
    assert output.requests <= 6 + 2 * 4
    assert 300 <= len(output.records) <= 600

    shared_emulator.clear_faults()
    resumed = read(shared_emulator, output.states[-1])
    assert set(ids(output.records)) | set(ids(resumed.records)) == set(shared_emulator.snapshot())


@pytest.mark.parametrize("size", [101, *slow(460, 1_200)])
@pytest.mark.parametrize("churn", [Churn(updates=1, aim=1.0), Churn(deletes=1, aim=1.0)], ids=["updates", "deletes"])
def test_a_flood_whose_every_cursor_is_hit(shared_emulator: Emulator, size: int, churn: Churn) -> None:
    clock = VirtualClock(tick_ms=1_500)
    shared_emulator.reset(
        Settings(contacts=size + 150, shape="flood", flood_size=size, cursor="record", churn=churn, clock=clock)
    )
    start = shared_emulator.snapshot()
    output = read(shared_emulator, patience=VIRTUALLY_PATIENT)
    assert output.requests <= 500
    if output.failure is not None:
        assert UNRELIABLE in output.failure[1]
        return
    assert start.keys() & shared_emulator.snapshot().keys() <= set(ids(output.records))


def test_empty_pages_that_promise_more(shared_emulator: Emulator) -> None:
    shared_emulator.reset(Settings(contacts=500))
    for cursor in ("b25l", "dHdv"):
        shared_emulator.fail_next(Fault("body", body=page([], cursor)), times=FOREVER, every=2)
    shared_emulator.fail_next(Fault("body", body=page([], "dGhyZWU")), times=FOREVER)
    output = read(shared_emulator)
    assert output.failure is not None
    assert output.failure[0] == TRANSIENT
    assert STALLED in output.failure[1]
    assert output.requests < 1_200


NOON = parse_instant("2026-03-01T12:00:00Z")


@pytest.fixture
def elsewhere(config: dict[str, Any]) -> Iterator[Elsewhere]:
    """A configuration for a server that a test makes up, and that server."""
    with requests_mock.Mocker() as server:
        yield {**config, "api_url": ANYWHERE}, server


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("new_cursors", [False, True])
def test_the_same_page_for_ever(elsewhere: Elsewhere, connector: Connector, workers: int, *, new_cursors: bool) -> None:
    config, server = elsewhere
    contacts = [{"id": f"cnt_{number}", "updated_at": format_instant(NOON + number)} for number in range(100)]
    answers = (page(contacts, f"cursor {number if new_cursors else 0}") for number in count())
    server.get(f"{ANYWHERE}/v2/contacts", json=lambda *_: next(answers), headers=SERVED_AT)
    output = connector("read", config={**config, "num_workers": workers}, catalog=catalog())
    failure_type, message = output.failure
    assert failure_type == TRANSIENT
    assert "could not be read to its end: " in message
    assert server.call_count < 300


@pytest.mark.parametrize("spacing", [0, 1, SECOND])
@pytest.mark.parametrize("ignored", ["gte", "lt", "order_by", "limit", "cursor", "all"])
def test_a_server_that_ignores_what_it_is_asked(
    elsewhere: Elsewhere, connector: Connector, ignored: str, spacing: int
) -> None:
    config, server = elsewhere
    contacts = [{"id": f"cnt_{number}", "updated_at": format_instant(NOON + number * spacing)} for number in range(999)]

    def answer(request: Any, _: object) -> dict[str, Any]:
        asked = asked_for(request)
        if ignored == "all":
            asked.clear()
        asked.pop(ignored, None)
        limit = int(asked.get("limit", "25"))
        first, end = (parse_instant(asked[name].upper()) if name in asked else None for name in ("gte", "lt"))
        found = [
            each
            for each in contacts
            if (first is None or first <= parse_instant(each["updated_at"]))
            and (end is None or parse_instant(each["updated_at"]) < end)
        ]
        found = found if asked.get("order_by") == "updated_at:asc" else found[::-1]
        begin = int(asked.get("cursor", "0"))
        return page(found[begin : begin + limit], str(begin + limit) if found[begin + limit :] else None)

    server.get(f"{ANYWHERE}/v2/contacts", json=answer, headers=SERVED_AT)
    output = connector("read", config=config, catalog=catalog())
    assert server.call_count < 500
    if output.exit_code == 0:
        assert set(ids(output.records)) == {contact["id"] for contact in contacts}
    else:
        failure_type, message = output.failure
        assert failure_type == TRANSIENT
        assert DISORDER in message or STALLED in message or UNRELIABLE in message
