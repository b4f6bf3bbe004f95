"""Which names may stand in a report."""

import pytest

from probe import names


@pytest.mark.parametrize(
    "name",
    [
        "updated_at",
        "X-Api-Version",
        "application/problem+json",
        "address_2",
        "externalId",
        "_links",
        "CF-RAY",
        "crm_association.object_type",
    ],
)
def test_a_name(name: str) -> None:
    assert names.shown(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "cnt_01HQY3JMS2QAXJGX6X7CH7CM6X",
        "cnt_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "550e8400-e29b-41d4-a716-446655440000",
        "ada@example.com",
        "Ada Example",
        "2026-03-01",
        "+1 555 0100",
        "sk-apik_demo.not_a_real_secret_but_one_that_is_much_too_long_for_a_name",
        "Größe",
        "a|b",
        "a\nb",
    ],
)
def test_more_than_a_name(name: str) -> None:
    assert names.shown(name) == "…"


def test_each_once() -> None:
    assert names.listed(["b", "a", "b", "x y", "1"]) == "b, a, …"
    assert names.listed([]) == "none"
