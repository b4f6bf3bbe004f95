"""metadata.yaml is what Airbyte's registry takes, and agrees with the package."""

import ast
from typing import Any

import pytest
import yaml

from integration_tests.conftest import ROOT
from source_askelephant.source import STREAMS
from source_askelephant.spec import connector_specification


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
    assert metadata["data"]["license"] == package["license"]
    assert metadata["data"]["remoteRegistries"]["pypi"]["packageName"] == package["name"]


def test_it_agrees_with_the_connector(metadata: dict[str, Any]) -> None:
    assert metadata["data"]["documentationUrl"] == str(connector_specification().documentationUrl)
    assert metadata["data"]["suggestedStreams"]["streams"] == [stream.name for stream in STREAMS]
