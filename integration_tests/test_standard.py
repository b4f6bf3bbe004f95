"""The CDK's standard tests, with the scenarios of acceptance-test-config.yml.

Its image tests need a container engine and are deselected in pyproject.toml.
"""

from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from source_askelephant import SourceAskElephant


class TestSuite(SourceTestSuiteBase):
    connector = SourceAskElephant
