"""What takes time: cursors that expire, a Date that stands still, servers behind one another, limits, load."""

import pytest

from emulator import Emulator, Settings
from probe.findings import Verdict
from unit_tests.probe.asking import FEW_OF_EACH, Ask, answers


def test_a_cursor_that_lasts_for_a_while(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(cursor_ttl_seconds=2.0, cursor_expired_status=422))
    outcome = ask(pause=2.5)["cursor-lasts"].outcome
    assert (outcome.answer, outcome.verdict) == ("not after 2.5 seconds more", Verdict.COVERED)
    assert outcome.came == "at once: goes on; a second time: goes on; after 2.5 seconds more: refused with 422."


def test_a_date_that_stands_still(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(date_cached_seconds=3600.0))
    assert answers(ask(pause=3.5))["clock"] == "cached"


def test_servers_behind_one_another(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(replica_lag_seconds=60.0))
    for _ in range(30):
        emulator.create(1)
        emulator.advance(2.0)
    outcome = ask()["replicas"].outcome
    assert (outcome.answer, outcome.verdict) == ("differs", Verdict.COVERED)
    assert "lookback_window_seconds" in outcome.advice


def test_a_limit_is_kept_to_and_costs_no_answer(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(**FEW_OF_EACH, rate_limit=30, rate_limit_kind="window", rate_limit_window_seconds=2.0))
    found = answers(ask())
    assert (found["cursor-lasts"], found["bounds"], found["errors"]) == ("lasts", "as shown", "401, 200, 400, 404")
    assert emulator.stats().too_early == 0


def test_one_request_after_another(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(concurrency_limit=1))
    ask()
    assert emulator.stats().too_many_requests == 0


def test_load_stops_at_the_first_refusal(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(rate_limit=60, rate_limit_kind="sliding", rate_limit_window_seconds=60.0))
    outcome = ask(with_load=True)["rate-limit"].outcome
    assert outcome.verdict is Verdict.AS_ASSUMED
    assert outcome.answer.startswith("refused at ")
    assert "429 and Retry-After" in outcome.came
    assert emulator.stats().too_many_requests <= 16  # those that were under way
    assert len(emulator.requests) <= 60 + 16


def test_load_finds_how_many_may_be_under_way(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(contacts=20, concurrency_limit=1, latency_ms=200.0, retry_after_style="none"))
    outcome = ask(with_load=True)["rate-limit"].outcome
    assert outcome.answer == "refused at 8 a second"
    assert outcome.came.startswith("429 and no Retry-After at 8 requests a second, 4 at once, after ")


@pytest.mark.slow
def test_load_without_a_limit(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(contacts=20))
    finding = ask(with_load=True)["rate-limit"]
    assert finding.outcome.answer == "none found"
    assert finding.outcome.came == "62 requests, up to 32 a second and 16 at once, and none was refused."
    assert "62 times at most" in finding.question.how


@pytest.mark.slow
def test_load_that_breaks_the_server(emulator: Emulator, ask: Ask) -> None:
    emulator.fail_next("reset", after=45, times=100)
    outcome = ask(with_load=True)["rate-limit"].outcome
    assert (outcome.verdict, outcome.came.startswith("no answer at ")) == (Verdict.NOT_COVERED, True)
    assert "num_workers" in outcome.advice
