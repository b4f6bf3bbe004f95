"""What the pages in docs/running/ show can be followed.

Python and shell run as they stand, but for the API's address, the key, and /opt, which is a folder of the test. Tools
that aren't here are stand-ins that record what they were asked for; docker runs the connector that is installed. What
can't run here is parsed, and its names are compared with the connector's own. What was run by hand stands on the pages.
"""

import ast
import fcntl
import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hcl2
import jsonschema
import pytest
import yaml
from hcl2.utils import SerializationOptions

from emulator import Emulator
from emulator.lists import LISTS
from integration_tests.conftest import ROOT, held
from source_askelephant.config.spec import connector_specification

PAGES = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs/running").glob("*.md")}
UNTESTED = {name: re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) for name, text in PAGES.items()}
SCRIPTS = Path(sysconfig.get_path("scripts"))
KEY = str(json.loads((ROOT / "integration_tests/sample_config.json").read_text("utf-8"))["credentials"]["api_key"])


def take(page: str, language: str, word: str) -> str:
    """The one code block of a page in this language with this word, for a test."""
    (found,) = [block for block in UNTESTED[page] if block[0] == language and word in block[1]]
    UNTESTED[page].remove(found)
    return str(found[1])


BUILD = take("airbyte.md", "sh", "make image")
PUSH = take("airbyte.md", "sh", "docker push")
PULL_SECRET = take("airbyte.md", "sh", "kubectl create secret")
PULL_SECRET_VALUES = take("airbyte.md", "yaml", "mainContainerImagePullSecret")
LOAD = take("airbyte.md", "sh", "kind load")
MEMORY = take("airbyte.md", "sh", "resourceRequirements")
TERRAFORM = take("airbyte.md", "hcl", "airbyte_source_definition")
CONTAINER = take("elsewhere.md", "sh", "docker run")
INSTALL = {name: take(name, "sh", "pip install") for name in ("pyairbyte.md", "meltano.md", "assistants.md")}
SYNC = take("pyairbyte.md", "python", "def sync_askelephant")
KEY_FILE = take("pyairbyte.md", "sh", "install -m 600")
CRONTAB = take("pyairbyte.md", "crontab", "flock")
CONNECTION = take("pyairbyte.md", "sh", "airflow connections add")
DAG = take("pyairbyte.md", "python", "airflow.sdk")
DAG_TEST = take("pyairbyte.md", "sh", "airflow dags test")
ASSET = take("pyairbyte.md", "python", "import dagster")
MATERIALIZE = take("pyairbyte.md", "sh", "dagster asset materialize")
MELTANO = take("meltano.md", "yaml", "tap-askelephant")
MELTANO_RUN = take("meltano.md", "sh", "meltano run")
MCP_SERVER = take("assistants.md", "json", "mcpServers")
MCP_CONFIG = take("assistants.md", "json", "secret_reference")

RECORDER = """
import json, pathlib, sys
with open({log!r}, "a") as log:
    print(json.dumps([pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]), file=log)
sys.stdout.write(sys.stdin.read())
"""
DOCKER = (
    RECORDER
    + """
if sys.argv[1] == "run":
    import re, subprocess
    *options, folder, image = sys.argv[2 : sys.argv.index("read")]
    host, inside, mode = folder.split(":")
    arguments = [re.sub("^" + inside, host, each) for each in sys.argv[sys.argv.index("read") :]]
    sys.exit(subprocess.call([{connector!r}, *arguments]))
"""
)
# As Airflow does it, a task takes nothing along into the other interpreter but its own lines and its arguments.
AIRFLOW = """
import inspect, os, subprocess, textwrap

KEY = os.environ["CONNECTION"]

def dag(**options):
    assert options["max_active_runs"] == 1
    return lambda function: function

class task:
    def external_python(python, expect_airflow):
        assert not expect_airflow
        def decorate(function):
            _, *lines = textwrap.dedent(inspect.getsource(function)).splitlines()
            def call(key):
                assert key == "{{ conn.askelephant.password }}"
                program = "\\n".join([*lines, f"print({function.__name__}({KEY!r}), 'records read')"])
                subprocess.run([python, "-I", "-c", program], check=True)
            return call
        return decorate
"""
DAGSTER = """
asset = lambda function: function
MaterializeResult = dict
"""


@dataclass(frozen=True)
class Machine:
    """A folder in which commands run, with stand-ins for the tools that they need."""

    folder: Path

    @property
    def opt(self) -> Path:
        return self.folder / "opt"

    @property
    def connector(self) -> str:
        return str(SCRIPTS / "source-askelephant")

    def here(self, text: str) -> str:
        """What a page shows, with this folder for /opt/askelephant, a key, and the emulator's address."""
        text = text.replace("/opt/askelephant", str(self.opt)).replace("sk-apik_...", KEY)
        return re.sub(r'("credentials": \{[^{}]*\})', r'\1, "api_url": "http://127.0.0.1:8765/api"', text)

    def stand_in(self, path: Path, program: str = RECORDER) -> None:
        text = program.format(log=str(self.folder / "log"), connector=self.connector)
        path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
        path.chmod(0o755)

    def run(self, script: str, folder: Path | None = None, *, shell: str = "bash", **environment: str) -> str:
        """Run commands with nothing in the environment but these variables; what they printed."""
        environment = {"HOME": str(self.folder), "AIRBYTE_LOGGING_ROOT": str(self.folder / "logs"), **environment}
        arguments = [shell, "-e", "-u", "-c", script]
        place = folder or self.folder
        done = subprocess.run(
            arguments, cwd=place, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def show(self, script: str, *tools: str, **environment: str) -> str:
        """Run a page's commands with stand-ins of these names."""
        for tool in tools:
            self.stand_in(self.folder / "bin" / tool, DOCKER if tool == "docker" else RECORDER)
        path = f"{self.folder / 'bin'}{os.pathsep}{os.defpath}"
        return self.run(self.here(script), None, PATH=path, **environment)

    def called(self) -> list[list[str]]:
        """What the stand-ins were asked for, in order."""
        return [json.loads(line) for line in (self.folder / "log").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def machine(workplace: Path) -> Machine:
    """A machine whose /opt/askelephant is an environment with all that is installed here, made of links."""
    machine = Machine(workplace)
    (machine.opt / "bin").mkdir(parents=True)
    (workplace / "bin").mkdir()
    here = Path(sys.executable).parent.parent
    for name in ("pyvenv.cfg", "lib", "lib64", "include"):
        if (here / name).exists():
            (machine.opt / name).symlink_to(here / name)
    (machine.opt / "bin/python").symlink_to(sys.executable)
    for name in ("source-askelephant", "airbyte-mcp"):
        (machine.opt / "bin" / name).symlink_to(SCRIPTS / name)
    machine.stand_in(machine.opt / "bin/pip")
    (machine.opt / "sync.py").write_text(machine.here(SYNC), encoding="utf-8")
    return machine


def metadata() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "metadata.yaml").read_text(encoding="utf-8"))["data"])


def image() -> str:
    return f"{metadata()['dockerRepository']}:{metadata()['dockerImageTag']}"


def schema(stream: str) -> dict[str, Any]:
    path = ROOT / f"source_askelephant/schemas/{stream}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["properties"])


def assert_valid(config: dict[str, Any]) -> None:
    """The specification takes the configuration, and each of its fields is one of the connector's."""
    specification = connector_specification().connectionSpecification
    jsonschema.validate(config, specification)
    assert config.keys() <= specification["properties"].keys()


def test_every_code_block_is_tested() -> None:
    for name, text in PAGES.items():
        assert len(re.findall(r"^ *```", text, re.MULTILINE)) % 2 == 0, name
    # The views have tests of their own: test_duckdb.py, test_postgres.py.
    assert {language for language, _ in UNTESTED["warehouse.md"]} == {"sql"}
    assert {name for name, blocks in UNTESTED.items() if blocks} == {"warehouse.md"}


def test_a_container_reads_into_files_and_goes_on_from_its_state(machine: Machine, emulator: Emulator) -> None:
    machine.show(CONTAINER, "docker")
    ((_, _, *line),) = machine.called()
    assert {"--rm", "--read-only", "--cap-drop=ALL"} < set(line)
    assert line[line.index("read") - 1] == image()
    assert ids(machine) == held(emulator)

    # The page names the option for the next run.
    (state,) = re.findall(r"`(--state \S+)`", PAGES["elsewhere.md"])
    changed = emulator.update(7)
    machine.show(CONTAINER.replace(" > out.jsonl", f" {state} > out.jsonl"), "docker")
    assert ids(machine) == {"contacts": set(changed)}


def ids(machine: Machine) -> dict[str, set[str]]:
    """Ids of the records that a run put into its file, by stream."""
    found: dict[str, set[str]] = {}
    for line in (machine.folder / "out.jsonl").read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            found.setdefault(message["record"]["stream"], set()).add(message["record"]["data"]["id"])
    return found


def test_the_image_is_built_pushed_and_loaded_under_its_name(machine: Machine) -> None:
    dry_run = ["make", "--dry-run", *shlex.split(BUILD)[1:]]
    built = subprocess.run(dry_run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "scripts/image.sh" in built.stdout
    machine.show(PUSH + LOAD, "docker", "kind")
    remote = image().replace("airbyte/", "registry.example.com/")
    assert machine.called() == [
        ["docker", "tag", image(), remote],
        ["docker", "push", remote],
        ["kind", "load", "docker-image", image(), "--name", "airbyte-abctl"],
    ]


def test_the_pull_secret_is_the_one_that_the_chart_is_given(machine: Machine) -> None:
    machine.show(PULL_SECRET, "kubectl", REGISTRY_PASSWORD="made up")
    ((*_, kind, name, _, _, server, _, password),) = machine.called()
    assert (kind, server, password) == (
        "docker-registry",
        "--docker-server=registry.example.com",
        "--docker-password=made up",
    )
    # charts/v2/airbyte/values.yaml of airbytehq/airbyte-platform.
    assert yaml.safe_load(PULL_SECRET_VALUES) == {"global": {"jobs": {"kube": {"mainContainerImagePullSecret": name}}}}


def requested_memory(machine: Machine) -> dict[str, Any]:
    """What the page sends to Airbyte's API."""
    said = machine.show(MEMORY, "curl", AIRBYTE_TOKEN="token", WORKSPACE_ID="workspace", DEFINITION_ID="definition")
    return dict(json.loads(said))


def test_memory_is_asked_for_as_the_api_takes_it(machine: Machine) -> None:
    # SourceDefinitionUpdate in server-api/src/main/openapi/config.yaml of airbytehq/airbyte-platform.
    assert requested_memory(machine) == {
        "workspaceId": "workspace",
        "sourceDefinitionId": "definition",
        "dockerImageTag": metadata()["dockerImageTag"],
        "resourceRequirements": {"default": {"memory_limit": "512Mi"}},
    }
    ((_, *line),) = machine.called()
    assert "https://airbyte.example.com/api/v1/source_definitions/update" in line
    assert "Authorization: Bearer token" in line


def hcl(text: str) -> dict[str, Any]:
    plain = SerializationOptions(strip_string_quotes=True, explicit_blocks=False)
    return dict(hcl2.loads(text, serialization_options=plain))


def terraform_resources() -> dict[str, dict[str, Any]]:
    """The attributes of each kind of resource on the page."""
    named = [(kind, names) for each in hcl(TERRAFORM)["resource"] for kind, names in each.items()]
    return {kind: names["askelephant"] for kind, names in named}


def test_terraform_makes_a_definition_a_source_and_a_connection() -> None:
    resources = terraform_resources()
    # docs/resources/ of airbytehq/terraform-provider-airbyte.
    assert {kind: set(attributes) for kind, attributes in resources.items()} == {
        "airbyte_source_definition": {
            "name",
            "workspace_id",
            "docker_repository",
            "docker_image_tag",
            "documentation_url",
        },
        "airbyte_source": {"name", "workspace_id", "definition_id", "configuration"},
        "airbyte_connection": {"name", "source_id", "destination_id", "schedule", "configurations"},
    }
    definition, source = resources["airbyte_source_definition"], resources["airbyte_source"]
    assert f"{definition['docker_repository']}:{definition['docker_image_tag']}" in PUSH
    assert source["definition_id"] == "${airbyte_source_definition.askelephant.id}"
    assert resources["airbyte_connection"]["source_id"] == "${airbyte_source.askelephant.source_id}"

    (configuration,) = re.findall(r"jsonencode\((.*)\)", source["configuration"])
    configuration = configuration.replace("var.askelephant_api_key", f'"{KEY}"')
    assert_valid(hcl(f"configuration = {configuration}")["configuration"])

    (local,) = hcl(TERRAFORM)["locals"]
    assert local["streams"] == list(LISTS)
    declared = {name for each in hcl(TERRAFORM)["variable"] for name in each}
    assert set(re.findall(r"var\.(\w+)", TERRAFORM)) == declared


def test_names_in_airbytes_api_are_those_of_its_client(machine: Machine) -> None:
    client = find_spec("airbyte_api")
    assert client
    assert client.origin
    models = Path(client.origin).parent / "models"  # importing them takes seconds
    (resources,) = requested_memory(machine)["resourceRequirements"].values()
    connection = terraform_resources()["airbyte_connection"]
    ((name, mode),) = re.findall(r'{(\w+) = name, sync_mode = "(\w+)"}', connection["configurations"]["streams"])
    for model, named in [
        ("resourcerequirements", resources),
        ("streamconfiguration", [name, "sync_mode"]),
        ("connectionsyncmodeenum", [mode]),
        ("airbyteapiconnectionschedule", connection["schedule"]),
    ]:
        known = set(re.findall(r"\w+", (models / f"{model}.py").read_text(encoding="utf-8")))
        assert set(named) <= known, model


@pytest.mark.parametrize("page", INSTALL)
def test_the_connector_is_installed_in_an_environment_of_its_own(machine: Machine, page: str) -> None:
    machine.show(INSTALL[page], "python3")
    beside = [] if page == "meltano.md" else ["airbyte"]
    assert machine.called() == [["python3", "-m", "venv", str(machine.opt)], ["pip", "install", ".", *beside]]


def test_cron_and_airflow_sync_into_one_file(machine: Machine, emulator: Emulator) -> None:
    machine.show(KEY_FILE)
    assert (machine.opt / "key").stat().st_mode & 0o777 == 0o600
    *times, command = machine.here(CRONTAB).strip().split(" ", maxsplit=5)
    assert times == ["17", "*", "*", "*", "*"]
    log = machine.opt / "sync.log"

    with (machine.opt / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AssertionError):
            machine.run(command, shell="sh", PATH="/usr/bin:/bin")
    assert log.read_text(encoding="utf-8") == "", "a run is under way"
    machine.run(command, shell="sh", PATH="/usr/bin:/bin")
    assert log.read_text(encoding="utf-8").endswith(f"\n{sum(map(len, held(emulator).values()))} records read\n")

    changed = emulator.update(7)
    modules = machine.folder / "modules"
    (modules / "airflow").mkdir(parents=True)
    (modules / "airflow/sdk.py").write_text(AIRFLOW, encoding="utf-8")
    (machine.folder / "dag.py").write_text(machine.here(DAG), encoding="utf-8")
    said = machine.run(f"{machine.opt}/bin/python dag.py", PYTHONPATH=str(modules), CONNECTION=KEY)
    assert said.splitlines()[-1] == f"{len(changed)} records read"


def test_the_asset_of_dagster_says_how_much_was_read(machine: Machine) -> None:
    (machine.opt / "assets.py").write_text(ASSET, encoding="utf-8")
    (machine.opt / "dagster.py").write_text(DAGSTER, encoding="utf-8")
    (machine.opt / "sync.py").write_text("sync_askelephant = lambda: 7\n", encoding="utf-8")
    said = machine.run("bin/python -c 'import assets; print(assets.askelephant())'", machine.opt)
    assert said == "{'metadata': {'records': 7}}\n"


def test_commands_name_the_dag_its_connection_and_the_asset(machine: Machine) -> None:
    machine.show(CONNECTION + DAG_TEST + MATERIALIZE, "airflow", "dagster")
    add, run, materialize = machine.called()
    assert add == ["airflow", "connections", "add", "askelephant", "--conn-type", "generic", "--conn-password", KEY]
    (templates,) = re.findall(r"\{\{ conn\.(\w+)\.password \}\}", DAG)
    assert templates == add[3]
    assert run == ["airflow", "dags", "test", decorated(DAG)]
    assert materialize == ["dagster", "asset", "materialize", "-f", "assets.py", "--select", decorated(ASSET)]
    assert "`assets.py`" in PAGES["pyairbyte.md"]


def decorated(program: str) -> str:
    """The name of a program's only decorated function."""
    (function,) = [each for each in ast.parse(program).body if isinstance(each, ast.FunctionDef)]
    assert function.decorator_list
    return function.name


def test_meltano_reads_what_its_wrapper_can_write() -> None:
    (tap,) = yaml.safe_load(MELTANO)["plugins"]["extractors"]
    assert tap["config"]["airbyte_spec"]["image"] == metadata()["dockerRepository"]
    config = json.loads(json.dumps(tap["config"]["airbyte_config"]).replace("$ASKELEPHANT_API_KEY", KEY))
    assert_valid(config)
    # The wrapper loses a stream that has a list of objects whose fields aren't described.
    lost = [
        f"!{stream}.{name}"
        for stream in LISTS
        for name, field in schema(stream).items()
        if "object" in field.get("items", {}).get("type", []) and "properties" not in field["items"]
    ]
    assert tap["select"] == ["*.*", *sorted(lost)]


def test_meltano_finds_the_connector_where_its_wrapper_looks(machine: Machine) -> None:
    (tap,) = yaml.safe_load(MELTANO)["plugins"]["extractors"]
    packages = machine.folder / f".meltano/extractors/{tap['name']}/venv/lib/{tap['python']}/site-packages/tap_airbyte"
    packages.mkdir(parents=True)
    machine.show(MELTANO_RUN, "meltano")
    assert machine.called() == [["meltano", "install"], ["meltano", "run", "tap-askelephant", "target-jsonl"]]
    _, name = tap["config"]["airbyte_spec"]["image"].split("/")
    assert (packages / f".venv-airbyte-{name}/bin/{name}").exists()


def test_an_assistant_reads_through_the_server(machine: Machine, emulator: Emulator) -> None:
    (server,) = json.loads(machine.here(MCP_SERVER))["mcpServers"].values()
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    arguments = {
        "source_connector_name": "source-askelephant",
        "config": json.loads(machine.here(MCP_CONFIG)),
        "stream_name": "tags",
        "max_records": 100,
    }
    _, listed, read = talk(
        server,
        machine.folder,
        ("initialize", client),
        ("tools/list", {}),
        ("tools/call", {"name": "read_source_stream_records", "arguments": arguments}),
    )
    tools = {tool["name"] for tool in listed["tools"]}
    (named,) = re.findall(r"^Its tools: (.*?)\n\n", PAGES["assistants.md"], re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", named)) <= tools
    assert not [tool for tool in tools if "cloud" in tool]
    records = json.loads(read["content"][0]["text"])
    assert {record["id"] for record in records} == held(emulator)["tags"]


def talk(server: dict[str, Any], folder: Path, *requests: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask a server that speaks MCP over stdio, one question after another; its answers."""
    environment = {"HOME": str(folder), "AIRBYTE_LOGGING_ROOT": str(folder / "logs"), **server["env"]}
    answers = []
    with subprocess.Popen(
        server["command"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        for number, (method, parameters) in enumerate(requests):
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            print(json.dumps(message), file=process.stdin, flush=True)
            # PyAirbyte prints lines in between that are no messages.
            for line in process.stdout:
                if f'"id":{number}' in line:
                    answers.append(json.loads(line)["result"])
                    break
            if method == "initialize":
                print('{"jsonrpc": "2.0", "method": "notifications/initialized"}', file=process.stdin, flush=True)
        process.stdin.close()
    return answers
