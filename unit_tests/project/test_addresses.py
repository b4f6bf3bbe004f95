"""Where the repository is published stands in setup.py alone; what follows from it is the same everywhere."""

import re
import runpy
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts import addresses

ROOT = Path(__file__).resolve().parents[2]

PUBLISHED = "https://github.com/OWNER/source-askelephant"
LINK = re.compile(r"!?\[([^\]]+)\]\(([^)]+)\)")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that say an address, and what the package is made from."""
    for name in (*addresses.PLACES, "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def publish(root: Path, address: str = PUBLISHED) -> None:
    setup = (root / "setup.py").read_text(encoding="utf-8")
    (root / "setup.py").write_text(
        re.sub('^REPOSITORY = ".*"', f'REPOSITORY = "{address}"', setup, flags=re.MULTILINE), "utf-8"
    )


def package(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What setup.py gives to setup()."""
    given: dict[str, Any] = {}
    setuptools = SimpleNamespace(setup=lambda **arguments: given.update(arguments), find_packages=lambda **_: [])
    monkeypatch.setitem(sys.modules, "setuptools", setuptools)
    runpy.run_path(str(root / "setup.py"))
    return given


def test_all_places_name_the_address_that_setup_py_leads_to() -> None:
    assert addresses.changed(ROOT) == {}, "run: python -m scripts.addresses"


def test_a_published_repository_is_where_everything_points(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(copy)
    assert addresses.main(copy) == 0
    page = f"{PUBLISHED}/blob/main/docs/integrations/sources/askelephant.md"
    assert capsys.readouterr().out == f"The documentation is {page}\n"
    for name in addresses.PLACES:
        assert page in (copy / name).read_text(encoding="utf-8")
    version = package(copy, monkeypatch)["version"]
    assert package(copy, monkeypatch)["project_urls"] == {
        "Documentation": page,
        "Source": PUBLISHED,
        "Changelog": f"{PUBLISHED}/blob/v{version}/CHANGELOG.md",
        "Issues": f"{PUBLISHED}/issues",
    }


def test_a_repository_that_is_not_published_is_named_nowhere(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(copy)
    addresses.main(copy)
    capsys.readouterr()
    publish(copy, "")
    assert addresses.main(copy) == 0
    assert "REPOSITORY in setup.py is empty" in capsys.readouterr().out
    assert package(copy, monkeypatch)["project_urls"] == {"Documentation": addresses.ASKELEPHANT}
    assert not any(PUBLISHED in (copy / name).read_text(encoding="utf-8") for name in addresses.PLACES)


@pytest.mark.parametrize("address", ["github.com/OWNER/NAME", f"{PUBLISHED}/", "https://"])
def test_what_is_no_address_is_refused(copy: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    publish(copy, address)
    assert addresses.main(copy) == 1
    assert "REPOSITORY is an address such as" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["", PUBLISHED])
def test_every_link_of_the_packages_page_leads_somewhere(
    copy: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    publish(copy, address)
    given = package(copy, monkeypatch)
    page = given["long_description"]
    for _, target in LINK.findall(page):
        assert target.startswith(("https://", "#")), target
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert LINK.sub(r"\1", page) == LINK.sub(r"\1", readme), "nothing but links differs"
    links = re.findall(rf"(!?)\[[^\]]+\]\({PUBLISHED}/(blob|raw)/v{given['version']}/([^)#]+)", page)
    assert bool(links) is bool(address)
    for image, kind, name in links:
        assert (ROOT / name).is_file()
        assert kind == ("raw" if image else "blob")
