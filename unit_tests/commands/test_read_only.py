"""Every command runs where no file can be written, as in a container whose file system is read-only."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from unit_tests.helpers.processes import environment
from unit_tests.helpers.support import catalog, command_line

# Python asks its audit hooks before it opens a file or makes a folder. So this holds for whoever runs the tests.
READ_ONLY = """
import errno, os, sys

def refuse(event, arguments):
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    if event in {"os.mkdir", "os.rename"} or (event == "open" and arguments[2] & writes):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), arguments[0])

from source_askelephant.run import run
sys.addaudithook(refuse)
run()
"""


@pytest.mark.parametrize("verb", ["spec", "check", "discover", "read"])
def test_without_a_folder_that_can_be_written(
    emulator: Emulator, config: dict[str, Any], tmp_path: Path, verb: str
) -> None:
    documents = {"spec": {}, "read": {"config": config, "catalog": catalog()}}.get(verb, {"config": config})
    arguments = command_line(tmp_path, verb, **documents)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert '"ERROR"' not in done.stdout
    assert done.stdout.count('"type":"RECORD"') == (len(emulator.snapshot()) if verb == "read" else 0)
