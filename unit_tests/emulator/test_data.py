import json
import re
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from emulator import Emulator, Settings, VirtualClock
from unit_tests.emulator.asking import instant

FORMS = {"s": r"", "ms": r"\.\d{3}", "us": r"\.\d{6}"}


def contacts(**settings: Any) -> list[dict[str, Any]]:
    with Emulator(Settings(**{"clock": VirtualClock(), **settings})) as emulator:
        return list(emulator.snapshot().values())


@pytest.mark.parametrize("shape", ["spread", "burst", "flood", "ties"])
def test_the_seed_decides(shape: str) -> None:
    first = contacts(contacts=200, shape=shape, seed=7)
    assert first == contacts(contacts=200, shape=shape, seed=7)
    assert first != contacts(contacts=200, shape=shape, seed=8)


@pytest.mark.parametrize("precision", ["s", "ms", "us"])
def test_timestamps_have_their_precision(precision: str) -> None:
    form = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{FORMS[precision]}Z")
    for contact in contacts(contacts=100, precision=precision):
        assert form.fullmatch(contact["created_at"])
        assert form.fullmatch(contact["updated_at"])
        assert instant(contact["created_at"]) <= instant(contact["updated_at"])


def test_a_zero_fraction_can_be_left_out() -> None:
    newest = "2026-01-01T00:00:00Z"
    trimmed = contacts(contacts=10, newest=newest, trim_zero_fraction=True)
    assert trimmed[-1]["updated_at"] == newest
    assert "." in trimmed[0]["updated_at"]
    assert contacts(contacts=10, newest=newest)[-1]["updated_at"] == "2026-01-01T00:00:00.000Z"


def test_the_newest_is_a_little_older_than_now() -> None:
    with Emulator(Settings(contacts=10)) as emulator:
        newest = instant(list(emulator.snapshot().values())[-1]["updated_at"])
    age = datetime.now(timezone.utc) - newest
    assert timedelta(minutes=5) < age < timedelta(hours=6)


def test_shapes() -> None:
    def stamps(shape: str, **more: Any) -> list[str]:
        return [each["updated_at"] for each in contacts(contacts=1000, shape=shape, **more)]

    assert max(Counter(stamps("spread")).values()) == 1
    burst = sorted(map(instant, stamps("burst")))
    assert max(sum(t <= u < t + timedelta(hours=2) for u in burst) for t in burst) in range(600, 620)
    flood = Counter(stamps("flood", flood_size=400))
    assert flood.most_common(2)[0][1] == 400
    assert flood.most_common(2)[1][1] == 1
    assert 400 < stamps("flood", flood_size=400).index(flood.most_common(1)[0][0]) + 200 < 600
    ties = Counter(Counter(stamps("ties")).values())
    assert set(range(2, 8)) <= set(ties)
    assert max(ties) == 7
    assert set(Counter(stamps("ties", tie_size=50)).values()) == {50}


def test_contacts_are_varied_and_plainly_made_up() -> None:
    made = contacts(contacts=500)
    for contact in made:
        assert contact["object"] == "contact"
        assert re.fullmatch(r"cnt_[0-9A-HJKMNP-TV-Z]{26}", contact["id"])
        assert re.fullmatch(r"cmp_[0-9A-HJKMNP-TV-Z]{26}", contact.get("company", {"id": "cmp_" + "0" * 26})["id"])
        for email in contact.get("emails", []):
            assert email["email"].endswith(("@example.com", "@example.org"))
        for phone in contact.get("phone_numbers", []):
            assert re.fullmatch(r"\+1 555 01\d\d", phone["phone_number"])
    for name in ("description", "company", "emails", "phone_numbers", "crm_association", "time_zone"):
        assert {name in contact for contact in made} == {True, False}, name
        assert all(contact.get(name, "given") is not None for contact in made)
    for name in ("first_name", "last_name"):
        assert None in {contact[name] for contact in made}
    assert all(some in json.dumps(made, ensure_ascii=False) for some in ("é", "渡辺", "🐘", r"\n"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"contacts": -1},
        {"contacts": "many"},
        {"contacts": True},
        {"shape": "round"},
        {"precision": "ns"},
        {"validation_status": 500},
        {"newest": "yesterday"},
        {"rate_limit": 0},
        {"engagements": -1},
        {"transcript_bytes": -1},
        {"private_share": 1.5},
        {"processing_share": -0.1},
        {"processing_every": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)) if "newest" not in wrong else "yesterday"):
        Settings(**wrong)
