"""``check``: one small request, and a sentence when it fails."""

import time
from typing import Any

import pytest

from emulator import Emulator, Settings
from unit_tests.helpers.support import Connector, catalog


def test_it_is_one_request_for_one_record(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    config |= {"start_date": "2024-01-01", "search": "example", "crm_contact_ids": ["1"]}
    output = connector("check", config=config)
    assert output.connection == ("SUCCEEDED", None)
    (request,) = emulator.requests
    assert request.params == {
        "limit": "1",
        "order_by": "updated_at:asc",
        "filter[updated_at][gte]": "2024-01-01T00:00:00Z",
        "search": "example",
        "filter[crm_associations][eq]": '[{"id": "1", "object_type": "contact"}]',
    }


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


def test_a_missing_scope_is_named(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=1, scopes=("companies:read",)))
    status, message = connector("check", config=config).connection
    assert status == "FAILED"
    assert "status 403" in str(message)
    assert "The credential needs the scope contacts:read" in str(message)


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
