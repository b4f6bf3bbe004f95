"""All kinds of server in any combination, with changes: they never break the emulator, and the seed decides."""

import logging
from dataclasses import fields
from random import Random
from typing import Any

import pytest

from emulator import Churn, Settings
from emulator.kinds import Kinds
from unit_tests.emulator.asking import ASCENDING, Client, Params, Serve

NUMBERS: dict[str, tuple[object, ...]] = {
    "index_behind_seconds": (0, 0.5),
    "index_behind_changes": (0, 3),
    "late_commit_seconds": (0, 0.5),
    "late_commit_share": (0.5, 1.0),
    "hidden_share": (0, 0.3),
    "hidden_run": (1, 15),
    "most_per_page": (100, 7),
    "replica_lag_seconds": (0, 0.5),
    "date_skew_seconds": (0, -3_600),
    "date_cached_seconds": (0, 20),
    "future_contacts": (0, 10),
    "future_seconds": (None, 5),
}


def drawn(random: Random) -> dict[str, Any]:
    kind: dict[str, Any] = {}
    for field in fields(Kinds):
        choices = field.metadata["choices"]
        if field.metadata["kind"] is tuple:
            kind[field.name] = tuple(random.sample(choices, random.choice((0, 0, 1, 2))))
        elif field.metadata["kind"] is bool:
            kind[field.name] = random.random() < 0.3
        else:
            kind[field.name] = random.choice(choices or NUMBERS[field.name])
    churn = Churn(creates=1, updates=2, deletes=1, aim=0.5, aim_at=random.choice(("cursor", "last", "page")),
                  between=random.random() < 0.5, until_requests=20)  # fmt: skip
    shape = random.choice(("spread", "burst", "flood", "ties"))
    precision = random.choice(("s", "ms", "us"))
    return {**kind, "churn": churn, "shape": shape, "precision": precision, "contacts": 120}


def read(api: Client, random: Random) -> list[Any]:
    """What thirty requests find, some with cursors, and what there is at the end."""
    found: list[Any] = []
    cursor = None
    for _ in range(30):
        params: dict[str, str | int] = {**ASCENDING, "limit": random.choice((1, 10, 100))}
        if random.random() < 0.5:
            params["filter[updated_at][gte]"] = "2025-06-01T00:00:00Z"
        if random.random() < 0.2:
            params["order_by"] = "updated_at:desc"
        asked: Params = {"limit": 10} if cursor and random.random() < 0.5 else params
        answer = api.get({**asked, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code in {200, 400}, answer.text
        found.append((answer.status_code, answer.headers.get("Date"), answer.json().get("data")))
        cursor = answer.json().get("next_cursor")
    return [*found, api.emulator.snapshot()]


@pytest.mark.parametrize("seed", range(30))
def test_any_of_them_go_together(serve: Serve, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    kind = drawn(Random(seed))
    with caplog.at_level(logging.ERROR):
        first, second = (read(serve(**kind), Random(seed)) for _ in range(2))
    assert first == second
    assert not caplog.records


def test_without_any_of_them_the_emulator_is_what_it_was() -> None:
    off = {"applied", "cut", "empty", "id", "nothing", "place", "position", "stored", (), 0, None}
    neutral = {"hidden_run": 1, "late_commit_share": 1.0, "most_per_page": 100}
    settings = Settings()
    for field in fields(Kinds):
        value = getattr(settings, field.name)
        assert value in off or value == neutral.get(field.name), field.name
