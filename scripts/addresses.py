"""Write the address of the connector's documentation wherever one stands: `python -m scripts.addresses`.

It follows from where the repository is published, which setup.py alone says (REPOSITORY). Airbyte's own page of the
connector exists once Airbyte publishes it; until then this is the page in the repository, and until that is published,
too, AskElephant's. `make release` does the same.
"""

import re
import sys
from pathlib import Path

ASKELEPHANT = "https://docs.askelephant.ai"
PAGE = "docs/integrations/sources/askelephant.md"
# File by file, what stands before the address and after it.
PLACES = {
    "setup.py": ('"Documentation": "', '"'),
    "metadata.yaml": ("documentationUrl: ", "\n"),
    "source_askelephant/config/spec.py": ('DOCUMENTATION_URL = "', '"'),
    "Dockerfile": ("org.opencontainers.image.documentation=", " "),
    "unit_tests/config/spec.json": ('"documentationUrl": "', '"'),
}


def repository(root: Path) -> str:
    """Give the address where the repository is published, or nothing.

    Raises:
        ValueError: if setup.py doesn't name one, or none that can be followed.
    """
    setup = (root / "setup.py").read_text(encoding="utf-8")
    found = re.search(r'^REPOSITORY = "(|https://[^\s"]+[^\s"/])"$', setup, re.MULTILINE)
    if not found:
        raise ValueError("setup.py: REPOSITORY is an address such as https://github.com/OWNER/NAME, or empty.")
    return found[1]


def documentation(root: Path) -> str:
    """Give the address of the connector's documentation."""
    published = repository(root)
    return f"{published}/blob/main/{PAGE}" if published else ASKELEPHANT


def changed(root: Path) -> dict[str, str]:
    """Give the files that name another address, with their text as it should be.

    Raises:
        ValueError: if a file doesn't name any.
    """
    address = documentation(root)
    texts = {}
    for name, (before, after) in PLACES.items():
        text = (root / name).read_text(encoding="utf-8")
        pattern = rf"({re.escape(before)})[^\s\"]+({re.escape(after)})"
        written, count = re.subn(pattern, rf"\g<1>{address}\g<2>", text)
        if not count:
            raise ValueError(f"{name} has no address after {before!r}.")
        if written != text:
            texts[name] = written
    return texts


def report(root: Path) -> str:
    """Say what the address is, and what is missing as long as the repository has none."""
    if repository(root):
        return f"The documentation is {documentation(root)}"
    return (
        "REPOSITORY in setup.py is empty: this repository isn't published yet. Until it is, the package names no\n"
        "source, changelog or issues, its page has plain text where README.md links to files, the image has no label\n"
        f"of its source, and documentationUrl is {documentation(root)}"
    )


def main(root: Path) -> int:
    """Write the address; return 1 if that can't be done."""
    try:
        for name, text in changed(root).items():
            (root / name).write_text(text, encoding="utf-8")
        print(report(root))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
