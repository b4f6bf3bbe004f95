"""The demo does what it says, twice in the same folder, and leaves nothing running."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from integration_tests.conftest import ROOT


def start(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "demo.run"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def test_it_syncs_everything_and_then_only_what_changed(tmp_path: Path) -> None:
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "warehouse.duckdb").write_text("left by a run before")
    with start(tmp_path) as demo:
        said = demo.communicate(timeout=120)[0]
    assert demo.returncode == 0, said
    assert "First sync: 6,045 records read (" in said
    assert "Second sync: 52 records read (5 requests, " in said
    assert "5,005 contacts, 400 companies, 25 users, 20 tags, 602 engagements, each as of its last change" in said
    tables = re.findall(r"\?\n┌[^├]*├.*?\n([^└]*)└", said)
    assert [rows.count("\n") for rows in tables] == [5, 5, 5], "each question has its answer"

    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    next_command = said.splitlines()[-1]
    answer = subprocess.run(
        ["bash", "-c", next_command], cwd=tmp_path, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, check=True
    )
    assert b"MEETING" in answer.stdout


def test_it_stops_what_it_started_when_it_is_interrupted(tmp_path: Path) -> None:
    with start(tmp_path) as demo:
        assert demo.stdout
        for line in demo.stdout:
            if line.startswith("2. check"):
                break
        demo.send_signal(signal.SIGINT)
        # The end of the output: no child holds the pipe any longer.
        said = demo.communicate(timeout=60)[0]
    assert demo.returncode == 130, said
    assert said.endswith("Stopped.\n")
