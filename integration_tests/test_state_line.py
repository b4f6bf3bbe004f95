"""The line that keeps what a read says of its state, as the pages show it, never loses what was said before."""

import re
import subprocess
from pathlib import Path

import pytest

from integration_tests.conftest import ROOT

BEFORE = '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"users"}}}}\n'
LINES = [
    (page, line)
    for page in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
    for line in re.findall(r"^grep [^\n]*STATE(?:[^\n]*&&\n)?.*$", page.read_text(encoding="utf-8"), re.MULTILINE)
]


def test_they_are_found() -> None:
    assert [page.name for page, _ in LINES] == ["README.md", "elsewhere.md"]


@pytest.mark.parametrize("line", [line for _, line in LINES])
@pytest.mark.parametrize("options", ["-c", "-euo pipefail -c"])
def test_a_read_without_state_leaves_the_file_as_it_was(tmp_path: Path, line: str, options: str) -> None:
    folder = tmp_path / ("secrets" if "secrets/" in line else ".")
    folder.mkdir(exist_ok=True)
    state, printed = folder / "state.json", tmp_path / "out.jsonl"
    command = ["bash", *options.split(), line]

    state.write_text(BEFORE, encoding="utf-8")
    for text in ("", '{"type":"TRACE","trace":{"type":"ERROR"}}\n'):
        printed.write_text(text, encoding="utf-8")
        subprocess.run(command, cwd=tmp_path, check=False)
        assert state.read_text(encoding="utf-8") == BEFORE

    said = '{"type":"STATE","state":1}\n', '{"type":"STATE","state":2}\n'
    printed.write_text(f'{said[0]}{{"type":"LOG"}}\n{said[1]}', encoding="utf-8")
    subprocess.run(command, cwd=tmp_path, check=True)
    assert state.read_text(encoding="utf-8") == "".join([BEFORE, *said])
