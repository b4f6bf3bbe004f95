"""Engagements: parts that come on request, private ones, and transcripts that come later."""

from typing import Any

import pytest
from airbyte_cdk.models import FailureType, Level

from emulator import Emulator, Settings
from source_askelephant.config.validators import ENGAGEMENT_DETAILS
from source_askelephant.streams.engagements import TRANSCRIPT_PAGE_SIZE, Engagements
from unit_tests.helpers.support import Connector, by_id, catalog, ids

CATALOG = catalog("incremental", "engagements")
LISTS_WITHOUT_PRIVATE = ("contacts:read", "companies:read", "users:read", "tags:read", "engagements:read")
BELONGING: dict[str, Any] = {"contacts": 200, "companies": 40, "users": 10, "tags": 8}


def test_the_configuration_offers_what_the_stream_knows() -> None:
    (details,) = Engagements.filters.values()
    assert set(details.parts) == set(ENGAGEMENT_DETAILS)
    assert "media_url" not in details.parts


def test_without_details_no_part_is_asked_for(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(**BELONGING, engagements=250))
    output = connector("read", config=config, catalog=CATALOG)
    assert by_id(output.records) == by_id(emulator.snapshot(of="engagements").values())
    assert not any(record.get(part) for record in output.records for part in (*ENGAGEMENT_DETAILS, "media_url"))
    assert not any("expand" in request.params for request in emulator.requests)
    assert not output.logs(Level.WARN)


@pytest.mark.parametrize("details", [("transcript",), ("tags", "owner"), ENGAGEMENT_DETAILS], ids=",".join)
def test_details_come_with_each_engagement(
    emulator: Emulator, connector: Connector, config: dict[str, Any], details: tuple[str, ...]
) -> None:
    emulator.reset(Settings(**BELONGING, engagements=130))
    config["engagement_details"] = list(reversed(details))
    output = connector("read", config=config, catalog=CATALOG)
    assert output.exit_code == 0
    assert by_id(output.records) == by_id(emulator.snapshot(of="engagements", expand=details).values())
    for part in details:
        assert any(record.get(part) for record in output.records), part
    assert not output.logs(Level.WARN), "objects without documented fields may hold any"
    asked = [request.params["expand"].split(",") for request in emulator.requests]
    assert all(sorted(parts) == sorted(details) for parts in asked)
    limits = {request.params["limit"] for request in emulator.requests} - {"1"}
    assert limits == {str(TRANSCRIPT_PAGE_SIZE) if "transcript" in details else "100"}


def test_pages_with_transcripts_are_small_and_requests_few(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=0, engagements=1_000, transcript_bytes=60_000))
    output = connector("read", config={**config, "engagement_details": ["transcript"]}, catalog=CATALOG)
    assert len(output.records) == len(set(ids(output.records))) == 1_000
    assert min(len(record["transcript"]) for record in output.records if record.get("transcript")) > 50_000
    assert len(emulator.requests) <= 1.10 * 1_000 / TRANSCRIPT_PAGE_SIZE + 3 * 4 + 10


def test_small_pages_are_read_by_all_workers(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=0, engagements=1_000, latency_ms=5))
    config |= {"engagement_details": ["transcript"], "num_workers": 10}
    connector("read", config=config, catalog=CATALOG)
    ends = {request.params.get("filter[updated_at][lt]") for request in emulator.requests}
    assert len(ends) > 10, "a list of 40 pages is cut for each of them"


@pytest.mark.parametrize("tie_size", [11, 26, 130])
def test_small_pages_among_ties(
    emulator: Emulator, connector: Connector, config: dict[str, Any], tie_size: int
) -> None:
    ties: dict[str, Any] = {"shape": "ties", "tie_size": tie_size, "newest": "2026-03-01T12:00:00Z"}
    emulator.reset(Settings(contacts=0, engagements=650, cursor="record", **ties))
    output = connector("read", config={**config, "engagement_details": ["transcript"]}, catalog=CATALOG)
    assert output.exit_code == 0
    assert sorted(ids(output.records)) == sorted(emulator.snapshot(of="engagements"))
    assert len(emulator.requests) <= 2.5 * (650 / TRANSCRIPT_PAGE_SIZE) + 3 * 4 + 10


@pytest.mark.parametrize("beside", ["refused", "alone"])
def test_a_cursor_that_comes_alone_still_brings_the_details(
    emulator: Emulator, connector: Connector, config: dict[str, Any], beside: Any
) -> None:
    flood: dict[str, Any] = {"shape": "flood", "flood_size": 150, "cursor_beside": beside, "cursor_keeps": "query"}
    emulator.reset(Settings(contacts=0, engagements=200, **flood))
    output = connector("read", config={**config, "engagement_details": ["transcript"]}, catalog=CATALOG)
    assert output.exit_code == 0
    server = emulator.snapshot(of="engagements", expand=("transcript",))
    assert by_id(output.records) == by_id(server.values())


# ---- Scopes ----


@pytest.mark.parametrize(
    ("part", "scope"), [("companies", "companies:read"), ("contacts", "contacts:read"), ("owner", "users:read")]
)
def test_a_part_without_its_scope_is_named(
    emulator: Emulator, connector: Connector, config: dict[str, Any], part: str, scope: str
) -> None:
    emulator.reset(Settings(**BELONGING, engagements=10, scopes=("engagements:read",)))
    config["engagement_details"] = ["tags", part]
    failure_type, message = connector("read", config=config, catalog=CATALOG).failure
    assert failure_type is FailureType.config_error
    assert f"needs the scope engagements:read and {scope} (for {part} in engagement_details)" in message

    _, said = connector("check", config=config).connection
    assert f"engagements (needs engagements:read and {scope} (for {part} in engagement_details))" in str(said)


@pytest.mark.parametrize(("share", "run"), [(0.4, 1), (0.5, 250), (1.0, 1)])
def test_private_ones_need_their_scope_and_their_absence_costs_no_other(
    emulator: Emulator, connector: Connector, config: dict[str, Any], share: float, run: int
) -> None:
    settings: dict[str, Any] = {"contacts": 0, "engagements": 900, "private_share": share, "hidden_run": run}
    emulator.reset(Settings(**settings))
    everything = connector("read", config=config, catalog=CATALOG)
    assert len(everything.records) == 900
    private = {record["id"] for record in everything.records if record.get("is_private")}
    assert abs(len(private) - share * 900) <= 260

    emulator.reset(Settings(**settings, scopes=LISTS_WITHOUT_PRIVATE))
    output = connector("read", config=config, catalog=CATALOG)
    assert output.exit_code == 0
    assert set(ids(output.records)) == set(ids(everything.records)) - private
    assert not output.logs(Level.WARN), "the API doesn't say that there are others"


# ---- What comes later ----


@pytest.mark.parametrize("silent", [False, True], ids=["moves updated_at", "leaves updated_at alone"])
def test_a_transcript_that_comes_later_is_fetched(
    emulator: Emulator, connector: Connector, config: dict[str, Any], *, silent: bool
) -> None:
    """With a lookback of a day if its coming leaves ``updated_at`` alone."""
    config |= {"engagement_details": ["transcript"], "lookback_window_seconds": 86_400 if silent else 60}
    emulator.reset(Settings(contacts=0, engagements=5, newest=None, processing_share=1.0, silent_processing=silent))
    (meeting,) = emulator.create(1, of="engagements")
    table: dict[str, dict[str, Any]] = {}
    state: list[dict[str, Any]] = []
    syncs = 0
    while not (table.get(meeting) or {}).get("transcript"):
        syncs += 1
        assert syncs < 50
        output = connector("read", config=config, catalog=CATALOG, **({"state": state} if state else {}))
        state = output.states[-1:]
        table |= {record["id"]: record for record in output.records}
        if syncs == 1:
            assert table[meeting]["processing_status"] in {"PENDING", "PROCESSING"}
    assert table[meeting]["processing_status"] == "COMPLETED"
    assert syncs > 1


def test_details_that_were_changed_are_told_of(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=0, engagements=30, newest="2026-03-01T12:00:00Z"))
    first = connector("read", config={**config, "engagement_details": ["tags"]}, catalog=CATALOG)
    assert first.states[-1]["stream"]["stream_state"]["filters"] == {"engagement_details": ["tags"]}
    config["engagement_details"] = ["transcript", "tags"]
    again = connector("read", config=config, catalog=CATALOG, state=first.states)
    (warning,) = again.logs(Level.WARN)
    assert warning.startswith("engagements: the state was made with other filters, {'engagement_details': ['tags']}.")
    assert warning.endswith("reset the stream.")
