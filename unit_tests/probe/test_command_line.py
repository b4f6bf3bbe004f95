"""``python -m probe`` as a user runs it: exit codes, what is printed, and the files that are written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.lists import SCOPES
from probe.__main__ import main
from probe.asked import QUESTIONS
from unit_tests.helpers import leaks
from unit_tests.helpers.processes import ROOT, environment
from unit_tests.helpers.support import oauth_credentials, sample_config
from unit_tests.probe.asking import FEW_OF_EACH

AT_ONCE = (0.0, 0.01)


class Command:
    """Runs the probe in this process; its report is written to ``folder``."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.config = folder / "config.json"
        self._capfd = capfd

    def __call__(self, config: object, *options: str) -> tuple[int, str, str]:
        """Return the exit code, and what was printed to stdout and to stderr."""
        leaks.watch_config(config)
        self.config.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
        code = main(["--config", str(self.config), "--report", str(self.folder / "found.x"), *options], AT_ONCE)
        printed = self._capfd.readouterr()
        leaks.assert_none(printed.out + printed.err)
        for path in filter(Path.is_file, self.folder.glob("found*")):
            leaks.assert_none(path.read_bytes())
        return code, printed.out, printed.err


@pytest.fixture
def command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capfd)


def test_a_report_is_written_and_shown(emulator: Emulator, command: Command, config: dict[str, Any]) -> None:
    emulator.reset(Settings(**FEW_OF_EACH))
    code, out, err = command(config)
    assert (code, err) == (0, "")
    markdown = (command.folder / "found.x.md").read_text(encoding="utf-8")
    assert markdown in out
    document = json.loads((command.folder / "found.x.json").read_text(encoding="utf-8"))
    assert document["requests"] == len(emulator.requests)
    assert [finding["id"] for finding in document["findings"]] == [question.id for question in QUESTIONS]
    for finding in document["findings"]:
        assert all(finding[name] for name in ("question", "how", "assumed", "answer", "came", "verdict"))
        assert f"### `{finding['id']}`: {finding['answer']}" in markdown
    assert "rate-limit" not in out


def test_only_reading(emulator: Emulator, command: Command, config: dict[str, Any]) -> None:
    command(config, "--long")
    assert {request.method for request in emulator.requests} == {"GET"}


def test_what_the_connector_cannot_deal_with(emulator: Emulator, command: Command, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=250, ignored_filters=("gte",)))
    code, out, _ = command(config)
    assert code == 3
    assert "- `filters`: Reading ends in an error that names the filter." in out


def test_a_cursor_is_tried_again_after_ten_minutes_if_that_is_asked_for(
    emulator: Emulator, command: Command, config: dict[str, Any]
) -> None:
    command(config)
    short = len(emulator.requests)
    _, out, _ = command(config, "--long")
    assert len(emulator.requests) == 2 * short + 1
    assert "after 0.01 seconds more: goes on" in out


def test_a_load_is_announced(command: Command, config: dict[str, Any], emulator: Emulator) -> None:
    emulator.reset(Settings(contacts=20, rate_limit=45, rate_limit_kind="window", rate_limit_window_seconds=60.0))
    code, out, _ = command(config, "--load")
    assert code == 0
    assert "with 248 requests more at most, several at once. It stops at the first that is refused" in out
    assert "rate-limit: refused at " in out
    assert {request.method for request in emulator.requests} == {"GET"}


def test_a_wrong_key_ends_it_at_once(emulator: Emulator, command: Command) -> None:
    credentials = {"auth_type": "api_key", "api_key": "sk-apik_wrong.not-a-real-secret"}
    code, _, err = command({**sample_config(emulator), "credentials": credentials})
    assert code == 1
    assert "refused the request with status 401: Unauthorized" in err
    assert "The connector sent an API key, as it is in the Authorization header." in err
    assert len(emulator.requests) == 1
    assert not list(command.folder.glob("found*"))


def test_a_key_that_is_revoked_on_the_way(emulator: Emulator, command: Command, config: dict[str, Any]) -> None:
    emulator.reset(Settings(contacts=250, revoke_after_requests=12))
    code, _, err = command(config)
    assert (code, "status 401" in err) == (1, True)
    assert len(emulator.requests) == 13


def test_no_list_can_be_read(emulator: Emulator, command: Command, config: dict[str, Any]) -> None:
    emulator.reset(Settings(scopes=("none:read",)))
    code, _, err = command(config)
    assert code == 1
    assert err == (
        "No list can be read. AskElephant answered with these statuses: contacts (403), companies (403), users (403), "
        "tags (403), engagements (403). Check api_url, and make sure that the credential has the scope of one list at "
        "least, such as contacts:read.\n"
    )


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("{", "is not valid JSON"),
        ("[]", "holds a JSON list; write an object"),
        ("{}", "Invalid configuration: credentials is missing; write "),
        ('{"credentials": {"auth_type": "oauth2.0"}}', "credentials.client_id is missing"),
    ],
)
def test_a_mistake_in_the_configuration(command: Command, config: str, sentence: str) -> None:
    code, out, err = command(config)
    assert (code, out) == (1, "")
    assert sentence in err


def test_a_file_that_is_not_there(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--config", str(tmp_path / "none.json")]) == 1
    assert "can't be opened: No such file or directory" in capfd.readouterr().err


def test_a_report_that_cannot_be_written(command: Command, config: dict[str, Any]) -> None:
    (command.folder / "found.x.md").mkdir()
    code, _, err = command(config)
    assert (code, "can't be written: Is a directory. Name another place with --report." in err) == (1, True)


def test_an_access_token(emulator: Emulator, command: Command) -> None:
    credentials = {"auth_type": "access_token", "access_token": emulator.settings.access_token}
    code, out, _ = command({**sample_config(emulator), "credentials": credentials})
    assert code == 0
    assert "credential: as Bearer only" in out


def test_an_oauth_client_whose_new_tokens_are_stored(emulator: Emulator, command: Command) -> None:
    emulator.reset(Settings(contacts=250, scopes=SCOPES))
    code, out, _ = command({**sample_config(emulator), "credentials": oauth_credentials(emulator)})
    assert code == 0
    assert "credential: not asked" in out
    assert "AskElephant gave new tokens." in out
    stored = json.loads(command.config.read_text(encoding="utf-8"))
    assert stored["api_url"] == emulator.url
    assert stored["credentials"]["refresh_token"] not in {emulator.settings.refresh_token, ""}
    assert stored["credentials"]["access_token"] not in out
    assert command(stored)[0] == 0
    assert emulator.stats().refreshes == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_an_oauth_client_whose_tokens_could_not_be_stored(emulator: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"credentials": {"auth_type": "oauth2.0"}}', encoding="utf-8")
    path.chmod(0o400)
    assert main(["--config", str(path)]) == 1
    assert not emulator.requests


def test_from_the_console(emulator: Emulator, command: Command, config: dict[str, Any]) -> None:
    del emulator
    command.config.write_text(json.dumps(config), encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "probe", *arguments]
        return subprocess.run(line, cwd=command.folder, env=environment(), capture_output=True, text=True, check=False)

    assert (run().returncode, run("--help").returncode) == (2, 0)
    wrong = run("--config", "config.txt")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "Traceback" not in wrong.stderr


def test_make_probe(tmp_path: Path) -> None:
    def make(*variables: str) -> subprocess.CompletedProcess[str]:
        # Nothing is set up, and nothing is run but the check.
        line = ["make", "--file", str(ROOT / "Makefile"), "--old-file", "setup.py", "probe", *variables]
        line.append("--no-print-directory")  # which a make that runs the tests makes it do
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)

    said = make("--dry-run", "CONFIG=secrets/config.json", "OPTIONS=--load --long").stdout
    assert 'python -m probe --config "secrets/config.json" --load --long' in said
    without = make()
    assert (without.returncode, without.stdout) == (2, "")
    assert "Name your configuration: make probe CONFIG=secrets/config.json" in without.stderr
