"""Signing in with oauth2.0: tokens are obtained, renewed by one for all workers, and never lost or shown."""

import json
import subprocess
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, FailureType, Type

from emulator import FOREVER, Emulator, Fault, Settings
from source_askelephant.source import SourceAskElephant
from source_askelephant.streams.base import ListStream
from unit_tests.helpers.claims import state_of
from unit_tests.helpers.processes import CONSOLE_SCRIPT, Nursery, environment
from unit_tests.helpers.support import (
    IMPATIENT,
    LISTS,
    Connector,
    Output,
    by_id,
    catalog,
    command_line,
    ids,
    oauth_credentials,
    sample_config,
)

TOKEN_PATH = "/api/v1/oauth/token"
UNUSABLE: list[object] = ["soon", "", "nan", 0, -1, True, None, []]
USED_UP = "Its refresh token has expired, was revoked or was used before (it may work only once"


@pytest.fixture
def connector(connector: Connector) -> Connector:
    return partial(connector, patience=IMPATIENT)


@pytest.fixture
def config(emulator: Emulator) -> dict[str, Any]:
    """As the platform gives it: with a field of its own."""
    return sample_config(emulator, credentials=oauth_credentials(emulator), _platform={"kept": True})


def controls(messages: list[AirbyteMessage]) -> list[dict[str, Any]]:
    """The configurations that were handed to the platform."""
    return [dict(each.control.connectorConfig.config) for each in messages if each.control]


def with_tokens(config: dict[str, Any], **tokens: str) -> dict[str, Any]:
    return {**config, "credentials": {**config["credentials"], **tokens}}


def without_stored_token(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with nothing but its refresh token, so that a refresh is needed."""
    stored = {"access_token", "token_expiry_date"}
    return {**config, "credentials": {k: v for k, v in config["credentials"].items() if k not in stored}}


def asked(emulator: Emulator) -> list[tuple[str, int | None]]:
    return [("token" if request.path == TOKEN_PATH else "page", request.status) for request in emulator.requests]


def assert_all_read(emulator: Emulator, records: list[dict[str, Any]]) -> None:
    assert by_id(records) == by_id(emulator.snapshot().values())
    assert len(records) == len(set(ids(records)))


def assert_each_token_was_used_to_its_end(emulator: Emulator, lifetime: int) -> None:
    answered = asked(emulator).count(("page", 200))
    assert emulator.stats().refreshes == -(-answered // lifetime)
    assert asked(emulator).count(("token", 200)) == emulator.stats().refreshes
    assert ("token", 400) not in asked(emulator)


def test_check_and_read(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    checked = connector("check", config=config)
    assert checked.connection == ("SUCCEEDED", None)
    assert asked(emulator) == [("token", 200)] + [("page", 200)] * len(LISTS)
    assert "authorization" not in emulator.requests[0].headers
    assert emulator.requests[0].headers["user-agent"].startswith("source-askelephant/")
    (handed_over,) = controls(checked.messages)
    tokens = {name: handed_over["credentials"][name] for name in ("refresh_token", "access_token", "token_expiry_date")}
    assert handed_over == with_tokens(config, **tokens)
    assert tokens["refresh_token"] != config["credentials"]["refresh_token"]

    handed_over = without_stored_token(handed_over)
    read = connector("read", config=handed_over, catalog=catalog())
    assert read.exit_code == 0
    assert_all_read(emulator, read.records)
    kinds = [message.type for message in read.messages]
    assert kinds.index(Type.CONTROL) < kinds.index(Type.RECORD)

    (newest,) = controls(read.messages)
    assert connector("read", config=newest, catalog=catalog(), state=[read.states[-1]]).exit_code == 0
    failed_as, message = connector("read", config=handed_over, catalog=catalog()).failure
    assert failed_as is FailureType.config_error
    assert "refused the request with status 400: invalid_grant; The refresh token is unknown, was used" in message
    assert USED_UP in message
    assert "authorize again, and write the new one as credentials.refresh_token" in message


def test_discover_needs_no_token(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    assert controls(connector("discover", config=config).messages) == []
    assert emulator.requests == []


def test_a_refresh_token_that_stays_is_not_handed_over(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=500, keep_refresh_token=True, token_ttl_requests=3))
    for _ in range(2):
        # Of several workers, one would find the newest token used up by the others.
        output = connector("read", config={**config, "num_workers": 1}, catalog=catalog())
        assert_all_read(emulator, output.records)
        assert controls(output.messages) == []


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "lifetime"), [(1, 2), (1, 7), (10, 25), (20, 45)])
def test_tokens_that_expire_while_workers_read(
    emulator: Emulator, connector: Connector, config: dict[str, Any], workers: int, lifetime: int
) -> None:
    emulator.reset(Settings(contacts=15_000, token_ttl_requests=lifetime, latency_ms=1))
    output = connector("read", config={**config, "num_workers": workers}, catalog=catalog())
    assert output.exit_code == 0, output.errors
    assert_all_read(emulator, output.records)
    assert_each_token_was_used_to_its_end(emulator, lifetime)
    assert emulator.stats().refreshes > 3
    handed_over = controls(output.messages)
    assert len(handed_over) == emulator.stats().refreshes
    assert connector("check", config=handed_over[-1]).connection == ("SUCCEEDED", None)


def test_a_token_is_renewed_before_it_expires(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=3_000, token_expires_in=1, latency_ms=50))
    output = connector("read", config={**config, "num_workers": 1}, catalog=catalog())
    assert_all_read(emulator, output.records)
    assert ("page", 401) not in asked(emulator)
    assert emulator.stats().refreshes >= 2


@pytest.mark.parametrize("expires_in", [{}, *({"expires_in": each} for each in UNUSABLE)])
def test_an_answer_that_does_not_say_for_how_long(
    emulator: Emulator, connector: Connector, config: dict[str, Any], expires_in: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("body", body={"access_token": emulator.settings.access_token, **expires_in}))
    output = connector("read", config=config, catalog=catalog())
    assert_all_read(emulator, output.records)
    assert emulator.stats().refreshes == 0
    assert "Obtained an access token, to be used until AskElephant refuses it." in output.logs()


def test_a_second_401_is_an_error_like_any_other(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.revoke()
    failed_as, message = connector("read", config=config, catalog=catalog()).failure
    assert failed_as is FailureType.config_error
    assert "status 401: Unauthorized; The credential has expired or was revoked (request_id req_" in message
    assert "The connector sent an OAuth access token that it had just obtained" in message
    assert asked(emulator) == [("token", 200), ("page", 401)] * 2


@pytest.mark.parametrize("verb", ["check", "read"])
def test_a_wrong_client_secret(emulator: Emulator, connector: Connector, config: dict[str, Any], verb: str) -> None:
    config["credentials"]["client_secret"] = "some-other-fake"
    documents = {"catalog": catalog()} if verb == "read" else {}
    output = connector(verb, config=config, **documents)
    message = str(output.connection[1] if verb == "check" else output.failure[1])
    assert "refused the request with status 401: invalid_client; The client is unknown, or its secret is" in message
    assert "Check credentials.client_id and credentials.client_secret; if they are right, authorize again" in message
    assert verb == "check" or output.failure[0] is FailureType.config_error
    assert asked(emulator) == [("token", 401)]


FAULTS = [
    ("html", "AskElephant answered 200 with a page of HTML or XML, where an access token was expected. Check api_url"),
    (Fault("body", body=[]), "AskElephant answered 200 with a JSON list, where an access token was expected."),
    ("empty", "AskElephant answered 200 with an empty body, where an access token was expected."),
    (Fault("body", body={}), 'answered 200 with a JSON object without an "access_token", where'),
    (Fault("body", body={"access_token": "a\nb"}), 'an "access_token" with characters that no header can carry'),
    ("array", USED_UP),  # the answer that can't be read had the next refresh token in it
    ("redirect", "with status 302: /login. The key is not carried to another address."),
    ("reset", "AskElephant gave no answer: "),
    (Fault("status", status=404), "status 404: Not Found; Not Found, as scripted (request_id "),
    (Fault("status", status=503), "as scripted (request_id "),
    (Fault("status", status=400), USED_UP),
    (Fault("status", status=403), USED_UP),
    (Fault("status", status=422), USED_UP),
    (
        Fault("status", status=400, body={"error": "x", "error_description": "s=demo-client-not-a-real-secret&t=%2B"}),
        "refused the request with status 400: x; s=****&t=%2B. ",
    ),
]


@pytest.mark.parametrize(("fault", "sentence"), FAULTS)
def test_an_endpoint_that_fails(
    emulator: Emulator, connector: Connector, config: dict[str, Any], fault: Any, sentence: str
) -> None:
    emulator.fail_next(fault, times=FOREVER)
    status, message = connector("check", config=config).connection
    assert status == "FAILED"
    assert sentence in str(message)
    assert {kind for kind, _ in asked(emulator)} == {"token"}
    assert len(emulator.requests) <= 3


@pytest.mark.parametrize("status", [429, 500])
def test_an_endpoint_that_fails_for_a_while(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int
) -> None:
    emulator.fail_next(Fault("status", status=status), times=2)
    output = connector("read", config=config, catalog=catalog())
    assert_all_read(emulator, output.records)
    assert asked(emulator)[:3] == [("token", status), ("token", status), ("token", 200)]
    assert asked(emulator).count(("token", 200)) == 1


def test_an_endpoint_that_asks_to_wait_for_too_long(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "4000"}), times=FOREVER)
    failed_as, message = connector("read", config=config, catalog=catalog()).failure
    assert failed_as is FailureType.transient_error
    assert "The API asks to wait 4000 seconds, which is too long for now." in message
    assert asked(emulator) == [("token", 429)]


def test_a_refresh_token_in_an_answer_of_no_use_is_kept(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("body", body={"refresh_token": "made-up-refresh-token"}))
    output = connector("check", config=config)
    assert controls(output.messages) == [with_tokens(config, refresh_token="made-up-refresh-token")]
    assert "invalid_grant" in str(output.connection[1])


def test_a_new_refresh_token_is_one_write_and_flushed_at_once(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a run it can't be seen that the flush is missing: the log line after it flushes as well."""
    happened: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", SimpleNamespace(write=happened.append, flush=lambda: happened.append("flush")))
        (stream, *_) = SourceAskElephant().streams(config)
        assert isinstance(stream, ListStream)
        stream.fetch({"limit": 1})
    line, flush = happened
    assert json.loads(line)["type"] == "CONTROL"
    assert line.endswith("}\n")
    assert flush == "flush"


@pytest.mark.slow
def test_killed_right_after_the_refresh(
    emulator: Emulator, connector: Connector, config: dict[str, Any], nursery: Nursery, tmp_path: Path
) -> None:
    emulator.fail_next("silence", after=1)  # so that nothing after the refresh could bring the line out
    run = nursery.start(command_line(tmp_path, "read", config=config, catalog=catalog()))
    handed_over = next(each for each in (controls([message]) for message in run.messages) if each)
    run.kill()
    assert run.end() == -9
    emulator.clear_faults()
    output = connector("read", config=handed_over[0], catalog=catalog())
    assert output.exit_code == 0
    assert_all_read(emulator, output.records)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [4, 20])
def test_a_refresh_token_revoked_while_reading_costs_no_progress(
    emulator: Emulator, connector: Connector, config: dict[str, Any], nursery: Nursery, tmp_path: Path, workers: int
) -> None:
    emulator.reset(Settings(contacts=20_000, token_ttl_requests=50, latency_ms=20))
    config["num_workers"] = workers
    run = nursery.start(command_line(tmp_path, "read", config=config, catalog=catalog()))
    messages = []
    for message in run.messages:
        messages.append(message)
        if state_of(message):
            emulator.revoke_refresh_token()
    output = Output(messages, run.end())
    failed_as, sentence = output.failure
    assert failed_as is FailureType.config_error
    assert USED_UP in sentence
    assert asked(emulator).count(("token", 400)) == 1, "one worker finds out for all"
    assert output.records
    emulator.calm_down()
    with_key = {**config, **sample_config(emulator)}
    rest = connector("read", config=with_key, catalog=catalog(), state=[output.states[-1]])
    assert rest.exit_code == 0
    assert by_id(output.records + rest.records) == by_id(emulator.snapshot().values())
    assert len(rest.records) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--debug"]])
def test_no_secret_is_shown_and_every_line_is_whole(
    emulator: Emulator, config: dict[str, Any], tmp_path: Path, options: list[str]
) -> None:
    emulator.reset(Settings(contacts=5_000, token_ttl_requests=45))
    config["num_workers"] = 20
    config["credentials"]["client_secret"] += " "
    arguments = command_line(tmp_path, "read", *options, config=config, catalog=catalog())
    done = subprocess.run([*CONSOLE_SCRIPT, *arguments], capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    handed_over = [line["control"]["connectorConfig"]["config"] for line in lines if line["type"] == "CONTROL"]
    assert len(handed_over) == emulator.stats().refreshes > 1
    rest = "\n".join(line for line in done.stdout.splitlines() if not line.startswith('{"type":"CONTROL"'))
    assert sum(line["type"] == "RECORD" for line in lines) == 5_000
    assert ("Making outbound API request" in rest) == bool(options)
    access_tokens = {request.headers.get("authorization", "Bearer -")[7:] for request in emulator.requests} - {"-"}
    refresh_tokens = {each["credentials"]["refresh_token"] for each in handed_over}
    for secret in {"demo-client-not-a-real-secret", "demo-refresh-token", *access_tokens, *refresh_tokens}:
        assert secret not in rest
    assert len(access_tokens) == len(refresh_tokens) == len(handed_over)
