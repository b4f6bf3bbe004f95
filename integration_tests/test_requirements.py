"""What the package says it needs: all that it imports, nothing older than the CDK allows, and which Pythons."""

import ast
import re
import sys
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from integration_tests.conftest import ROOT

PACKAGE = "airbyte-source-askelephant"
CDK = "airbyte-cdk"
OWN = {"source_askelephant", "emulator", "probe", "demo"}


def requirements(of: str, extra: str = "") -> list[Requirement]:
    """What an installed distribution needs, on any Python, with this extra."""
    found = [Requirement(line) for line in distribution(of).requires or []]
    return [each for each in found if any(applies(each, python, extra) for python in pythons(of))]


def applies(requirement: Requirement, python: str, extra: str) -> bool:
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": extra}
    return requirement.marker is None or requirement.marker.evaluate(environment)


def pythons(of: str) -> list[str]:
    """The Pythons that an installed distribution takes."""
    bounds = SpecifierSet(distribution(of).metadata["Requires-Python"])
    return [python for python in (f"3.{minor}" for minor in range(50)) if python in bounds]


def imported(folder: str) -> set[str]:
    """The top modules of others that a folder's modules import."""
    names: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module or "")
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OWN


def provided(distributions: set[str]) -> set[str]:
    """The top modules that installed distributions bring."""
    return {file.parts[0].removesuffix(".py") for each in distributions for file in distribution(each).files or ()}


@pytest.mark.parametrize(
    ("folder", "extra"), [("source_askelephant", ""), ("probe", ""), ("emulator", "emulator"), ("demo", "demo")]
)
def test_all_that_is_imported_is_declared(folder: str, extra: str) -> None:
    modules = imported(folder)
    assert modules
    assert modules <= provided({each.name for each in requirements(PACKAGE, extra)})


def test_all_that_is_declared_is_imported() -> None:
    modules = imported("source_askelephant")
    for requirement in requirements(PACKAGE):
        assert provided({requirement.name}) & modules, requirement


def test_no_lower_bound_lies_below_the_cdks_own() -> None:
    own, cdk = ({canonicalize_name(each.name): each for each in requirements(name)} for name in (PACKAGE, CDK))
    shared = own.keys() & cdk.keys()
    assert {"orjson", "pydantic", "python-dateutil"} <= shared
    for name in shared:
        lowest = next(bound.version for bound in own[name].specifier if bound.operator == ">=")
        assert lowest in cdk[name].specifier, f"{own[name]}, where the CDK wants {cdk[name]}"


def test_every_python_that_the_cdk_takes_is_taken_and_named() -> None:
    taken = pythons(PACKAGE)
    assert taken == pythons(CDK)
    classifiers = distribution(PACKAGE).metadata.get_all("Classifier") or []
    assert re.findall(r":: Python :: (3\.\d+)", "\n".join(classifiers)) == taken
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"not ({taken[0].replace('.', ', ')}) <= sys.version_info < (3, {int(taken[-1][2:]) + 1})" in makefile
    for text in (makefile, (ROOT / "README.md").read_text(encoding="utf-8")):
        assert set(re.findall(r"3\.\d+ to 3\.\d+", text)) == {f"{taken[0]} to {taken[-1]}"}


@pytest.mark.parametrize("name", ["airbyte", "airbyte-connector-models"])
def test_markers_are_as_wide_as_the_release_allows(name: str) -> None:
    here = "{}.{}".format(*sys.version_info)
    earlier: set[str] = set()
    for requirement in (each for each in requirements(PACKAGE, "tests") if each.name == name):
        serves = {python for python in pythons(PACKAGE) if applies(requirement, python, "tests")}
        if here in serves:
            allowed = {*pythons(name)} & {*pythons(PACKAGE)}
            assert serves == allowed - earlier, f"{name} {distribution(name).version} runs on {sorted(allowed)}"
            return
        earlier |= serves
    pytest.skip(f"{name} has no release for Python {here}")


def test_pyairbyte_comes_with_the_demo_on_every_python() -> None:
    lines = [each for each in requirements(PACKAGE, "demo") if each.name == "airbyte"]
    for python in pythons(PACKAGE):
        assert [applies(each, python, "demo") for each in lines].count(True) == 1, python
