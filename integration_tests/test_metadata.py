"""metadata.yaml is what Airbyte's registry takes, and agrees with the package."""

import ast
import re
from importlib.metadata import entry_points, requires
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from integration_tests.conftest import ROOT
from source_askelephant.api.retries import READ
from source_askelephant.api.transport import Timeouts
from source_askelephant.api.waits import SECONDS_PER_SIGN
from source_askelephant.config.spec import connector_specification
from source_askelephant.streams import STREAMS


@pytest.fixture
def metadata() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))
    return document


def setup_arguments() -> dict[str, str]:
    """The texts that setup.py gives to setup()."""
    (call,) = (
        node.value
        for node in ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )
    return {
        keyword.arg: keyword.value.value
        for keyword in call.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    }


def test_the_registry_takes_it(metadata: dict[str, Any]) -> None:
    models = pytest.importorskip(
        "airbyte_connector_models.metadata.v0.connector_metadata_definition_v0",
        reason="Airbyte's models of metadata.yaml run on Python 3.10 to 3.12 only",
    )
    models.ConnectorMetadataDefinitionV0.model_validate(metadata)


def test_it_agrees_with_the_package(metadata: dict[str, Any]) -> None:
    package = setup_arguments()
    assert metadata["data"]["dockerImageTag"] == package["version"]
    assert metadata["data"]["license"] == package["license_expression"]
    assert metadata["data"]["remoteRegistries"]["pypi"]["packageName"] == package["name"]


def test_what_airbytes_tools_read_of_pyproject_agrees_with_the_package() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 can't read TOML")
    poetry = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poetry"]
    package = setup_arguments()
    requirements = {
        each.name: str(each.specifier) for each in map(Requirement, requires(package["name"]) or []) if not each.marker
    }
    bounds = {name: str(SpecifierSet(bound)) for name, bound in poetry["dependencies"].items()}
    assert bounds == {**requirements, "python": str(SpecifierSet(package["python_requires"]))}
    for name in ("name", "version", "description"):
        assert poetry[name] == package[name]
    assert poetry["license"] == package["license_expression"]
    (script,) = entry_points(group="console_scripts", name="source-askelephant")
    assert poetry["scripts"] == {script.name: script.value}


def test_it_agrees_with_the_connector(metadata: dict[str, Any]) -> None:
    assert metadata["data"]["documentationUrl"] == str(connector_specification().documentationUrl)
    # Tags alone say little, so that they aren't suggested.
    suggested = [name for name in (str(stream.name) for stream in STREAMS) if name != "tags"]
    assert metadata["data"]["suggestedStreams"]["streams"] == suggested


def test_no_wait_outlasts_the_platforms_patience(metadata: dict[str, Any]) -> None:
    longest = metadata["data"]["maxSecondsBetweenMessages"]
    assert SECONDS_PER_SIGN + sum(Timeouts()) < longest / 2, "the state comes at least twice, whatever a wait is for"
    assert READ.max_retry_after <= longest, "also where there is no state to emit yet"


def test_the_dockerfile_agrees(metadata: dict[str, Any]) -> None:
    arguments = dict(re.findall(r"^ARG (\w+)=(.*)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    assert arguments["BASE_IMAGE"] == metadata["data"]["connectorBuildOptions"]["baseImage"]
    assert re.search(r":[\d.]+@sha256:[0-9a-f]{64}$", arguments["BASE_IMAGE"]), "a tag alone can be moved"
    assert arguments["VERSION"] == metadata["data"]["dockerImageTag"]


def test_the_changelogs_know_the_version(metadata: dict[str, Any]) -> None:
    version = metadata["data"]["dockerImageTag"]
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n| {version} |" in (ROOT / "docs/integrations/sources/askelephant.md").read_text(encoding="utf-8")


def test_the_icon_is_square() -> None:
    icon = ET.parse(ROOT / "icon.svg").getroot()
    assert icon.get("width") == icon.get("height")


def test_what_the_image_installs_is_locked_within_the_packages_bounds() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    direct = [Requirement(line) for line in requires("airbyte-source-askelephant") or [] if "extra ==" not in line]
    assert direct
    for requirement in direct:
        assert locked[requirement.name] in requirement.specifier, requirement
