"""Make a release: `make release` runs this, then builds package and image.

The changelog decides the version: its first heading is "## 1.2.3 - unreleased". This writes that version wherever one
stands, and the documentation's address; dates both changelogs, commits and tags. Nothing is published. If HEAD is that
release already, nothing is done.
"""

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import yaml

from scripts import addresses

CHANGELOG = "CHANGELOG.md"
METADATA = "metadata.yaml"
PAGE = addresses.PAGE
# File by file, what stands before a version and after it.
PLACES = {
    "setup.py": [('version="', '",'), ("/blob/v", "")],
    "pyproject.toml": [('version = "', '"\n')],
    METADATA: [("dockerImageTag: ", "\n")],
    "Dockerfile": [("ARG VERSION=", "\n")],
    "docs/running/airbyte.md": [
        ("source-askelephant:", ""),
        ("| Docker image tag | `", "`"),
        ('"dockerImageTag": "', '"'),
        ('docker_image_tag  = "', '"'),
    ],
    "docs/running/elsewhere.md": [("source-askelephant:", "")],
}
# What Airbyte's checks want of a change that breaks something, and its platform does once the deadline has come.
_BREAKING_KEYS = ("message", "upgradeDeadline", "deadlineAction", "migrationDocumentationUrl")
_DEADLINE_ACTIONS = ("auto_upgrade", "disable")
_DAYS_TO_UPGRADE = 7
_VERSION = r"\d+\.\d+\.\d+"
_HEADING = re.compile(rf"^## ({_VERSION}) - (unreleased|\d{{4}}-\d\d-\d\d)$", re.MULTILINE)


class NotReadyError(Exception):
    """Something is to be done before a release; the message says what."""


def first_heading(changelog: str) -> tuple[str, str]:
    """Give the changelog's newest version and its date, or "unreleased".

    Raises:
        NotReadyError: if there is no such heading.
    """
    found = _HEADING.search(changelog)
    if not found:
        raise NotReadyError(f"{CHANGELOG} has no heading like: ## 1.2.3 - unreleased")
    return found[1], found[2]


def bump(root: Path, version: str, today: date) -> None:
    """Write the version and the day into every file that has them.

    Raises:
        NotReadyError: if the changelogs or metadata.yaml are not ready for that version. Then nothing was written.
    """
    changelog = (root / CHANGELOG).read_text(encoding="utf-8")
    beginning = _HEADING.search(changelog)
    following = _HEADING.search(changelog, beginning.end()) if beginning else None
    section = changelog[beginning.end() if beginning else 0 : following.start() if following else None]
    if not re.search(r"^- ", section, re.MULTILINE):
        raise NotReadyError(f"{CHANGELOG} says nothing of {version}.")
    if following and _numbers(version) <= _numbers(following[1]):
        raise NotReadyError(f"{CHANGELOG}: {version} isn't newer than {following[1]}.")
    page = (root / PAGE).read_text(encoding="utf-8")
    row = re.compile(rf"^\| {re.escape(version)} \| [^|]* \|", re.MULTILINE)
    if not row.search(page):
        raise NotReadyError(f"The changelog in {PAGE} has no line for {version}.")
    _check_breaking(root, version, today, first=following is None)
    written = {
        CHANGELOG: changelog.replace(f"## {version} - unreleased", f"## {version} - {today}", 1),
        PAGE: row.sub(f"| {version} | {today} |", page, count=1),
    }
    for name, places in PLACES.items():
        written[name] = (root / name).read_text(encoding="utf-8")
        for before, after in places:
            pattern = re.escape(before) + _VERSION + re.escape(after)
            written[name], count = re.subn(pattern, f"{before}{version}{after}", written[name])
            if not count:
                raise NotReadyError(f"{name} has no version after {before!r}.")
    try:
        addresses.changed(root)
    except ValueError as error:
        raise NotReadyError(str(error)) from error
    for name, text in written.items():
        (root / name).write_text(text, encoding="utf-8")
    for name, text in addresses.changed(root).items():
        (root / name).write_text(text, encoding="utf-8")


def _check_breaking(root: Path, version: str, today: date, *, first: bool) -> None:
    """Check that metadata.yaml says what a version breaks, if it breaks something, and only then.

    As Airbyte counts, a new major version does, and before version 1 a new minor one. The first release breaks nothing.

    Raises:
        NotReadyError: if it doesn't.
    """
    metadata = yaml.safe_load((root / METADATA).read_text(encoding="utf-8"))["data"]
    entry = metadata.get("releases", {}).get("breakingChanges", {}).get(version)
    major, minor, patch = _numbers(version)
    breaks = patch == 0 and (minor == 0 or (major == 0 and not first))
    where = f"under releases.breakingChanges in {METADATA}"
    if entry and not breaks:
        raise NotReadyError(f"{version} is said to break something {where}: then it needs another number.")
    if not breaks:
        return
    if not entry:
        raise NotReadyError(f"{version} breaks something, as its number says: say what {where}.")
    if missing := [key for key in _BREAKING_KEYS if not isinstance(entry.get(key), str)]:
        raise NotReadyError(f"{version} {where} lacks, as a text: {', '.join(missing)}.")
    if entry["deadlineAction"] not in _DEADLINE_ACTIONS:
        raise NotReadyError(f"deadlineAction of {version} {where} is one of: {', '.join(_DEADLINE_ACTIONS)}.")
    earliest = str(today + timedelta(days=_DAYS_TO_UPGRADE + 1))
    deadline = entry["upgradeDeadline"]
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", deadline) or deadline < earliest:
        raise NotReadyError(f"upgradeDeadline of {version} {where} is a day such as {earliest}, or a later one.")


def release(root: Path) -> str:
    """Write, commit and tag the release that the changelog names; say what has been done.

    Raises:
        NotReadyError: if something is to be done before. Then nothing was changed.
    """
    version, day = first_heading((root / CHANGELOG).read_text(encoding="utf-8"))
    tag = f"v{version}"
    if tag in _git(root, "tag", "--points-at", "HEAD").split():
        return f"HEAD is {tag} already."
    if day != "unreleased":
        raise NotReadyError(
            f'{CHANGELOG}: what comes after {version} goes under a heading like "## 1.2.3 - unreleased".'
        )
    if _git(root, "status", "--porcelain"):
        raise NotReadyError("There are changes that aren't committed.")
    bump(root, version, date.today())  # noqa: DTZ011 - the day as whoever releases knows it
    _git(root, "commit", "--all", "--message", f"Release {version}")
    _git(root, "tag", "--annotate", tag, "--message", f"source-askelephant {version}")
    return f"HEAD is {tag} now. To publish it once CI has passed: git push --follow-tags"


def main(root: Path) -> int:
    """Return 0 if HEAD is a release now, 1 if something is to be done before."""
    try:
        print(release(root))
        print(addresses.report(root))
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
