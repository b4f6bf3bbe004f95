"""What the package says it needs: all that it imports, and nothing older than the CDK allows."""

import ast
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
    ("folder", "extra"), [("source_askelephant", ""), ("probe", ""), ("emulator", "benchmarks"), ("demo", "demo")]
)
def test_all_that_is_imported_is_declared(folder: str, extra: str) -> None:
    modules = imported(folder)
    assert modules
    assert modules <= provided({each.name for each in requirements(PACKAGE, extra)})


def test_all_that_is_declared_is_imported() -> None:
    for requirement in requirements(PACKAGE):
        assert provided({requirement.name}) & imported("source_askelephant"), requirement


def test_no_lower_bound_lies_below_the_cdks_own() -> None:
    own, cdk = ({canonicalize_name(each.name): each for each in requirements(name)} for name in (PACKAGE, CDK))
    shared = own.keys() & cdk.keys()
    assert {"orjson", "pydantic", "python-dateutil"} <= shared
    for name in shared:
        lowest = next(bound.version for bound in own[name].specifier if bound.operator == ">=")
        assert lowest in cdk[name].specifier, f"{own[name]}, where the CDK wants {cdk[name]}"
