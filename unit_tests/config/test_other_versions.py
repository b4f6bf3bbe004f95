"""A configuration of another version: what it has more is ignored with a warning, and null is absent at every level."""

from typing import Any

import pytest
from airbyte_cdk.models import FailureType, Level

from emulator import Emulator
from source_askelephant.config.parsing import parse_config
from source_askelephant.errors import ConfigError
from unit_tests.helpers.support import Connector, catalog

KEY = "sk-apik_demo.not-a-real-secret"
VALID: dict[str, Any] = {"credentials": {"auth_type": "api_key", "api_key": KEY}}
SECRET = "demo-of-another-secret"


def credentials(**fields: object) -> dict[str, Any]:
    return {"credentials": {**VALID["credentials"], **fields}}


UNKNOWN = [
    ({"serch": "x"}, "serch is not a field of this connector (did you mean search?); it is ignored"),
    ({"startdate": "2024-01-01"}, "startdate is not a field of this connector (did you mean start_date?); it is ig"),
    ({"start-date": "2024-01-01"}, "'start-date' is not a field of this connector (did you mean start_date?); it is"),
    ({"zzz": {"a": [1]}}, "zzz is not a field of this connector; it is ignored"),
    (credentials(api_kye=SECRET), "credentials.api_kye is not a field of this connector; it is ignored"),
    (credentials(access_token=SECRET), "credentials.access_token is not a field of this connector; it is ignored"),
    (credentials(workspace={"id": None}), "credentials.workspace is not a field of this connector; it is ignored"),
    ({"a\nb": 1}, r"'a\nb' is not a field of this connector; it is ignored"),
    ({"\ud800": 1}, r"'\ud800' is not a field of this connector; it is ignored"),
    ({"": 1}, "'' is not a field of this connector; it is ignored"),
    ({"x" * 1_000: 1}, "Configuration: " + "x" * 100 + " is not a field of this connector; it is ignored"),
    ({KEY: ""}, "a key is not a field of this connector; it is ignored"),
]


@pytest.mark.parametrize(("more", "sentence"), UNKNOWN)
@pytest.mark.parametrize("verb", ["check", "discover", "read"])
def test_what_is_not_known_is_ignored_with_one_warning(
    connector: Connector, config: dict[str, Any], verb: str, more: dict[str, Any], sentence: str
) -> None:
    documents = {"catalog": catalog()} if verb == "read" else {}
    given = {**config, **more}
    given["credentials"] = {**given["credentials"], **config["credentials"]}
    output = connector(verb, config=given, **documents)
    assert output.exit_code == 0
    assert len(output.records) == (250 if verb == "read" else 0)
    (warning,) = output.logs(Level.WARN)
    assert warning.startswith("Configuration: ")
    assert sentence in warning
    assert SECRET not in str(output.messages)


def test_each_is_told(connector: Connector, config: dict[str, Any]) -> None:
    output = connector("check", config={**config, "one": 1, "two": 2})
    assert [warning.split()[1] for warning in output.logs(Level.WARN)] == ["one", "two"]


@pytest.mark.parametrize(
    "more",
    [
        {"search": None, "num_workers": None, "of_another_version": None},
        {"credentials": {**VALID["credentials"], "client_id": None, "access_token": None, "_platform": "x"}},
    ],
)
def test_null_is_absent_at_every_level(
    emulator: Emulator, connector: Connector, config: dict[str, Any], more: dict[str, Any]
) -> None:
    config = {**config, **more}
    config["credentials"] = {**config["credentials"], "api_key": emulator.settings.api_key}
    output = connector("check", config=config)
    assert output.connection == ("SUCCEEDED", None)
    assert output.logs(Level.WARN) == []


@pytest.mark.parametrize(
    ("raw", "missing", "closest"),
    [
        (
            {"credentials": {"auth_type": "api_key", "api_kye": KEY}},
            "credentials.api_key is missing; write the key, which starts with sk-apik_, as a text",
            "credentials.api_kye is not a field of this connector (did you mean api_key?)",
        ),
        (
            {"credentials": {"auth_typ": "api_key", "api_key": KEY}},
            'credentials.auth_type is missing; write "api_key", "access_token" or "oauth2.0"',
            "credentials.auth_typ is not a field of this connector (did you mean auth_type?)",
        ),
        (
            {"credentails": VALID["credentials"]},
            'credentials is missing; write {"auth_type": "api_key", "api_key": "sk-apik_…"}',
            "credentails is not a field of this connector (did you mean credentials?)",
        ),
        (
            {"credentials": {"auth_type": "oauth2.0", "client_id": "x", "client_secrt": SECRET, "refresh_token": "y"}},
            "credentials.client_secret is missing; write the secret of the OAuth client as a text",
            "credentials.client_secrt is not a field of this connector (did you mean client_secret?)",
        ),
        (credentials(api_key=None), "credentials.api_key is missing; write the key", ""),
        ({"credentials": None}, "credentials is missing; write", ""),
    ],
)
def test_what_is_misspelt_and_required_fails(raw: dict[str, Any], missing: str, closest: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(raw)
    assert caught.value.failure_type is FailureType.config_error
    message = str(caught.value)
    assert message.startswith(f"Invalid configuration: {missing}")
    assert closest in message
    assert KEY not in message
    assert SECRET not in message
