"""``check``: one small request of each list, and a sentence when it fails."""

import time
from typing import Any

import pytest
from airbyte_cdk.models import Level

from emulator import FOREVER, Emulator, Fault, Settings
from unit_tests.helpers.support import IMPATIENT, LISTS, OTHERS, Connector, catalog


def test_it_is_one_request_for_one_record_of_each_list(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    config |= {
        "start_date": "2024-01-01",
        "search": "example",
        "crm_contact_ids": ["1"],
        "engagement_details": ["tags"],
    }
    output = connector("check", config=config)
    assert output.connection == ("SUCCEEDED", None)
    everywhere = {"limit": "1", "order_by": "updated_at:asc", "filter[updated_at][gte]": "2024-01-01T00:00:00Z"}
    own = {
        "contacts": {
            "search": "example",
            "filter[crm_associations][eq]": '[{"id": "1", "object_type": "contact"}]',
        },
        "engagements": {"expand": "tags"},
    }
    assert [(request.path, request.params) for request in emulator.requests] == [
        (f"/api/v2/{stream}", everywhere | own.get(stream, {})) for stream in LISTS
    ]


def test_an_empty_workspace_is_fine(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=0))
    assert connector("check", config=config).connection == ("SUCCEEDED", None)


@pytest.mark.parametrize(
    ("credentials", "sentence"),
    [
        ({"auth_type": "api_key", "api_key": "sk-apik_demo.wrong"}, "The connector sent an API key, as it is"),
        ({"auth_type": "access_token", "access_token": "wrong"}, 'sent an OAuth access token, as "Bearer …" in the'),
    ],
)
def test_a_wrong_credential_fails_within_seconds(
    emulator: Emulator, connector: Connector, config: dict[str, Any], credentials: dict[str, str], sentence: str
) -> None:
    began = time.monotonic()
    status, message = connector("check", config={**config, "credentials": credentials}).connection
    assert time.monotonic() - began < 5
    assert status == "FAILED"
    assert "refused the request with status 401: " in str(message)
    assert "request_id req_" in str(message)
    assert sentence in str(message)
    assert "wrong" not in str(message)
    assert len(emulator.requests) == 1


def test_one_list_that_can_be_read_is_enough_and_the_others_are_named(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=1, scopes=("contacts:read",)))
    output = connector("check", config=config)
    status, message = output.connection
    assert status == "SUCCEEDED"
    assert str(message).startswith("AskElephant refused the request with status 403: ")
    assert str(message).endswith(
        "). Scopes are missing for these lists: companies (needs companies:read), users (needs users:read), tags "
        "(needs tags:read), engagements (needs engagements:read). Add them in AskElephant, or leave these streams out."
    )
    warnings = output.logs(Level.WARN)
    assert [text.split()[0] for text in warnings] == list(OTHERS)
    assert all("refused the request with status 403" in text and "request_id" in text for text in warnings)


def test_with_no_list_that_can_be_read_it_fails_and_names_each(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=1, scopes=("engagements:private:read",)))
    status, message = connector("check", config=config).connection
    assert status == "FAILED"
    assert all(f"{stream} (needs {stream}:read)" in str(message) for stream in LISTS)
    assert str(message).count("AskElephant refused the request with status 403: ") == 1


def test_a_list_that_is_not_there_is_named(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.fail_next(Fault("status", status=404), after=3)
    status, message = connector("check", config=config).connection
    assert status == "SUCCEEDED"
    assert str(message).startswith("tags can't be read: AskElephant refused the request with status 404: ")


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500])
def test_what_fails_everywhere_is_said_once(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int
) -> None:
    emulator.fail_next(Fault("status", status=status, headers={"Retry-After": "100"}), times=FOREVER)
    outcome, message = connector("check", patience=IMPATIENT, config=config).connection
    assert outcome == "FAILED"
    assert str(message).count("AskElephant refused the request") == 1


def test_a_filter_that_the_api_refuses_fails_it(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    """Although all other lists could be read: it is a mistake in the configuration."""
    body = {"title": "No", "errors": [{"field": "search", "message": "is too short"}]}
    emulator.fail_next(Fault("status", status=422, body=body))
    status, message = connector("check", config={**config, "search": "a"}).connection
    assert status == "FAILED"
    assert "Change search in the configuration." in str(message)


def test_an_invalid_configuration_is_a_failed_connection(connector: Connector, config: dict[str, Any]) -> None:
    output = connector("check", config={**config, "num_workers": 99})
    assert output.connection == (
        "FAILED",
        "Invalid configuration: num_workers is out of range; write a whole number from 1 to 20.",
    )
    assert output.exit_code == 0


@pytest.mark.parametrize("verb", ["check", "read"])
def test_a_start_date_in_the_future_is_refused_by_the_servers_clock(
    emulator: Emulator, connector: Connector, config: dict[str, Any], verb: str
) -> None:
    emulator.reset(Settings(contacts=1, clock_skew_seconds=-10 * 365 * 86400))
    config["start_date"] = "2020-01-01"  # past for this machine, future for the server
    documents = {"catalog": catalog()} if verb == "read" else {}
    output = connector(verb, config=config, **documents)
    message = output.connection[1] if verb == "check" else output.failure[1]
    assert "start_date 2020-01-01T00:00:00Z is in the future (AskElephant's clock says 2016-" in str(message)
