"""What a user reads when the API or the network fails, beyond docs/errors.md: whole sentences, and rarer answers.

That each documented failure is of its type, in a read and in a check, is tested in commands/test_hostile.py.
"""

import time
from typing import Any

import pytest
from airbyte_cdk.models import FailureType

from emulator import FOREVER, Emulator, Fault, Settings
from source_askelephant.api.transport import Timeouts
from source_askelephant.source import Patience
from unit_tests.helpers.support import IMPATIENT, Connector, catalog, ids, tried_lists

CONFIG, TRANSIENT, SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error

PROBLEM = {
    "type": "https://docs.example.com/errors/some-problem",
    "title": "Some Problem",
    "status": 400,
    "detail": "Something about it.",
    "request_id": "req_42",
}
SAID = "Some Problem; Something about it (request_id req_42)"


def problem_with(field: str) -> dict[str, Any]:
    return {**PROBLEM, "errors": [{"field": field, "code": "invalid", "message": "is not accepted"}]}


ADVICE = [
    (400, f"with status 400: {SAID}. This is a defect of the connector or a change of the API"),
    (401, f"{SAID}. The connector sent an API key, as it is in the Authorization header. Make sure"),
    (403, f"{SAID}. Scopes are missing for these lists: contacts (needs contacts:read), companies (needs "),
    (404, f"{SAID}. Check api_url, which is http://127.0.0.1:"),
    (500, f"{SAID}. This usually passes: sync again later"),
]


@pytest.mark.parametrize(("status", "sentence"), ADVICE)
def test_what_the_api_said_comes_with_advice(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int, sentence: str
) -> None:
    emulator.fail_next(Fault("status", status=status, body=PROBLEM), times=FOREVER)
    outcome, said = connector("check", patience=IMPATIENT, config=config).connection
    assert outcome == "FAILED"
    assert sentence in str(said)


ANSWERS = [
    (400, problem_with("search"), CONFIG, 1, "search: is not accepted (request_id req_42). Change search in the conf"),
    (422, problem_with("filter[crm_associations][eq]"), CONFIG, 1, "Change crm_contact_ids in the configuration."),
    (422, problem_with("filter[updated_at][gte]"), CONFIG, 1, "Change start_date in the configuration."),
    (422, problem_with("limit"), SYSTEM, 1, "limit: is not accepted (request_id req_42). This is a defect"),
    (404, "nothing here", CONFIG, 1, "refused the request with status 404: without an explanation. Check api_url"),
    (407, None, CONFIG, 1, "Check the user and password in HTTPS_PROXY."),
    (408, PROBLEM, TRANSIENT, 3, "The connector tried 3 times."),
    (502, "<html>bad gateway</html>", TRANSIENT, 3, "with status 502: without an explanation. This usually passes"),
    (522, PROBLEM, TRANSIENT, 3, "with status 522"),
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{case[0]}-{case[-1][:40]}")
def test_an_error_answer(
    emulator: Emulator,
    connector: Connector,
    config: dict[str, Any],
    case: tuple[int, dict[str, Any] | str, FailureType, int, str],
) -> None:
    status, body, failure_type, requests, sentence = case
    patience = IMPATIENT._replace(read=IMPATIENT.check)  # three tries
    emulator.fail_next(Fault("status", status=status, body=body), times=FOREVER)
    output = connector("read", patience=patience, config=config, catalog=catalog())
    failed_as, message = output.failure
    assert failed_as == failure_type
    assert sentence in message
    assert len(emulator.requests) == requests

    emulator.clear_log()
    outcome, said = connector("check", patience=patience, config=config).connection
    assert outcome == "FAILED"
    assert sentence in str(said)
    assert len(emulator.requests) == requests * tried_lists(status, str(said))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            "html",
            "a page of HTML or XML, where a page of records was expected. Check api_url, which is http://127.0.0.1:",
        ),
        ("reset", "AskElephant gave no answer: "),
    ],
)
def test_a_check_gives_up_within_seconds(
    emulator: Emulator, connector: Connector, config: dict[str, Any], fault: Any, sentence: str
) -> None:
    emulator.fail_next(fault, times=FOREVER)
    began = time.monotonic()
    _, said = connector("check", config=config).connection
    assert time.monotonic() - began < 10
    assert sentence in str(said)


def test_a_failure_keeps_what_was_read_before(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=1_000))
    emulator.fail_next(Fault("status", status=401), after=8, times=FOREVER)
    failed = connector("read", config={**config, "num_workers": 2}, catalog=catalog())
    assert failed.failure[0] == CONFIG
    assert 500 <= len(failed.records) < 1_000
    emulator.clear_faults()
    resumed = connector("read", config=config, catalog=catalog(), state=[failed.states[-1]])
    assert set(ids(failed.records)) | set(ids(resumed.records)) == set(emulator.snapshot())
    assert len(failed.records) + len(resumed.records) < 1_010, "only the boundaries are read again"


def test_a_silent_server_is_given_up(emulator: Emulator, connector: Connector, config: dict[str, Any]) -> None:
    emulator.fail_next("silence", times=2)
    output = connector("read", patience=Patience(timeouts=Timeouts(read=0.2)), config=config, catalog=catalog())
    assert output.exit_code == 0
    assert len(output.records) == 250
    assert any("Read timed out" in text for text in output.logs())


def test_a_host_that_no_name_server_knows_is_named(connector: Connector, config: dict[str, Any]) -> None:
    api_url = "https://askelephant.invalid/api"
    began = time.monotonic()
    _, said = connector("check", config={**config, "api_url": api_url}).connection
    assert time.monotonic() - began < 15
    assert "AskElephant gave no answer: " in str(said)
    assert "Failed to resolve 'askelephant.invalid'" in str(said)
    assert f"Check api_url, which is {api_url}" in str(said)


def test_an_error_that_echoes_the_key_does_not_show_it(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    key = emulator.settings.api_key
    emulator.fail_next(Fault("status", status=401, body={**PROBLEM, "detail": f"The key {key} has expired."}), times=2)
    config["credentials"]["api_key"] = f" {key}\n"
    for output in (
        connector("read", config=config, catalog=catalog()),
        connector("check", config=config),
    ):
        text = "".join(map(repr, output.messages))
        assert "The key **** has expired" in text
        assert key not in text
