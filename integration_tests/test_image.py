"""The image as a runner starts it: read-only, without capabilities, with little memory. Needs `make image` first.

``make image-test`` builds the image and names it and its engine in CONNECTOR_IMAGE and CONTAINER_ENGINE.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from emulator import Emulator, Settings
from emulator.lists import LISTS
from integration_tests.conftest import ROOT, held
from unit_tests.helpers.support import sample_config

pytestmark = pytest.mark.container

WORKSPACE = Settings(contacts=1_234, companies=40, users=10, tags=8, engagements=60)
FOLDER = "/secrets"
TIMEOUT = 120
RESTRICTIONS = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=512m"]
UNREADABLE = 0o600

Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[str]:
    """Which engine it is: docker, or podman, which then is found under the name of docker."""
    name = os.environ["CONTAINER_ENGINE"]
    with pytest.MonkeyPatch.context() as patch:
        if name == "podman":
            patch.setenv("PATH", str(ROOT / "scripts/podman"), prepend=os.pathsep)
        yield name


@pytest.fixture(scope="module")
def command(engine: str) -> list[str]:
    """Command line that starts the image, up to where its arguments begin."""
    network = [] if engine == "podman" else ["--network=host"]  # podman's is the host's already
    image = os.environ["CONNECTOR_IMAGE"]
    return ["docker", "run", "--rm", *RESTRICTIONS, *network, "-v", "{folder}:/secrets:ro", image]


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    with Emulator(WORKSPACE) as emulator:
        yield emulator


@pytest.fixture
def folder(served: Emulator, tmp_path: Path) -> Path:
    """A folder with what the commands need, which the image's user may read."""
    tmp_path.chmod(0o755)
    root = Path(__file__).parent
    write(tmp_path / "config.json", sample_config(served, engagement_details=["transcript"]))
    write(tmp_path / "catalog.json", json.loads((root / "configured_catalog.json").read_text(encoding="utf-8")))
    return tmp_path


@pytest.fixture
def run(command: list[str], folder: Path) -> Run:
    """Run a command of the protocol in a container; returns exit code, messages and what stood on stderr."""

    def in_container(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        line = [part.format(folder=folder) for part in command]
        done = subprocess.run([*line, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False)
        return done.returncode, [json.loads(text) for text in done.stdout.splitlines()], done.stderr

    return in_container


def write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
    path.chmod(0o644)


def only(messages: list[dict[str, Any]], kind: str) -> list[Any]:
    field = {"CONNECTION_STATUS": "connectionStatus"}.get(kind, kind.lower())
    return [message[field] for message in messages if message["type"] == kind]


def read(*options: str) -> list[str]:
    return ["read", "--config", f"{FOLDER}/config.json", "--catalog", f"{FOLDER}/catalog.json", *options]


def test_spec(run: Run) -> None:
    exit_code, messages, _ = run("spec")
    assert exit_code == 0
    assert "credentials" in only(messages, "SPEC")[0]["connectionSpecification"]["properties"]


def test_check_and_discover(run: Run) -> None:
    exit_code, messages, _ = run("check", "--config", f"{FOLDER}/config.json")
    assert exit_code == 0
    assert only(messages, "CONNECTION_STATUS")[0]["status"] == "SUCCEEDED"
    exit_code, messages, _ = run("discover", "--config", f"{FOLDER}/config.json")
    assert exit_code == 0
    assert [stream["name"] for stream in only(messages, "CATALOG")[0]["streams"]] == list(LISTS)


def test_a_read_and_an_incremental_one(run: Run, served: Emulator, folder: Path) -> None:
    exit_code, messages, stderr = run(*read())
    assert exit_code == 0, stderr
    assert ids(messages) == held(served)
    said = {
        record["data"].get("transcript") for record in only(messages, "RECORD") if record["stream"] == "engagements"
    }
    assert any(said), "engagement_details asks for transcripts"
    # As docs/running/elsewhere.md keeps it: all that was said of the state, a message a line.
    states = [json.dumps(message) for message in messages if message["type"] == "STATE"]
    (folder / "state.json").write_text("\n".join(states), encoding="utf-8")
    (folder / "state.json").chmod(0o644)

    changed = {"contacts": set(served.update(7)), "engagements": set(served.update(3, of="engagements"))}
    exit_code, messages, _ = run(*read("--state", f"{FOLDER}/state.json"))
    assert exit_code == 0
    assert ids(messages) == changed


def ids(messages: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Ids of the records, by stream."""
    found: dict[str, set[str]] = {}
    for record in only(messages, "RECORD"):
        found.setdefault(record["stream"], set()).add(record["data"]["id"])
    return found


def test_a_wrong_key(run: Run, folder: Path, served: Emulator) -> None:
    key = "sk-apik_fake.wrong"
    credentials = {"auth_type": "api_key", "api_key": key}
    write(folder / "config.json", sample_config(served, credentials=credentials))
    exit_code, messages, stderr = run("check", "--config", f"{FOLDER}/config.json")
    assert exit_code == 0
    (status,) = only(messages, "CONNECTION_STATUS")
    assert status["status"] == "FAILED"
    assert "401" in status["message"]
    assert key not in json.dumps(messages) + stderr


def test_a_config_that_the_images_user_may_not_read(run: Run, folder: Path) -> None:
    (folder / "config.json").chmod(UNREADABLE)
    exit_code, messages, stderr = run("check", "--config", f"{FOLDER}/config.json")
    assert exit_code == 1
    (trace,) = only(messages, "TRACE")
    assert "can't be opened: Permission denied" in trace["error"]["message"]
    assert trace["error"]["failure_type"] == "config_error"
    assert "Traceback" not in stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_ends_within_seconds(
    command: list[str], folder: Path, served: Emulator, number: signal.Signals
) -> None:
    served.reset(Settings(contacts=50_000, latency_ms=20))
    line = [part.format(folder=folder) for part in command]
    with subprocess.Popen([*line, *read()], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        for text in process.stdout:
            if b'"RECORD"' in text:
                break
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert b"Traceback" not in out + err


def test_only_what_runs_is_in_it(command: list[str], folder: Path) -> None:
    line = [part.format(folder=folder) for part in command]
    script = (
        "import importlib.util as u, os, pathlib, sys\n"
        "print(os.getuid(), [n for n in ('emulator', 'pytest', 'hypothesis', 'pip', 'unit_tests') if u.find_spec(n)])\n"
    )
    line.insert(-1, "--entrypoint=/opt/connector/bin/python3")
    done = subprocess.run([*line, "-c", script], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert done.stdout == "1000 []\n"


def test_labels_and_entry_point(command: list[str]) -> None:
    image = command[-1]
    inspect = ["docker", "image", "inspect", image]
    described = json.loads(subprocess.run(inspect, capture_output=True, check=True).stdout)
    settings = described[0]["Config"]
    assert settings["User"] == "airbyte"
    assert settings["Labels"]["io.airbyte.name"] == "airbyte/source-askelephant"
    assert "app.askelephant.ai" in settings["Labels"]["org.opencontainers.image.description"]
    assert settings["Labels"]["io.airbyte.version"] == image.rpartition(":")[2]
    assert "org.opencontainers.image.documentation" in settings["Labels"]
    environment = dict(entry.split("=", 1) for entry in settings["Env"])
    assert [environment["AIRBYTE_ENTRYPOINT"]] == settings["Entrypoint"]


def test_airbytes_command_finds_nothing_wrong_with_it(engine: str, tmp_path: Path) -> None:
    """`airbyte-cdk image test`, as far as it takes neither Airbyte's registry nor what is tested above."""
    connector = tmp_path / "source-askelephant"
    shutil.copytree(ROOT / "integration_tests", connector / "integration_tests")
    for name in ("metadata.yaml", "acceptance-test-config.yml", ".tmp/pytest.ini"):
        (connector / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, connector / name)
    expected = {"test_docker_image_build_and_spec"}
    if engine == "podman":  # with docker, the containers that it starts don't reach the emulator
        expected.add("test_docker_image_build_and_read")
    alone = {"PYTEST_ADDOPTS": f"-k '{' or '.join(expected)}'", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [Path(sys.executable).with_name("airbyte-cdk"), "image", "test", ".", "--image", os.environ["CONNECTOR_IMAGE"]],
        cwd=connector,
        env={**os.environ, **alone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = ET.parse(connector / "build/test-results/standard-tests-junit.xml").iter("testcase")
    ran = {case.attrib["name"].partition("[")[0] for case in outcomes if case.find("skipped") is None}
    assert ran == expected
