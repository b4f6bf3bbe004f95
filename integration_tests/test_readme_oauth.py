"""The README's PyAirbyte example with an OAuth client: refresh tokens that work once are kept from run to run."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from emulator import Emulator
from integration_tests.conftest import ROOT, held
from integration_tests.test_readme import block, run


def test_new_tokens_are_kept(tmp_path: Path, emulator: Emulator) -> None:
    config_file = tmp_path / "integration_tests" / "sample_config.json"
    config_file.parent.mkdir()
    config = json.loads((ROOT / "integration_tests" / "sample_config.json").read_text(encoding="utf-8"))
    settings = emulator.settings
    config["credentials"] = {
        "auth_type": "oauth2.0",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "refresh_token": settings.refresh_token,
    }
    config_file.write_text(json.dumps(config), encoding="utf-8")
    example = [sys.executable, "-c", block("python", "get_source")]

    everything = sum(map(len, held(emulator).values()))
    assert f"\n{everything} records read" in run(example, tmp_path)
    assert emulator.stats().refreshes == 1, "the check's token serves the read"
    kept = json.loads(config_file.read_text(encoding="utf-8"))["credentials"]
    assert kept.keys() - config["credentials"].keys() == {"access_token", "token_expiry_date"}

    run(example, tmp_path)
    assert emulator.stats().refreshes == 1

    emulator.reset(replace(settings, token_ttl_requests=6))
    config_file.write_text(json.dumps(config), encoding="utf-8")
    for _ in range(2):
        run(example, tmp_path)
    assert emulator.stats().refreshes > 3, "each token works for a few requests only"
