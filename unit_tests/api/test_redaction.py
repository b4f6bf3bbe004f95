"""No form of a credential reaches stdout or stderr: in logs, in errors, with --debug."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets, update_secrets

from emulator import Emulator, Fault
from source_askelephant.api.redaction import forms_of, keep_secret
from unit_tests.helpers import leaks
from unit_tests.helpers.support import Connector, catalog

KEY = 'sk-apik_fake.+/="quoted"&not-a-secret'
PASTED = ["{key}", "  {key}\n", "Bearer {key}", "bearer  {key} \r\n"]


@pytest.mark.parametrize("form", leaks.forms(KEY).items(), ids=lambda form: form[0])
def test_each_form_is_hidden(form: tuple[str, str]) -> None:
    update_secrets([])
    keep_secret(KEY)
    leaks.watch(KEY)
    leaks.assert_none(filter_secrets(f"before {form[1]} after"))


@pytest.mark.parametrize("form", leaks.forms(KEY).items(), ids=lambda form: form[0])
def test_the_tests_notice_each_form(form: tuple[str, str]) -> None:
    leaks.watch(KEY)
    with pytest.raises(AssertionError, match="of a credential"):
        leaks.assert_none(["a line", f"before {form[1]} after"])


def test_a_control_message_may_hold_a_credential() -> None:
    leaks.watch(KEY)
    leaks.assert_none('{"type":"CONTROL","control":"' + KEY + '"}')


def test_a_short_secret_hides_itself_only() -> None:
    assert forms_of("abc") == ["abc"]


def echoes(key: str) -> str:
    """All that an error answer might repeat of a request."""
    encoded = b64encode(f"Bearer {key}".encode()).decode()
    return f"header {key}; Authorization: Bearer {key}; {quote(key)}; Basic {encoded}; {json.dumps(key)}"


@pytest.mark.parametrize("pasted", PASTED)
@pytest.mark.parametrize("options", [(), ("--debug",)])
@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_nothing_is_shown_when_it_works(
    emulator: Emulator, connector: Connector, config: dict[str, Any], verb: str, options: tuple[str, ...], pasted: str
) -> None:
    config["credentials"]["api_key"] = pasted.format(key=emulator.settings.api_key)
    documents = {"catalog": catalog()} if verb == "read" else {}
    assert connector(verb, *options, config=config, **documents).exit_code == 0


@pytest.mark.parametrize("options", [(), ("--debug",)])
@pytest.mark.parametrize("verb", ["check", "read"])
@pytest.mark.parametrize("status", [401, 403, 422, 503])
def test_nothing_is_shown_when_an_error_echoes_it(
    emulator: Emulator, connector: Connector, config: dict[str, Any], status: int, verb: str, options: tuple[str, ...]
) -> None:
    said = echoes(emulator.settings.api_key)
    body = {"type": "about:blank", "title": said, "detail": said, "request_id": said}
    emulator.fail_next(Fault("status", status=status, body=body))
    documents = {"catalog": catalog()} if verb == "read" else {}
    output = connector(verb, *options, config=config, **documents)
    if status in {401, 403}:
        assert "****" in str(output.messages)


@pytest.mark.parametrize("options", [(), ("--debug",)])
@pytest.mark.parametrize(
    "credentials",
    [
        {"auth_type": "api_key", "access_token": "{key}"},
        {"auth_type": "api_key", "api_kye": "{key}"},
        {"auth_type": "{key}", "api_key": "{key}"},
        {"auth_type": "access_token", "access_token": "{key}"},
        {"auth_type": "api_key", "api_key": "{key}\nsecond line"},
        {"auth_type": "api_key", "api_key": ["{key}"]},
        {"auth_type": "api_key", "api_key": {"value": "{key}"}},
        {"api_key": "{key}"},
        "{key}",
        ["{key}"],
    ],
)
def test_nothing_is_shown_where_it_stands_in_a_wrong_place(
    emulator: Emulator, connector: Connector, config: dict[str, Any], credentials: Any, options: tuple[str, ...]
) -> None:
    text = json.dumps(credentials).replace("{key}", emulator.settings.api_key)
    status, _ = connector("check", *options, config={**config, "credentials": json.loads(text)}).connection
    assert status == "FAILED"


@pytest.mark.parametrize(
    "api_url",
    [
        "https://{key}@api.example.com",
        "https://user:{key}@api.example.com:x/",
        "https://api.example.com/?key={key}",
        "http://{key}",
        "ftp://user:{key}@api.example.com",
        "{key}",
    ],
)
def test_nothing_is_shown_of_an_address(
    emulator: Emulator, connector: Connector, config: dict[str, Any], api_url: str
) -> None:
    config["api_url"] = api_url.format(key=emulator.settings.api_key)
    config["credentials"]["api_key"] = "sk-apik_fake.another-one"
    status, message = connector("check", config=config).connection
    assert status == "FAILED"
    assert message is not None
    assert "api_url" in message


def test_nothing_is_shown_of_a_file_that_is_no_json(emulator: Emulator, connector: Connector) -> None:
    output = connector("check", config=f'{{"credentials": {{"api_key": "{emulator.settings.api_key}" oops')
    assert "not valid JSON" in output.failure[1]


def test_nothing_is_shown_where_a_long_text_is_cut(
    emulator: Emulator, connector: Connector, config: dict[str, Any]
) -> None:
    key = emulator.settings.api_key
    detail = "x" * (500 - len(key) // 2) + key
    emulator.fail_next(Fault("status", status=401, body={"title": "Unauthorized", "detail": detail}))
    _, message = connector("check", config=config).connection
    assert "xxx" in str(message)
    assert key[:8] not in str(message)
