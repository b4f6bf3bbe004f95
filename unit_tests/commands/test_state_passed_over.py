"""No state is passed over in silence, so that everything is read again: it counts, or is refused in a sentence."""

import json
import logging
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteGlobalState,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStateType,
    AirbyteStreamState,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
    Level,
    StreamDescriptor,
)

from emulator import Emulator
from source_askelephant.errors import ConfigError
from source_askelephant.source import SourceAskElephant
from unit_tests.helpers.support import Connector, catalog


def of_stream(state: object, name: str = "contacts", **descriptor: Any) -> dict[str, Any]:
    return {"stream_descriptor": {"name": name, **descriptor}, "stream_state": state}


def stream_message(*arguments: Any, **descriptor: Any) -> dict[str, Any]:
    return {"type": "STREAM", "stream": of_stream(*arguments, **descriptor)}


def global_message(*states: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"type": "GLOBAL", "global": {"stream_states": list(states), **more}}


@pytest.fixture
def newest(emulator: Emulator) -> dict[str, Any]:
    """A state that claims everything."""
    return {"updated_at": max(contact["updated_at"] for contact in emulator.snapshot().values())}


@pytest.mark.parametrize(
    "form",
    [
        lambda state: [stream_message(state, namespace="")],
        lambda state: [{"type": "STATE", "state": stream_message(state, namespace="")}],
        lambda state: [{**stream_message(state, namespace=None), "global": None}],
        lambda state: [stream_message(state, name="companies"), stream_message(state)],
        lambda state: [global_message(of_stream(state, namespace=""))],
        lambda state: [global_message(of_stream({}, name="companies"), of_stream(state))],
    ],
)
def test_a_state_that_counts(connector: Connector, config: dict[str, Any], newest: dict[str, Any], form: Any) -> None:
    read = connector("read", config={**config, "lookback_window_seconds": 0}, catalog=catalog(), state=form(newest))
    assert read.exit_code == 0
    assert len(read.records) == 1


REFUSED = [
    [global_message()],
    [{"type": "GLOBAL"}],
    [{"type": "GLOBAL", "global": None}],
    [global_message(of_stream({"updated_at": "2026-03-01T12:00:00Z"}, name="deals"))],
    [global_message(of_stream({"updated_at": "2026-03-01T12:00:00Z"}, namespace="elsewhere"))],
    [global_message(of_stream([]))],
    [{"type": "STREAM"}],
    [{"type": "STREAM", "stream": None}],
    [stream_message([])],
    [stream_message("")],
    [stream_message([["updated_at", "2026-03-01T12:00:00Z"]])],
    [stream_message({"updated_at": "2026-03-01T12:00:00Z"}, namespace=" ")],
    {"contacts": []},
    {"contacts": ""},
    {"contacts": False},
]


@pytest.mark.parametrize("state", REFUSED)
def test_a_state_that_says_nothing_of_the_stream(connector: Connector, config: dict[str, Any], state: object) -> None:
    failure_type, message = connector("read", config=config, catalog=catalog(), state=state).failure
    assert failure_type is FailureType.config_error
    assert message.startswith("The state ")
    assert "leave --state away to read everything" in message


CONTACTS = StreamDescriptor(name="contacts")
UP_TO_NOW = AirbyteStreamState(
    stream_descriptor=CONTACTS, stream_state=AirbyteStateBlob(updated_at="2099-01-01T00:00:00Z")
)


def read_in_this_process(config: dict[str, Any], state: list[AirbyteStateMessage]) -> int:
    configured = ConfiguredAirbyteCatalogSerializer.load(catalog())
    messages = SourceAskElephant().read(logging.getLogger("airbyte"), config, configured, state)
    return sum(message.record is not None for message in messages)


@pytest.mark.parametrize(
    "state",
    [
        [AirbyteStateMessage(type=AirbyteStateType.LEGACY, data={"contacts": {}})],
        [AirbyteStateMessage(stream=UP_TO_NOW)],
        [AirbyteStateMessage(type=AirbyteStateType.GLOBAL, global_=AirbyteGlobalState(stream_states=[]))],
        [AirbyteStateMessageSerializer.load(stream_message({}, name="deals"))],
    ],
)
def test_a_state_given_in_this_process(config: dict[str, Any], state: list[AirbyteStateMessage]) -> None:
    with pytest.raises(ConfigError, match="The state can't be read"):
        read_in_this_process(config, state)


def test_states_that_count_in_this_process(config: dict[str, Any], newest: dict[str, Any]) -> None:
    for given in (stream_message(newest, namespace=""), global_message(of_stream(newest))):
        message = AirbyteStateMessageSerializer.load(given)
        assert read_in_this_process({**config, "lookback_window_seconds": 0}, [message]) == 1
        # The engine takes a GLOBAL state only if nothing stands beside it.
        assert read_in_this_process({**config, "lookback_window_seconds": 0}, [message, message]) == 1
    assert read_in_this_process(config, []) == 250


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_no_state_and_told(connector: Connector, config: dict[str, Any], text: str) -> None:
    read = connector("read", config=config, catalog=catalog(), state=text)
    assert len(read.records) == 250
    (warning,) = read.logs(Level.WARN)
    assert warning.endswith(
        "is empty, so everything is read. If a read before this one was to write it, that one ended without a STATE "
        "message."
    )


@pytest.mark.parametrize("state", [[], {}, None, {"contacts": {}}, {"contacts": None}, [stream_message(None)]])
def test_what_a_platform_writes_for_no_state(connector: Connector, config: dict[str, Any], state: object) -> None:
    read = connector("read", config=config, catalog=catalog(), state=json.dumps(state))
    assert len(read.records) == 250
    assert not read.logs(Level.WARN)
