"""A server that asks for no wait gets as long to recover as one that says nothing; one that asks, as long as that.

A 429, or a 503 with a wait, is of the rate limit (test_rate_limit.py), and of no other failure.
"""

import time
from typing import Any

import pytest

from emulator import FOREVER, Emulator, Fault
from source_askelephant.api.retries import RetryPolicy
from source_askelephant.source import Patience
from unit_tests.helpers.support import Connector, catalog

SHORTEST = 0.2 + 0.4 + 0.8  # seconds of three waits
POLICY = RetryPolicy(attempts=4, max_retry_after=60, rate_limit_timeout=60, wait_initial=0.4)
PAST = "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("retry_after", ["0", "00", PAST])
def test_no_wait(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int, retry_after: str
) -> None:
    emulator.fail_next(Fault("status", status=status, headers={"Retry-After": retry_after}), times=3)
    began = time.monotonic()
    output = connector("read", patience=Patience(read=POLICY), config=config, catalog=catalog())
    assert output.exit_code == 0, output.failure
    assert len(output.records) == 250
    assert time.monotonic() - began > SHORTEST


def test_a_wait_that_is_shorter_than_the_connectors_own(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    emulator.fail_next(Fault("status", status=500, headers={"Retry-After": "1"}))
    began = time.monotonic()
    output = connector(
        "read", patience=Patience(read=POLICY._replace(wait_initial=3)), config=config, catalog=catalog()
    )
    assert len(output.records) == 250
    assert time.monotonic() - began > 1.5


def test_a_wait_that_is_longer(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.fail_next(Fault("status", status=503, headers={"Retry-After": "1"}))
    began = time.monotonic()
    assert connector("check", patience=Patience(check=POLICY), config=config).connection == ("SUCCEEDED", None)
    assert 1 < time.monotonic() - began < 3


def test_the_api_is_not_blamed_for_the_connectors_own_wait(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    policy = POLICY._replace(max_retry_after=0.1)
    emulator.fail_next(Fault("status", status=503), times=FOREVER)
    _, message = connector("check", patience=Patience(check=policy), config=config).connection
    assert "The connector tried 4 times." in str(message)
    assert "asks to wait" not in str(message)
