"""The files that the command line names: every form that is accepted, and a sentence for every other."""

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from source_askelephant.errors import ConfigError
from source_askelephant.input_files import read_catalog, read_config, read_state
from unit_tests.helpers.support import Connector, catalog, command_line

STATE = {"updated_at": "2026-03-01T12:00:00Z"}
STREAM = '{"stream_descriptor":{"name":"contacts"},"stream_state":{"updated_at":"2026-03-01T12:00:00Z"}}'
OLDER = STREAM.replace("12:00:00", "11:00:00")


@pytest.mark.parametrize(
    "text",
    [
        '{"updated_at": "2026-03-01T12:00:00Z"}',
        '{"contacts": {"updated_at": "2026-03-01T12:00:00Z"}}',
        f'[{{"type":"STREAM","stream":{STREAM}}}]',
        f'{{"type":"STREAM","stream":{STREAM}}}',
        f'{{"type":"STATE","state":{{"type":"STREAM","stream":{STREAM},"sourceStats":{{"recordCount":1.0}}}}}}\n',
        "".join(f'{{"type":"STATE","state":{{"type":"STREAM","stream":{stream}}}}}\n' for stream in (OLDER, STREAM)),
        f'\ufeff[{{"type":"STREAM","stream":{STREAM}}}]',
    ],
)
def test_a_state_in_every_form(tmp_path: Path, text: str) -> None:
    *_, path = command_line(tmp_path, "read", state=text)
    last = read_state(path, ["companies", "contacts"], ["contacts"])[-1]
    assert last.stream is not None
    assert last.stream.stream_descriptor.name == "contacts"
    assert vars(last.stream.stream_state) == STATE


@pytest.mark.parametrize("text", ["", "\n", "[]", "{}", "null"])
def test_an_empty_state(tmp_path: Path, text: str) -> None:
    *_, path = command_line(tmp_path, "read", state=text)
    assert read_state(path, ["contacts"]) == []
    assert read_state(None, ["contacts"]) == []


@pytest.mark.parametrize("text", ["{", "5", '"text"', '[{"type":"STREAM"}]', '[{"type":"STREAM","stream":5}]', "[7]"])
def test_an_unreadable_state_ends_the_read(connector: Connector, config: dict[str, Any], text: str) -> None:
    output = connector("read", config=config, catalog=catalog(), state=text)
    _, message = output.failure
    assert message.startswith("The state ")
    assert not output.records


def test_a_state_of_garbage_ends_the_read(connector: Connector, config: dict[str, Any]) -> None:
    output = connector("read", config=config, catalog=catalog(), state={"updated_at": "garbage"})
    _, message = output.failure
    assert "'garbage' is not a timestamp" in message
    assert not output.records


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "can't be opened: No such file or directory. Make sure that the file exists"),
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"[]", "holds a JSON list; write an object"),
        (b"\xff\xfe{\x00}\x00", "is not UTF-8 text; save it as UTF-8."),
        (b"[" * 1_000_000, "is nested too deeply to be one."),
    ],
)
def test_an_unreadable_configuration(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config(str(path))
    assert str(caught.value).startswith(f"The configuration {path} ")
    assert sentence in str(caught.value)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be opened: Is a directory"):
        read_config(str(tmp_path))


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", '{"streams": 5}', '{"streams": [{"stream": {"name": "contacts"}}]}'],
)
def test_what_is_no_catalog(tmp_path: Path, text: str) -> None:
    *_, path = command_line(tmp_path, "read", catalog=text)
    with pytest.raises(ConfigError, match="is not a configured catalog"):
        read_catalog(path)


STREAM_OF_CATALOG: dict[str, Any] = catalog()["streams"][0]


@pytest.mark.parametrize(
    ("streams", "why"),
    [
        ([{**STREAM_OF_CATALOG, "sync_mode": "fast"}], 'streams.0.sync_mode: "fast" is not one of'),
        ([{"stream": STREAM_OF_CATALOG["stream"]}], 'streams.0.sync_mode: "sync_mode" is a required property'),
        ([STREAM_OF_CATALOG, {}], 'streams.1.stream: "stream" is a required property'),
        ([{**STREAM_OF_CATALOG, "primary_key": ["id"]}], 'streams.0.primary_key.0: "id" is not of type "list"'),
        (
            [{**STREAM_OF_CATALOG, "stream": {**STREAM_OF_CATALOG["stream"], "json_schema": []}}],
            "a stream's json_schema: ",
        ),
        ([7], 'streams.0: 7 is not of type "object"'),
        ({}, 'streams: {} is not of type "list"'),
    ],
)
def test_a_catalog_that_is_none_names_the_field(
    connector: Connector, config: dict[str, Any], streams: object, why: str
) -> None:
    failure_type, message = connector("read", config=config, catalog={"streams": streams}).failure
    assert failure_type == FailureType.config_error
    assert f"is not a configured catalog ({why}" in message


def test_a_catalog_of_long_texts_is_cut(connector: Connector, config: dict[str, Any]) -> None:
    for streams in (
        [{**STREAM_OF_CATALOG, "sync_mode": "x" * 30_000}],
        catalog("incremental", "y" * 30_000)["streams"],
    ):
        _, message = connector("read", config=config, catalog={"streams": streams}).failure
        assert len(message) < 1_500


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"type": "STREAM", "stream": {}}, 'stream.stream_descriptor: "stream_descriptor" is a required property'),
        (
            {"type": "STREAM", "stream": {"stream_descriptor": {"name": 3}}},
            "stream.stream_descriptor.name: 3 is not of",
        ),
        ({"type": "GLOBAL", "global": {"stream_states": {}}}, 'global.stream_states: {} is not of type "list"'),
    ],
)
def test_a_state_that_is_none_names_the_field(
    connector: Connector, config: dict[str, Any], state: object, why: str
) -> None:
    _, message = connector("read", config=config, catalog=catalog(), state=state).failure
    assert f"can't be read ({why}" in message


def test_a_catalog_with_an_unknown_stream(connector: Connector, config: dict[str, Any]) -> None:
    _, message = connector("read", config=config, catalog=catalog("incremental", "deals")).failure
    assert (
        "The catalog names 'deals', but this source has only contacts, companies, users, tags, engagements." in message
    )


def test_a_catalog_without_streams_reads_nothing(connector: Connector, config: dict[str, Any]) -> None:
    output = connector("read", config=config, catalog={"streams": []})
    assert output.exit_code == 0
    assert not output.records


def test_a_catalog_that_names_a_stream_twice(connector: Connector, config: dict[str, Any]) -> None:
    """The CDK's engine would wait for ever."""
    twice = {"streams": catalog()["streams"] * 2}
    failure_type, message = connector("read", config=config, catalog=twice).failure
    assert failure_type == FailureType.config_error
    assert message.startswith("The catalog names a stream twice.")


def in_state_message(state: object) -> str:
    return json.dumps({"type": "STATE", "state": state})


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "false",
        '""',
        STREAM.replace('"contacts"', '"deals"').join(['[{"type":"STREAM","stream":', "}]"]),
        STREAM.replace('"contacts"', '"contacts","namespace":"elsewhere"').join(['[{"type":"STREAM","stream":', "}]"]),
        in_state_message({"type": "LEGACY", "data": {"contacts": STATE}}),
        in_state_message({"data": STATE}),
        in_state_message(None),
        json.dumps({**STATE, "windows": [["2026-03-03T00:00:00Z", "2026-03-02T00:00:00Z"]]}),
    ],
)
def test_a_state_that_would_be_passed_over_is_refused(connector: Connector, config: dict[str, Any], text: str) -> None:
    failure_type, message = connector("read", config=config, catalog=catalog(), state=text).failure
    assert failure_type == FailureType.config_error
    assert "can't be read" in message


def test_of_two_global_states_the_last_counts(tmp_path: Path) -> None:
    descriptor = {"stream_descriptor": {"name": "contacts"}}
    states = [
        {"type": "GLOBAL", "global": {"stream_states": [{**descriptor, "stream_state": {"updated_at": day}}]}}
        for day in ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    ]
    *_, path = command_line(tmp_path, "read", state=states)
    (message,) = read_state(path, ["contacts"])
    assert message.global_
    assert vars(message.global_.stream_states[0].stream_state) == {"updated_at": "2026-02-01T00:00:00Z"}


def test_json_in_place_of_a_path_is_not_shown() -> None:
    with pytest.raises(ConfigError, match="was given as JSON; write it into a file") as caught:
        read_config(' {"credentials": {"api_key": "sk-apik_fake.shown-never"}}')
    assert "sk-apik" not in str(caught.value)
