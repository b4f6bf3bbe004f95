"""Every line on stdout is valid UTF-8 and valid JSON (RFC 8259), whatever came: a strict reader drops what isn't."""

import json
import math
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Level

from emulator import Emulator, Settings
from unit_tests.helpers.processes import CONSOLE_SCRIPT, environment
from unit_tests.helpers.servers import Server, serve
from unit_tests.helpers.support import Connector, catalog, command_line, ids

HALF, WHOLE = "\ud83d", "\N{GRINNING FACE}"
TIME = "2026-03-01T12:00:00Z"
DEEP = ("[" * 400, "]" * 400)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def config(server: Server) -> dict[str, Any]:
    credentials = {"auth_type": "api_key", "api_key": "sk-apik_demo.fake-and-looks-it"}
    return {"credentials": credentials, "api_url": f"http://{server.address}/api"}


def strict(line: bytes) -> Any:
    """What a strict reader gets of a line; an error if it would refuse it."""

    def no_json(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    document = json.loads(line.decode("utf-8"), parse_constant=no_json)
    json.dumps(document, ensure_ascii=False).encode("utf-8")  # fails on half a surrogate pair, however it is written
    return document


class Command:
    """A command in a process of its own, and all that it printed."""

    def __init__(self, arguments: list[str]) -> None:
        done = subprocess.run([*CONSOLE_SCRIPT, *arguments], capture_output=True, env=environment(), check=False)
        assert done.stderr == b""
        self.exit_code = done.returncode
        self.messages = [strict(line) for line in done.stdout.splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message[kind.lower()] for message in self.messages if message["type"] == kind]


def warnings(logs: list[str]) -> dict[str, str]:
    """By field, what was said of its values."""
    told = (
        re.match(r"contacts: '(.*)' came with values that can't be passed on as they are: (.*)\. Re", log)
        for log in logs
    )
    return {found[1]: found[2] for found in told if found}


def page(*records: str) -> bytes:
    """A page of records that have these fields, as JSON, and an id and a time."""
    written = (
        f'{{"id":"cnt_{number:02}","updated_at":"{TIME}"{fields and f",{fields}"}}}'
        for number, fields in enumerate(records)
    )
    return f'{{"object":"list","data":[{",".join(written)}],"has_more":false,"next_cursor":null}}'.encode()


NO_JSON: list[tuple[str, dict[str, Any]]] = [
    (rf'"first_name":"a{WHOLE}\ud83d"', {"first_name": f"a{WHOLE}\ufffd"}),
    (r'"last_name":"\ude00\ud83d"', {"last_name": "\ufffd\ufffd"}),
    (r'"emails":[{"email":"\ud83d"},{"email":"\ud83d"}]', {"emails": [{"email": "\ufffd"}] * 2}),
    (r'"company":{"a\ud83d":1}', {"company": {"a\ufffd": 1}}),
    (r'"twice\ud83d":1,"twice\ud83e":2', {"twice\ufffd": 2}),
    (r'"both":["\ud83d",NaN]', {"both": ["\ufffd", None]}),
    ('"constants":[NaN,Infinity,-Infinity,1e400]', {"constants": [None] * 4}),
    (f'"endless":[{"9" * 5_000}]', {"endless": [None]}),
    (f'"beside":[{2**64}]', {"beside": [2.0**64]}),
    (rf'"deep":{DEEP[0]}"\ud83d"{DEEP[1]}', {"deep": json.loads(DEEP[0] + '"\ufffd"' + DEEP[1])}),
]
NUMBERS: list[tuple[str, dict[str, Any], str | None]] = [
    ('"large":18446744073709551616', {"large": 2.0**64}, "large"),
    ('"small":-9223372036854775809', {"small": -(2.0**63)}, "small"),
    ('"round":[[99999999999999999999]]', {"round": [[1e20]]}, "round[][]"),
    ('"fine":0.123456789012345678', {"fine": 0.12345678901234568}, "fine"),
    ('"company":{"size":[1e30]}', {"company": {"size": [1e30]}}, "company.size[]"),
    ('"emails":[[9007199254740993.0]]', {"emails": [[9007199254740992.0]]}, "emails[][]"),
    ('"first_name":0.123456789012345678', {"first_name": 0.12345678901234568}, "first_name"),
    ('"tiny":[1e-400]', {"tiny": [0.0]}, None),
]
LEFT: list[tuple[str, dict[str, Any]]] = [
    (f'"integers":[{2**64 - 1},{-(2**63)}]', {"integers": [2**64 - 1, -(2**63)]}),
    ('"doubles":[0.5,0.1,1.50,-0.0,1e-300]', {"doubles": [0.5, 0.1, 1.5, -0.0, 1e-300]}),
    (r'"digits":"12345678901234567890, 1e-4000 \\ud83d NaN"', {"digits": "12345678901234567890, 1e-4000 \\ud83d NaN"}),
    (r'"pair":"\ud83d\ude00"', {"pair": WHOLE}),
]
HALF_TOLD = "half a surrogate pair, replaced by U+FFFD"
CONSTANT_TOLD = "NaN, an infinity or a number too large for a double, replaced by null"
ROUNDED_TOLD = "a number with more digits than a double surely keeps, passed on as the nearest double"


def others(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what each has."""
    return {name: value for name, value in record.items() if name not in {"id", "updated_at"}}


def test_what_no_strict_reader_takes_is_replaced_and_told(
    server: Server, config: dict[str, Any], tmp_path: Path
) -> None:
    cases = [*NO_JSON, *LEFT]
    server.body = page(*(came for came, _ in cases))
    read = Command(command_line(tmp_path, "read", config=config, catalog=catalog()))
    assert read.exit_code == 0
    assert [others(record["data"]) for record in read.of("RECORD")] == [emitted for _, emitted in cases]
    told = warnings([log["message"] for log in read.of("LOG") if log["level"] == "WARN"])
    assert {path: said for path, said in told.items() if not path.startswith("deep")} == {
        "first_name": f"{HALF_TOLD} (1 times)",
        "last_name": f"{HALF_TOLD} (1 times)",
        "emails[].email": f"{HALF_TOLD} (2 times)",
        "company.a\ufffd": f"{HALF_TOLD} (1 times)",
        "twice\ufffd": f"{HALF_TOLD} (2 times)",
        "both[]": f"{CONSTANT_TOLD} (1 times), {HALF_TOLD} (1 times)",
        "constants[]": f"{CONSTANT_TOLD} (4 times)",
        "endless[]": f"{CONSTANT_TOLD} (1 times)",
        "beside[]": f"{ROUNDED_TOLD} (1 times)",
    }


WAREHOUSE: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    (r'"first_name":"a\u0000b\u0000"', {"first_name": "ab"}, [("first_name", "TRUNCATED")]),
    ('"last_name":"\0"', {"last_name": ""}, [("last_name", "TRUNCATED")]),
    (
        r'"emails":[{"email":"\u0000"},{"email":"\u0000"}]',
        {"emails": [{"email": ""}] * 2},
        [("emails[].email", "TRUNCATED")],
    ),
    (
        r'"company":{"a\u0000":{"b\u0000":1}}',
        {"company": {"a": {"b": 1}}},
        [("company.a", "TRUNCATED"), ("company.a.b", "TRUNCATED")],
    ),
    (r'"time_zone":"\u0000\ud83d"', {"time_zone": "\ufffd"}, [("time_zone", "TRUNCATED")]),
    ('"company":{"size":NaN}', {"company": {"size": None}}, [("company.size", "NULLED")]),
    *(
        (f'"created_at":{value}', {"created_at": None}, [("created_at", "NULLED")])
        for value in (
            '""',
            '"0000-00-00T00:00:00Z"',
            '"2026-02-30T12:00:00Z"',
            '"2016-12-31T23:59:60Z"',
            '"0001-01-01T00:00:00+02:00"',
            '"12026-03-01T12:00:00Z"',
            '"2026-03-01T25:00:00Z"',
            '"2026-03-01T12:00:00 UTC"',
            '"1772366400"',
            '"now"',
            "1772366400",
            "1772366400.5",
            "true",
            "{}",
            "[]",
        )
    ),
]  # fmt: skip
KEPT: list[tuple[str, dict[str, Any]]] = [
    *(
        (f'"created_at":"{text}"', {"created_at": text})
        for text in (
            "2026-03-01T12:00:00+02:00",
            "2026-03-01T12:00:00+0200",
            "2026-03-01 12:00:00Z",
            "2026-03-01t12:00:00z",
            "2026-03-01T12:00:00.123456789Z",
            "2026-03-01T12:00:00",
            "2026-03-01",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
        )
    ),
    ('"created_at":"20260301T120000Z"', {"created_at": "2026-03-01T12:00:00Z"}),
    ('"created_at":"2026-W09-7T14:00:00,5+02"', {"created_at": "2026-03-01T12:00:00.500Z"}),
    ('"created_at":null', {"created_at": None}),
    ('"first_name":5,"last_name":[true]', {"first_name": 5, "last_name": [True]}),
    ('"company":"text","emails":{"a":1}', {"company": "text", "emails": {"a": 1}}),
    ('"company":{"founded_at":"0000-00-00T00:00:00Z"}', {"company": {"founded_at": "0000-00-00T00:00:00Z"}}),
    (r'"first_name":"a\\u0000b"', {"first_name": r"a\u0000b"}),
]


def test_what_stops_a_warehouse_is_changed_and_told(server: Server, config: dict[str, Any], tmp_path: Path) -> None:
    server.body = page(*(came for came, _, _ in WAREHOUSE), *(came for came, _ in KEPT), "")
    read = Command(command_line(tmp_path, "read", config=config, catalog=catalog()))
    assert read.exit_code == 0
    records = read.of("RECORD")
    changes = [record.get("meta", {}).get("changes", []) for record in records]
    assert {change["reason"] for each in changes for change in each} == {"SOURCE_SERIALIZATION_ERROR"}
    told = [[(change["field"], change["change"]) for change in each] for each in changes]
    assert told == [*(sorted(changes) for *_, changes in WAREHOUSE), *([] for _ in KEPT), []]
    expected = [emitted for _, emitted, _ in WAREHOUSE] + [emitted for _, emitted in KEPT] + [{}]
    assert [others(record["data"]) for record in records] == [
        {name: value for name, value in each.items() if value is not None} for each in expected
    ], "the CDK's serializer leaves null out"
    said = warnings([log["message"] for log in read.of("LOG") if log["level"] == "WARN"])
    assert said["created_at"] == (
        "a date-time in a rare form, written in the usual one (2 times), no date-time, replaced by null (15 times)"
    )
    assert said["first_name"] == "NUL in a text, taken out (1 times)"


# Each alone: no other one may make the page be looked at.
@pytest.mark.parametrize(("came", "emitted", "path"), [*NUMBERS, *((*each, None) for each in LEFT)])
def test_numbers_that_may_have_been_rounded_are_told(
    connector: Connector, server: Server, config: dict[str, Any], came: str, emitted: dict[str, Any], path: str | None
) -> None:
    server.body = page("", came)
    read = connector("read", config=config, catalog=catalog())
    assert others(read.records[1]) == emitted
    assert warnings(read.logs(Level.WARN)) == ({path: f"{ROUNDED_TOLD} (1 times)"} if path else {})


def test_names_without_end_are_told_up_to_a_bound(connector: Connector, server: Server, config: dict[str, Any]) -> None:
    server.body = page(*(f'"f{number}":NaN' for number in range(60)))
    read = connector("read", config=config, catalog=catalog())
    assert len(read.records) == 60
    assert len(warnings(read.logs(Level.WARN))) == 50
    assert sum("more than 50 fields came with such values" in log for log in read.logs(Level.WARN)) == 1


def test_records_are_told_apart_by_what_came(connector: Connector, server: Server, config: dict[str, Any]) -> None:
    server.body = page(*(f'"id":"\\ud83{digit}"' for digit in "def"))
    assert ids(connector("read", config=config, catalog=catalog()).records) == ["\ufffd"] * 3


@pytest.mark.parametrize(("came", "emitted", "changes"), WAREHOUSE)
def test_each_alone_is_seen(
    connector: Connector,
    server: Server,
    config: dict[str, Any],
    came: str,
    emitted: dict[str, Any],
    changes: list[tuple[str, str]],
) -> None:
    server.body = page("", came, "")
    read = connector("read", config=config, catalog=catalog())
    before, changed, after = (message.record for message in read.messages if message.record)
    assert not before.meta
    assert not after.meta
    assert [(each.field, each.change.value) for each in changed.meta.changes] == changes
    assert len(warnings(read.logs(Level.WARN))) == len(changes)
    assert emitted


@pytest.mark.parametrize("options", [[], ["--debug"]])
def test_the_name_of_a_file(config: dict[str, Any], tmp_path: Path, options: list[str]) -> None:
    arguments = command_line(tmp_path, "read", *options, config=config, catalog=catalog())
    command = Command([*arguments, "--state", os.fsdecode(b"/no/such\xff.json")])
    assert command.exit_code == 1
    assert "/no/such\ufffd.json can't be opened" in command.of("TRACE")[0]["error"]["message"]


def test_a_configuration_that_is_handed_over(emulator: Emulator, tmp_path: Path) -> None:
    """The CONTROL message repeats it, with what a platform keeps in it."""
    emulator.reset(Settings(contacts=5))
    config = {
        "credentials": {
            "auth_type": "oauth2.0",
            "client_id": emulator.settings.client_id,
            "client_secret": emulator.settings.client_secret,
            "refresh_token": emulator.settings.refresh_token,
        },
        "api_url": emulator.url,
        "_odd": [HALF, math.nan, 10**30],
    }
    command = Command(command_line(tmp_path, "check", config=config))
    assert command.of("CONTROL")[0]["connectorConfig"]["config"]["_odd"] == ["\ufffd", None, 10**30]
