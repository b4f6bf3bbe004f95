"""A rate limit slows a read down, all workers at once; as long as the API answers in the end, it doesn't fail."""

import re
import time
from itertools import groupby, pairwise
from typing import Any

import pytest
from airbyte_cdk.models import FailureType, Type

from emulator import FOREVER, Emulator, Fault, Settings
from source_askelephant.api.rate_control import MIN_PAUSE
from source_askelephant.api.retries import RetryPolicy
from source_askelephant.source import Patience
from unit_tests.helpers.support import Connector, catalog, ids

LIMITS: dict[str, dict[str, Any]] = {
    "a pause after each second": {"rate_limit": 8},
    "windows": {"rate_limit": 8, "rate_limit_kind": "window"},
    "sliding windows": {"rate_limit": 8, "rate_limit_kind": "sliding"},
    "a bucket": {"rate_limit": 8, "rate_limit_kind": "bucket", "rate_limit_burst": 3},
    "at once": {"concurrency_limit": 2, "latency_ms": 20},
    "with 503": {"rate_limit": 8, "rate_limit_kind": "window", "limit_status": 503},
}
ANNOUNCED = ("fraction", "date", "body")
"""Forms of Retry-After beside seconds."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "style"),
    [*((kind, "seconds") for kind in LIMITS), *(("windows", style) for style in (*ANNOUNCED, "none", "garbage"))],
)
def test_a_read_gets_through_a_limit(
    emulator: Emulator, connector: Connector, config: dict[str, Any], kind: str, style: Any
) -> None:
    emulator.reset(Settings(contacts=2_000, retry_after_style=style, **LIMITS[kind]))
    output = connector("read", config={**config, "num_workers": 8}, catalog=catalog())
    assert output.exit_code == 0
    assert sorted(ids(output.records)) == sorted(emulator.snapshot())
    stats = emulator.stats()
    assert stats.too_many_requests > 0, "the limit must have been reached"
    limited = [text for text in output.logs() if "rate limit is reached" in text]
    if style in {"seconds", *ANNOUNCED}:
        assert stats.too_early <= len(limited) * 8, "one request per worker may have been under way"
    assert output.statuses.count("RUNNING") == 1 + len(limited), "the platform is told of each pause"
    reasons = [
        reason.type.value
        for message in output.messages
        if message.trace and message.trace.stream_status
        for reason in message.trace.stream_status.reasons or []
    ]
    assert reasons == ["RATE_LIMITED"] * len(limited)


@pytest.mark.parametrize("style", ["seconds", "fraction", "body"])
def test_nothing_goes_out_before_the_time_is_over(
    emulator: Emulator, connector: Connector, config: dict[str, Any], style: Any
) -> None:
    """With one worker, so that nothing is under way. (A date is in whole seconds, as is the answer's own.)"""
    limit: dict[str, Any] = {"rate_limit": 2, "rate_limit_window_seconds": 2, "rate_limit_kind": "window"}
    emulator.reset(Settings(contacts=500, retry_after_style=style, **limit))
    output = connector("read", config={**config, "num_workers": 1}, catalog=catalog())
    assert len(output.records) == 500
    stats = emulator.stats()
    assert stats.too_many_requests > 0
    assert stats.too_early == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ({"rate_limit": 10, "rate_limit_kind": "window"}, r"about (9|10|9\.\d|11) requests a second"),
        ({"concurrency_limit": 3, "latency_ms": 150}, "at most (2|3) requests at once"),
    ],
)
def test_the_limit_is_found_and_said(
    emulator: Emulator, connector: Connector, config: dict[str, Any], limit: dict[str, Any], found: str
) -> None:
    emulator.reset(Settings(contacts=6_000, **limit))
    output = connector("read", config={**config, "num_workers": 8}, catalog=catalog())
    assert sorted(ids(output.records)) == sorted(emulator.snapshot())
    assert emulator.stats().too_many_requests <= 20, "each pause refuses what is under way, and there are few"
    summary = next(text for text in output.logs() if text.startswith("Finished reading"))
    assert re.search(f"The API seems to allow {found}\\.$", summary), summary


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["window", "sliding"])
@pytest.mark.parametrize("style", ["draft", "old draft", "fields", "x", "epoch"])
def test_nothing_is_refused_where_the_api_says_what_is_left(
    emulator: Emulator, connector: Connector, config: dict[str, Any], kind: Any, style: Any
) -> None:
    limit: dict[str, Any] = {"rate_limit": 20, "rate_limit_window_seconds": 2, "rate_limit_kind": kind}
    emulator.reset(Settings(contacts=4_000, rate_limit_headers=style, **limit))
    output = connector("read", config={**config, "num_workers": 8}, catalog=catalog())
    assert sorted(ids(output.records)) == sorted(emulator.snapshot())
    assert emulator.stats().too_many_requests <= 1, "an instant of a reset is in whole seconds"


def test_garbage_about_what_is_left_is_as_if_absent(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    limit: dict[str, Any] = {"rate_limit": 1_000, "rate_limit_kind": "window", "rate_limit_headers": "garbage"}
    emulator.reset(Settings(contacts=1_000, **limit))
    output = connector("read", config=config, catalog=catalog())
    assert len(output.records) == 1_000


def test_a_429_that_asks_for_no_wait_gets_one_all_the_same(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "0"}), times=3)
    began = time.monotonic()
    output = connector("read", config=config, catalog=catalog())
    assert len(output.records) == 250
    assert time.monotonic() - began > 3 * MIN_PAUSE


def test_a_wait_that_is_too_long_fails_as_transient_and_says_how_long(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=1_000))
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "4000"}), after=5, times=FOREVER)
    output = connector("read", config={**config, "num_workers": 1}, catalog=catalog())
    failed_as, message = output.failure
    assert failed_as == FailureType.transient_error
    assert "The API asks to wait 4000 seconds" in message
    assert output.states, "what was read before is kept"


def test_an_api_that_refuses_for_ever_ends_the_read(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    patience = Patience(read=RetryPolicy(attempts=1, max_retry_after=60, rate_limit_timeout=1.5))
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "1"}), times=FOREVER)
    failed_as, message = connector("read", patience=patience, config=config, catalog=catalog()).failure
    assert failed_as == FailureType.transient_error
    assert "It has said so for 1 seconds, 2 times." in message


def test_a_429_does_not_use_up_the_tries(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    once = RetryPolicy(attempts=1, max_retry_after=60, rate_limit_timeout=60, wait_initial=0.02)
    emulator.fail_next(Fault("status", status=429), times=4)
    output = connector("read", patience=Patience(read=once), config=config, catalog=catalog())
    assert output.exit_code == 0
    assert len(output.records) == 250


def test_there_is_a_sign_of_life_while_waiting(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "1"}))
    output = connector("read", patience=Patience(seconds_per_log=0.3), config=config, catalog=catalog())
    assert sum("Waiting for AskElephant's rate limit" in text for text in output.logs()) >= 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_long_wait_is_no_silence(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int
) -> None:
    """Airbyte's heartbeat counts records and states, not log lines."""
    emulator.reset(Settings(contacts=1_000))
    emulator.fail_next(Fault("status", status=status, headers={"Retry-After": "4"}), after=5)
    patience = Patience(seconds_per_sign=0.4)
    output = connector("read", patience=patience, config={**config, "num_workers": 1}, catalog=catalog())
    assert output.exit_code == 0
    runs = [
        list(run) for is_record, run in groupby(output.messages, lambda each: each.type is Type.RECORD) if not is_record
    ]
    waiting = max(runs, key=lambda run: sum(each.type is Type.STATE for each in run))
    states = [each.state for each in waiting if each.state]
    assert len(states) >= 3
    before = output.messages[: output.messages.index(waiting[0])]
    read = sum(each.type is Type.RECORD for each in before)
    told = sum(each.state.sourceStats.recordCount or 0 for each in before if each.state and each.state.sourceStats)
    assert states[0].sourceStats
    assert states[0].sourceStats.recordCount == read - told > 0, "the first says what was read"


def test_a_state_given_again_claims_nothing_new(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.reset(Settings(contacts=1_000))
    emulator.fail_next(Fault("status", status=429, headers={"Retry-After": "2"}), after=5)
    patience = Patience(seconds_per_sign=0.2)
    output = connector("read", patience=patience, config={**config, "num_workers": 1}, catalog=catalog())
    claimed = [message.state for message in output.messages if message.state]
    again = [now for before, now in pairwise(claimed) if now.stream == before.stream]
    assert again
    assert all(state.sourceStats and state.sourceStats.recordCount == 0 for state in again)
