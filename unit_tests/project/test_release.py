"""A release writes its version everywhere, or says what is missing and writes nothing."""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
import yaml

from scripts import release

ROOT = Path(__file__).resolve().parents[2]

PRESENT, _ = release.first_heading((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
NEXT = "97.3.1"
HISTORY = {"CHANGELOG.md", release.PAGE}


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The tracked files as they stand now, with a next version in both changelogs."""
    for name in git(ROOT, "ls-files").splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    changelog = tmp_path / "CHANGELOG.md"
    released = changelog.read_text(encoding="utf-8").replace("- unreleased", "- 2026-01-01")
    changelog.write_text(released, encoding="utf-8")
    put(tmp_path, "CHANGELOG.md", f"## {PRESENT} -", f"## {NEXT} - unreleased\n\n- Something.\n\n## {PRESENT} -")
    put(tmp_path, release.PAGE, f"| {PRESENT} |", f"| {NEXT} | soon | | Something |\n| {PRESENT} |")
    return tmp_path


@pytest.fixture
def repository(files: Path) -> Path:
    """The same, committed."""
    git(files, "init", "--quiet")
    for name, value in (("name", "test"), ("email", "test@example.invalid")):
        git(files, "config", f"user.{name}", value)
    commit(files)
    return files


def put(repository: Path, name: str, old: str, new: str) -> None:
    path = repository / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def commit(repository: Path) -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "Change")


def holds(repository: Path, version: str) -> set[str]:
    """The files that name the version: not as that of a dependency, and not this one."""
    word = re.compile(rf"(?<![\d.]){re.escape(version)}(?![\d.])")
    names = set(git(repository, "ls-files").splitlines()) - {"requirements.lock", "unit_tests/project/test_release.py"}
    paths = {name: repository / name for name in names}
    return {name for name, path in paths.items() if word.search(path.read_text(encoding="utf-8", errors="ignore"))}


def test_the_version_is_written_everywhere(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(repository) == 0
    assert f"HEAD is v{NEXT} now." in capsys.readouterr().out
    assert holds(repository, NEXT) == {*release.PLACES, *HISTORY}
    own = {"unit_tests", "integration_tests", "emulator", "source_askelephant"}
    assert {name for name in holds(repository, PRESENT) if name.split("/")[0] not in own} <= HISTORY
    assert not re.search(
        rf"{NEXT} (- unreleased|\| soon)", "".join((repository / n).read_text("utf-8") for n in HISTORY)
    )
    assert git(repository, "tag", "--points-at", "HEAD") == f"v{NEXT}\n"
    assert git(repository, "status", "--porcelain") == ""


def test_it_can_be_repeated_when_a_build_failed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release.main(repository)
    head = git(repository, "rev-parse", "HEAD")
    assert release.main(repository) == 0
    assert f"HEAD is v{NEXT} already." in capsys.readouterr().out
    assert git(repository, "rev-parse", "HEAD") == head


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("CHANGELOG.md", "\n- Something.\n", "", f"says nothing of {NEXT}"),
        (
            "CHANGELOG.md",
            f"## {NEXT} - unreleased",
            "## Unreleased",
            f"what comes after {PRESENT} goes under a heading",
        ),
        ("CHANGELOG.md", f"## {NEXT} -", "## 0.0.1 -", f"0.0.1 isn't newer than {PRESENT}"),
        ("CHANGELOG.md", f"## {NEXT} -", "## 98.0.0 -", "has no line for 98.0.0"),
        (release.PAGE, f"| {NEXT} | soon | | Something |\n", "", f"has no line for {NEXT}"),
        ("Dockerfile", "ARG VERSION=", "ARG TAG=", "Dockerfile has no version after 'ARG VERSION='"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(
    repository: Path, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, sentence: str
) -> None:
    put(repository, name, old, new)
    commit(repository)
    assert release.main(repository) == 1
    assert sentence in capsys.readouterr().err
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "tag") == ""


TODAY = date(2026, 3, 1)
BREAKING = {
    "message": "Ids are numbers.",
    "upgradeDeadline": "2026-03-09",
    "deadlineAction": "disable",
    "migrationDocumentationUrl": "https://docs.example.invalid/askelephant-migrations",
}


def bump(files: Path, version: str, entry: dict[str, str] | None) -> None:
    """Write a version of which metadata.yaml says what it breaks."""
    put(files, "CHANGELOG.md", f"## {NEXT} -", f"## {version} -")
    put(files, release.PAGE, f"| {NEXT} |", f"| {version} |")
    if entry:
        put(files, "metadata.yaml", "data:\n", f"data:\n  releases: {{breakingChanges: {{{version}: {entry}}}}}\n")
    release.bump(files, version, TODAY)


@pytest.mark.parametrize("version", ["0.98.0", "98.0.0"])
def test_a_breaking_version_says_what_it_breaks(files: Path, version: str) -> None:
    bump(files, version, BREAKING)
    metadata = yaml.safe_load((files / "metadata.yaml").read_text(encoding="utf-8"))
    assert metadata["data"]["dockerImageTag"] == version
    models = pytest.importorskip(
        "airbyte_connector_models.metadata.v0.connector_metadata_definition_v0",
        reason="Airbyte's models of metadata.yaml run on Python 3.10 to 3.12 only",
    )
    models.ConnectorMetadataDefinitionV0.model_validate(metadata)


@pytest.mark.parametrize(
    ("version", "entry", "sentence"),
    [
        ("98.0.0", None, "98.0.0 breaks something, as its number says: say what under releases.breakingChanges"),
        ("0.98.0", None, "0.98.0 breaks something"),
        (NEXT, BREAKING, f"{NEXT} is said to break something"),
        ("0.98.0", {"message": "Ids are numbers."}, "lacks, as a text: upgradeDeadline, deadlineAction, migrationDoc"),
        ("0.98.0", {**BREAKING, "deadlineAction": "pause"}, "is one of: auto_upgrade, disable"),
        ("0.98.0", {**BREAKING, "upgradeDeadline": "2026-03-08"}, "is a day such as 2026-03-09, or a later one"),
        ("0.98.0", {**BREAKING, "upgradeDeadline": "in summer"}, "is a day such as 2026-03-09, or a later one"),
    ],
)
def test_what_breaks_is_counted_as_airbyte_does(
    files: Path, version: str, entry: dict[str, str] | None, sentence: str
) -> None:
    with pytest.raises(release.NotReadyError, match=re.escape(sentence)):
        bump(files, version, entry)


def test_the_first_release_breaks_nothing(files: Path) -> None:
    changelog = (files / "CHANGELOG.md").read_text(encoding="utf-8")
    (files / "CHANGELOG.md").write_text(changelog.partition(f"## {PRESENT} -")[0], encoding="utf-8")
    bump(files, "0.98.0", None)


def test_it_says_what_is_missing_while_the_repository_is_not_published(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = (repository / "setup.py").read_text(encoding="utf-8")
    (repository / "setup.py").write_text(re.sub('REPOSITORY = ".*"', 'REPOSITORY = ""', setup), encoding="utf-8")
    put(repository, "metadata.yaml", "documentationUrl: ", "documentationUrl: https://docs.example.invalid/")
    git(repository, "commit", "--all", "--quiet", "--message", "Not published", "--allow-empty")
    assert release.main(repository) == 0
    assert "REPOSITORY in setup.py is empty" in capsys.readouterr().out
    assert "documentationUrl: https://docs.askelephant.ai\n" in git(repository, "show", "HEAD:metadata.yaml")


def test_changes_that_are_not_committed_are_not_released(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "README.md").write_text("changed", encoding="utf-8")
    assert release.main(repository) == 1
    assert "There are changes that aren't committed." in capsys.readouterr().err
