"""`make image` asks the engine for what it is asked for. The engine is a script that writes down what it is told."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from unit_tests.project.test_addresses import PUBLISHED, publish
from unit_tests.project.test_release import PRESENT, ROOT, git

ENGINE = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $BROKEN" in
    "info "*) echo linux/amd64 ;;
    "--version "*) echo "$NAME" ;;
    "pull pull") echo "no such host" >&2; exit 1 ;;
esac
"""
Build = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("scripts/image.sh", "scripts/podman/docker", "setup.py", "Dockerfile"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    return tmp_path


@pytest.fixture
def build(repository: Path) -> Build:
    """Run the script with an engine and variables; what the engine was told is in the file `calls`."""

    def run(engine: str = "docker", **variables: str) -> "subprocess.CompletedProcess[str]":
        programs = repository / "bin"
        programs.mkdir(exist_ok=True)
        for name, script in (("docker", "#!/bin/sh\nexit 1\n"), (engine, ENGINE)):
            (programs / name).write_text(script, encoding="utf-8")
            (programs / name).chmod(0o755)
        environment = {name: text for name, text in os.environ.items() if name not in {"PLATFORM", "VERSION"}}
        environment |= {
            "PATH": f"{programs}:{environment['PATH']}",
            "CALLS": str(repository / "calls"),
            "BROKEN": "",
            "NAME": engine,
        }
        environment |= variables
        command = [repository / "scripts/image.sh"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def built(repository: Path) -> str:
    """How the image was built, if it was."""
    calls = (repository / "calls").read_text(encoding="utf-8").splitlines()
    return " ".join(call for call in calls if call.startswith("build "))


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_platform_and_version_reach_the_engine(engine: str, build: Build, repository: Path) -> None:
    done = build(engine, PLATFORM="linux/arm64", VERSION="98.7.6")
    assert done.stdout == f"{engine} airbyte/source-askelephant:98.7.6\n", done.stderr
    call = built(repository)
    assert " --platform linux/arm64 " in call
    assert " --label io.airbyte.version=98.7.6 " in call
    assert "--tag airbyte/source-askelephant:98.7.6 " in call
    pulled = "pull --quiet --platform linux/arm64 docker.io/airbyte/python-connector-base:"
    assert pulled in (repository / "calls").read_text(encoding="utf-8"), "this machine's own would be of no use"


def test_otherwise_it_is_for_this_machine_and_of_the_version_in_setup_py(build: Build, repository: Path) -> None:
    assert build().stdout == f"docker airbyte/source-askelephant:{PRESENT}\n"
    assert "--platform" not in built(repository)
    assert f" --label io.airbyte.version={PRESENT} " in built(repository)


@pytest.mark.parametrize("platform", ["amd64", "linux/", "arm"])
def test_what_is_no_platform_is_refused(platform: str, build: Build, repository: Path) -> None:
    done = build(PLATFORM=platform)
    assert (done.returncode, done.stderr) == (1, f"PLATFORM is such as linux/amd64 or linux/arm64, not {platform}\n")
    assert not (repository / "calls").exists()


def test_debians_packages_are_no_base_for_another_platform(build: Build, repository: Path) -> None:
    done = build("podman", PLATFORM="linux/arm64", BROKEN="pull")
    assert done.returncode == 1
    assert done.stderr == "Airbyte's base image for linux/arm64 can't be pulled: no such host\n"
    assert not built(repository)
    assert build("podman", PLATFORM="linux/amd64", BROKEN="pull").returncode == 0, "that is this machine's"
    assert "--pull=never" in built(repository)


def test_podman_under_dockers_name_is_podman(build: Build) -> None:
    build("podman")
    assert build(NAME="podman version 4.3.1").stdout.startswith("podman ")


@pytest.mark.parametrize("address", [PUBLISHED, ""])
def test_labels_say_where_it_comes_from_once_that_is_published(address: str, build: Build, repository: Path) -> None:
    publish(repository, address)
    assert build().returncode == 0
    labels = re.findall(r"--label org\.opencontainers\.image\.(source|url)=(\S+)", built(repository))
    assert labels == ([("source", address), ("url", address)] if address else [])
