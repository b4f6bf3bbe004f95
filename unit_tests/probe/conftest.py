"""The probe against an emulator, in this process."""

import pytest

from emulator import Emulator
from probe import load
from probe.asked import QUESTIONS, probe
from probe.asking import Api
from probe.findings import Finding
from probe.session import Session
from unit_tests.helpers.support import sample_config
from unit_tests.probe.asking import Ask


@pytest.fixture
def ask(emulator: Emulator) -> Ask:
    """Run the whole probe; return what it found by the questions' ids."""

    def asked(pause: float = 0.0, *, with_load: bool = False, **config: object) -> dict[str, Finding]:
        api = Api(sample_config(emulator, **config), lambda _: None)
        questions = (*QUESTIONS, load.question(seconds_per_step=1.0)) if with_load else QUESTIONS
        findings = list(probe(Session(api, [pause]), questions))
        return {finding.question.id: finding for finding in findings}

    return asked
