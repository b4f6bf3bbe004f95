"""Every link of a page to another, or to a section of one, leads there."""

import re
from collections.abc import Iterator
from pathlib import Path

from unit_tests.project.test_release import ROOT, git


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files that a page links to, each with its section, if any."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, section = target.partition("#")
        yield (page.parent / name if name else page), section


def sections(page: Path) -> set[str]:
    """The sections of a page, as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere() -> None:
    pages = [ROOT / name for name in git(ROOT, "ls-files", "*.md").splitlines()]
    found = [(page, *link) for page in pages for link in links(page)]
    assert len(found) > len(pages)
    for page, target, section in found:
        assert target.exists(), f"{page.name}: {target}"
        assert not section or section in sections(target), f"{page.name}: {target.name}#{section}"
