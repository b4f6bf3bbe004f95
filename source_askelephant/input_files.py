"""The files that the command line names: configuration, catalog and state, each with an error for a person."""

import json
import logging
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStateType,
    AirbyteStreamState,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from source_askelephant.errors import ConfigError, quoted

logger = logging.getLogger("airbyte")


def read_config(path: str) -> dict[str, Any]:
    """Read the configuration's file; what is in it is checked later.

    Raises:
        ConfigError: if it can't be read, or holds no JSON object.
    """
    config = _read_json("configuration", path)
    if not isinstance(config, dict):
        raise ConfigError(f"The configuration {path} holds a JSON {type(config).__name__}; write an object: {{…}}.")
    return config


def read_catalog(path: str) -> ConfiguredAirbyteCatalog:
    """Read the configured catalog.

    Raises:
        ConfigError: if it can't be read, or is no configured catalog.
    """
    catalog = _read_json("catalog", path)
    try:
        return ConfiguredAirbyteCatalogSerializer.load(catalog)
    except Exception as error:  # noqa: BLE001 - the serializer documents none of its exceptions
        why = _why(error, unnamed="a stream's json_schema" if isinstance(catalog, dict) else "")
        raise ConfigError(
            f"The catalog {path} is not a configured catalog ({why}). It lists streams, each with "
            "stream, sync_mode and destination_sync_mode; see integration_tests/configured_catalog.json."
        ) from None


def check_catalog(named: list[str], streams: list[str]) -> None:
    """Refuse a catalog that the source can't read.

    Raises:
        ConfigError: if it names a stream that isn't among the source's, or one twice.
    """
    unknown = [name for name in named if name not in streams]
    if unknown:
        raise ConfigError(
            f"The catalog names {quoted(', '.join(map(repr, unknown)))}, but this source has only "
            f"{', '.join(streams)}. Refresh the connection's schema, or correct the catalog."
        )
    if len(named) > len(set(named)):  # the engine would wait for the first of them for ever
        raise ConfigError("The catalog names a stream twice. Refresh the connection's schema, or correct the catalog.")


def read_state(path: str | None, streams: list[str], selected: Sequence[str] = ()) -> list[AirbyteStateMessage]:
    """Read the state to go on from; an empty list if there is no file or nothing in it (which is logged).

    Accepted are the platform's list of states, STATE messages as a read prints them (one, or a line each, of
    which the last one of a stream counts), the states by stream name, and, if one stream is to be read, that
    stream's state alone.

    Args:
        path: where the file is, None if there is none.
        streams: the source's.
        selected: those of them that are to be read.

    Raises:
        ConfigError: if the file can't be read, or holds none of these.
    """
    if not path:
        return []
    document = _read_json("state", path, lines=True)
    try:
        return _that_count([_state_message(each) for each in _state_messages(document, streams, selected)], streams)
    except Exception as error:  # noqa: BLE001 - the serializer documents none of its exceptions
        raise _unreadable(f"The state {path}", error) from None


def check_state(given: list[AirbyteStateMessage], streams: list[str]) -> list[AirbyteStateMessage]:
    """Refuse a state that the engine would pass over in silence, so that everything would be read again.

    Returns:
        What of it counts. An empty namespace is none.

    Raises:
        ConfigError: if it says nothing about any of the source's streams.
    """
    try:
        return _that_count(given, streams)
    except ValueError as error:
        raise _unreadable("The state", error) from None


def _that_count(given: list[AirbyteStateMessage], streams: list[str]) -> list[AirbyteStateMessage]:
    given = deepcopy(given)
    found = [message for message in given if message.type is AirbyteStateType.GLOBAL][-1:] or given
    parts = [part for message in found for part in _parts(message)]
    for descriptor in (part.stream_descriptor for part in parts):
        descriptor.namespace = descriptor.namespace or None
    if found and not any(
        part.stream_descriptor.name in streams and part.stream_descriptor.namespace is None for part in parts
    ):
        raise ValueError(f"it is of none of the source's streams ({', '.join(streams)})")
    ConnectorStateManager(found)  # which the engine will do: it refuses what the serializer lets through
    return found


def _parts(message: AirbyteStateMessage) -> list[AirbyteStreamState]:
    """The states of single streams that a state message holds."""
    if message.type is AirbyteStateType.GLOBAL and message.global_:
        return message.global_.stream_states
    if message.type is AirbyteStateType.STREAM and message.stream:
        return [message.stream]
    raise ValueError("its STATE message holds the state of no stream")


def _unreadable(what: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"{what} can't be read ({_why(error)}). Write the last STATE message of each stream of the read before, or "
        'something like {"contacts": {"updated_at": "2026-03-01T12:00:00Z"}}; leave --state away to read everything.'
    )


def _state_messages(document: Any, streams: list[str], selected: Sequence[str]) -> list[dict[str, Any]]:
    if document is None or document in ({}, []):
        return []
    if isinstance(document, list):
        return [message for item in document for message in _state_messages(item, streams, selected)]
    if not isinstance(document, dict):
        raise TypeError(f"a JSON {type(document).__name__} where a state was expected")
    if document.get("type") == "STATE":
        document = document.get("state")
        if not isinstance(document, dict) or document.get("type") not in {"STREAM", "GLOBAL"}:
            raise ValueError("its STATE message holds the state of no stream")
    if document.get("type") in {"STREAM", "GLOBAL"}:
        return [document]
    by_stream = document if document.keys() <= set(streams) else dict.fromkeys(selected, document)
    if by_stream is not document and len(by_stream) != 1:
        raise ValueError("it doesn't say of which stream it is")
    return [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}
        for name, state in by_stream.items()
    ]


def _state_message(document: dict[str, Any]) -> AirbyteStateMessage:
    message = AirbyteStateMessageSerializer.load(document)
    _parts(message)  # refuses a message without any
    parts = document["global"]["stream_states"] if message.type is AirbyteStateType.GLOBAL else [document["stream"]]
    for state in (part.get("stream_state") for part in parts):
        if not isinstance(state, dict | None):  # of an empty list, the serializer makes an empty state
            raise TypeError(f"a JSON {type(state).__name__} where a stream's state was expected")
    return message


def _read_json(what: str, path: str, *, lines: bool = False) -> Any:
    if path.lstrip().startswith(("{", "[")):  # it may hold a key, and must not be shown
        raise ConfigError(f"The {what} was given as JSON; write it into a file, and name the file.")
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"The {what} {path} can't be opened: {error.strerror}. Make sure that the file exists and that the "
            "user who runs the connector may read it."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"The {what} {path} is not UTF-8 text; save it as UTF-8.") from None
    try:
        if lines and not text.strip():
            logger.warning(
                f"The {what} {path} is empty, so everything is read. If a read before this one was to write it, that "
                "one ended without a STATE message."
            )
            return []
        return json.loads(text)
    except RecursionError:
        raise ConfigError(f"The {what} {path} is nested too deeply to be one.") from None
    except ValueError as error:
        try:
            if lines:
                return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            pass
        raise ConfigError(f"The {what} {path} is not valid JSON: {error}.") from None


def _why(error: Exception, unnamed: str = "") -> str:
    """What the serializer or this module found wrong, and in which field; the serializer can't name every one."""
    for found in getattr(error, "errors", ()):
        field = found.instance_path.replace("/", ".") or unnamed
        return quoted(f"{field}: {found.message}" if field else found.message)
    return quoted(str(error) or type(error).__name__)
