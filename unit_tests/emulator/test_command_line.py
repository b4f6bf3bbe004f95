import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

import pytest
import requests

from emulator import Churn, Settings, VirtualClock

COMMAND = [sys.executable, "-m", "emulator"]
ROOT = Path(__file__).parents[2]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process, the API's URL and the key that it printed."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[2]
            key = process.stdout.readline().split()[2]
            yield process, url, key
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(number: signal.Signals) -> None:
    with running("--contacts", "12", "--shape", "ties") as (process, url, key):
        page = requests.get(f"{url}/v2/contacts", headers={"Authorization": key}, timeout=5).json()
        assert len(page["data"]) == 12
        process.send_signal(number)
        rest, errors = process.communicate(timeout=5)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_options_become_settings() -> None:
    options = [
        *("--contacts", "7", "--api-key", "other", "--scopes", "a:read", "workspace:admin", "--trim-zero-fraction"),
        *("--churn-creates", "2", "--churn-aim", "0.5", "--clock-start", "2020-01-01T00:00:00Z"),
        *(
            "--latency-ms",
            "1.5",
            "--rate-limit",
            "9",
            "--fault",
            '{"kind": "status", "status": 503}',
            "--fault",
            "empty",
        ),
    ]
    with running(*options) as (_, url, key):
        assert key == "other"
        settings = requests.get(url.replace("/api", "/_emulator/settings"), timeout=5).json()
        answer = requests.get(f"{url}/v2/contacts", headers={"Authorization": key}, timeout=5)
        assert (answer.status_code, answer.headers["Date"]) == (503, "Wed, 01 Jan 2020 00:00:00 GMT")
        assert requests.get(f"{url}/v2/contacts", timeout=5).content == b""
    expected = {
        "contacts": 7,
        "scopes": ["a:read", "workspace:admin"],
        "trim_zero_fraction": True,
        "latency_ms": 1.5,
        "rate_limit": 9,
        "clock": {"start": "2020-01-01T00:00:00Z", "tick_ms": 10},
        "churn": {**asdict(Churn()), "creates": 2, "aim": 0.5},
    }
    assert {name: settings[name] for name in expected} == expected


def test_the_workspace_is_whole_by_default() -> None:
    with running("--contacts", "70", "--private-share", "0.1", "--silent-processing") as (_, url, _):
        settings = requests.get(url.replace("/api", "/_emulator/settings"), timeout=5).json()
    counts = {"contacts": 70, "companies": 800, "users": 40, "tags": 30, "engagements": 1200}
    assert {of: settings[of] for of in counts} == counts
    assert (settings["private_share"], settings["silent_processing"]) == (0.1, True)


def test_the_first_line_says_where_it_is_and_what_it_holds() -> None:
    options = ("--contacts", "1000", "--companies", "2", "--users", "3", "--tags", "4", "--engagements", "5")
    with subprocess.Popen([*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        line, second = process.stdout.readline(), process.stdout.readline()
        process.kill()
    name, _, rest = line.partition(": ")
    url, _, counts = rest.partition(" (")
    assert name == "AskElephant emulator"
    assert url.startswith("http://127.0.0.1:")
    assert counts == "1,000 contacts, 2 companies, 3 users, 4 tags, 5 engagements)\n"
    assert second.startswith("API key: sk-apik_")


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=10, cwd=ROOT, check=False)


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port))
    assert result.returncode == 1
    assert result.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used: ")
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--host", "0.0.0.0"), "not a loopback address"),
        (("--churn-aim", "2"), "aim must be"),
        (("--newest", "yesterday"), "yesterday"),
        (("--fault", "{"), "argument --fault"),
        (("--fault", '{"kind": "x"}'), "fault kind"),
        (("--shape", "round"), "--shape"),
    ],
)
def test_wrong_options_are_explained(options: tuple[str, ...], sentence: str) -> None:
    result = run(*options)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_help_names_every_setting() -> None:
    text = run("--help").stdout
    prefixes = {Settings: "", Churn: "churn_", VirtualClock: "clock_"}
    for kind, prefix in prefixes.items():
        for field in fields(kind):
            if "kind" in field.metadata:
                assert f"--{prefix}{field.name}".replace("_", "-") in text
