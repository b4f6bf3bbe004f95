"""Whatever stands in the files: a command succeeds, or says in a sentence what is wrong with which file.

Never a traceback, a read of everything in spite of a state, or a state that went back. FUZZ_EXAMPLES sets how many
cases each test tries; without it they are always the same, and take a minute, as CI runs them.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emulator import Emulator, Settings
from source_askelephant.config.parsing import parse_config
from source_askelephant.errors import ConfigError
from source_askelephant.instants import parse_instant
from unit_tests.helpers import leaks, simulation
from unit_tests.helpers.support import catalog, sample_config

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
CONTACTS = 30
NEWEST = "2026-03-01T12:00:00Z"

fuzz = settings(
    max_examples=EXAMPLES or 500,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
DATES = st.sampled_from(
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01T00:00:00.123456+14:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.999999-14:00",
        "9999-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T25:00:00Z",
        "\u0662\u0660\u0662\u0666-01-01T00:00:00Z",
        "",
        "1767225600",
    ]
)
VALUES = JSON | DATES | st.sampled_from([-1, 0, 1, 10**30, -(10**30), 1e308, "1", " 4 ", [["a", "b"]], {}, [[]]])


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    with Emulator(Settings(contacts=CONTACTS)) as emulator:
        yield emulator


@pytest.fixture(scope="module", autouse=True)
def _quiet_log() -> Iterator[None]:
    """Thousands of runs: what they log is not looked at."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def mutated(draw: Callable[..., Any], document: Any) -> Any:
    """A document of which one part was dropped, renamed or replaced."""
    if isinstance(document, dict) and document and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(document)))
        how = draw(st.sampled_from(["drop", "rename", "within", "within", "add"]))
        rest = {key: value for key, value in document.items() if key != name}
        if how == "drop":
            return rest
        if how == "rename":
            return {**rest, draw(st.text(max_size=12)): document[name]}
        if how == "add":
            return {**document, draw(st.text(max_size=12)): draw(JSON)}
        return {**document, name: mutated(draw, document[name])}
    if isinstance(document, list) and document and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(document) - 1))
        how = draw(st.sampled_from(["drop", "twice", "within", "within"]))
        inside = {"drop": [], "twice": [document[at]] * 2, "within": [mutated(draw, document[at])]}[how]
        return [*document[:at], *inside, *document[at + 1 :]]
    return draw(VALUES)


@st.composite
def mutations(draw: Callable[..., Any], document: Any) -> Any:
    for _ in range(draw(st.integers(1, 3))):
        document = mutated(draw, document)
    return document


def contents(documents: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """What may stand in a file: a document, cut off or spoilt now and then, or anything; but for a credential."""
    written = documents.map(lambda document: json.dumps(document).encode())
    return (
        written
        | written.map(lambda text: b"\xef\xbb\xbf" + text)
        | st.tuples(written, st.integers(0, 400)).map(lambda pair: pair[0][: pair[1]])
        | st.binary(max_size=60)
        | st.sampled_from([b"", b"[" * 1_000_000, b'{"a":' * 100_000, b"\xff\xfe{\x00}\x00", b"NaN", b'{"a":1}{"a":2}'])
    ).filter(lambda content: not leaks.is_in(content))


def run(verb: str, **files: object) -> list[dict[str, Any]] | str:
    """Messages of a command that succeeded, or the sentence of one that refused what it was given.

    Any other end fails the test: another exception, another type of error, a credential in the output.
    """
    messages, refusal = simulation.run(verb, None, **files)
    if refusal is None:
        return messages
    message = str(refusal.message)
    leaks.assert_none(message)
    assert refusal.failure_type == FailureType.config_error, message
    assert message.endswith("."), "a sentence"
    return message


def good(emulator: Emulator) -> dict[str, Any]:
    return sample_config(
        emulator,
        start_date="2020-01-01T00:00:00Z",
        search="a",
        crm_contact_ids=["1", "2"],
        lookback_window_seconds=60,
        num_workers=2,
    )


@pytest.mark.slow
@fuzz
@given(document=mutations(good(Emulator(Settings(contacts=0)))) | JSON)
def test_a_configuration_is_taken_or_refused_with_a_sentence(document: Any) -> None:
    if not isinstance(document, dict):
        return
    said = "Invalid configuration: "
    try:
        parse_config(document)
    except ConfigError as error:
        said = str(error)
    assert said.startswith("Invalid configuration: ")
    leaks.assert_none(said)


@pytest.mark.slow
@fuzz
@given(content=contents(JSON))
def test_a_configuration_file(content: bytes) -> None:
    messages = run("check", config=content)
    if not isinstance(messages, str):
        statuses = [message["connectionStatus"]["status"] for message in messages if message["type"] != "LOG"]
        assert statuses == ["FAILED"], "nothing made up can work"


SAVED = {"updated_at": NEWEST, "windows": [["2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"]]}
STATE: list[dict[str, Any]] = [
    {"type": "STREAM", "stream": {"stream_descriptor": {"name": "contacts"}, "stream_state": SAVED}}
]


@pytest.mark.slow
@fuzz
@example(content=json.dumps([{**STATE[0], "stream": {**STATE[0]["stream"], "stream_state": None}}]).encode())
@example(content=json.dumps({"updated_at": NEWEST, "windows": [[NEWEST, NEWEST]] * 20_000}).encode())
@example(content=json.dumps({"updated_at": NEWEST, "windows": [["2026-03-03T00:00:00Z", NEWEST]]}).encode())
@given(content=contents(mutations(STATE) | mutations(SAVED) | JSON))
def test_a_state_file(served: Emulator, content: bytes) -> None:
    messages = run("read", config=sample_config(served, num_workers=2), catalog=catalog(), state=content)
    if isinstance(messages, str):
        return
    records = [message for message in messages if message["type"] == "RECORD"]
    states = [message["state"]["stream"]["stream_state"] for message in messages if message["type"] == "STATE"]
    given = watermark_of(content)
    if given is None:
        assert says_nothing(content), "a state that says something was passed over"
        assert len(records) == CONTACTS
    else:
        watermarks = [parse_instant(state["updated_at"]) for state in states if state]
        assert all(mark >= given for mark in watermarks), "the state went back"


def last_state(content: bytes) -> Any:
    """The state of the stream contacts in a file, as far as this test knows the ways to write it."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    for item in reversed(document if isinstance(document, list) else [document]):
        stream = item.get("stream") if isinstance(item, dict) else None
        if isinstance(stream, dict):
            return stream.get("stream_state")
    return document


def watermark_of(content: bytes) -> int | None:
    state = last_state(content)
    try:
        return parse_instant(state["updated_at"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def says_nothing(content: bytes) -> bool:
    """Whether a state that was accepted leaves it open where to go on from: empty, or of no stream of this source."""
    return not content.strip() or not last_state(content) or b'"contacts"' not in content


@pytest.mark.slow
@fuzz
@given(content=contents(mutations(catalog()) | JSON))
def test_a_catalog_file(served: Emulator, content: bytes) -> None:
    messages = run("read", config=sample_config(served, num_workers=2), catalog=content)
    if isinstance(messages, str):
        return
    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    assert {record["stream"] for record in records} <= {"contacts"}
    assert len(records) in {0, CONTACTS}
