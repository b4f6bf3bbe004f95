"""Limits of other kinds than a pause: windows, buckets, requests at once; and how a refusal says when to come back."""

from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest
import requests

from unit_tests.emulator.asking import Client, Serve

STYLES = ["seconds", "fraction", "date", "body", "none", "garbage"]


def statuses(api: Client, count: int) -> list[int]:
    return [api.get({"limit": 1}).status_code for _ in range(count)]


def asked(answer: requests.Response) -> float:
    assert answer.status_code == 429
    return float(answer.headers["Retry-After"])


def let_pass(api: Client, seconds: int, each: float) -> list[int]:
    """How many pass in each second, if requests come until one is refused, again and again after `each` seconds."""
    passed = []
    for _ in range(seconds):
        count = 0
        for _ in range(round(1 / each)):
            while api.get({"limit": 1}).status_code == 200:
                count += 1
            api.emulator.advance(each)
        passed.append(count)
    return passed


def test_a_fixed_window_opens_again_at_its_end_whatever_is_refused(serve: Serve) -> None:
    api = serve(rate_limit=3, rate_limit_window_seconds=600, rate_limit_kind="window", retry_after_style="fraction")
    api.get()
    api.emulator.advance(asked_after(api, 2))
    assert statuses(api, 5) == [200, 200, 200, 429, 429]
    wait = asked(api.get())
    assert 590 < wait <= 600
    api.emulator.advance(300)
    assert 290 < asked(api.get()) <= 300
    api.emulator.advance(301)
    assert statuses(api, 4) == [200, 200, 200, 429]


def asked_after(api: Client, passing: int) -> float:
    """What is asked for once so many more have passed."""
    assert statuses(api, passing) == [200] * passing
    return asked(api.get()) + 0.001


def test_a_fixed_window_lets_twice_as_many_pass_around_its_end(serve: Serve) -> None:
    for kind, most in (("window", 6), ("sliding", 3)):
        api = serve(rate_limit=3, rate_limit_window_seconds=600, rate_limit_kind=kind, retry_after_style="fraction")
        if kind == "window":
            api.emulator.advance(asked_after(api, 3))
        api.emulator.advance(595)
        passed = statuses(api, 3)
        api.emulator.advance(10)
        assert (passed + statuses(api, 3)).count(200) == most


def test_any_span_of_a_sliding_window_has_no_more(serve: Serve) -> None:
    api = serve(rate_limit=3, rate_limit_window_seconds=600, rate_limit_kind="sliding", retry_after_style="fraction")
    for _ in range(3):
        api.get()
        api.emulator.advance(100)
    assert 290 < asked(api.get()) <= 300
    api.emulator.advance(300)
    assert statuses(api, 2) == [200, 429]
    assert 90 < asked(api.get()) <= 100


@pytest.mark.parametrize(("burst", "first"), [(None, 60), (1, 1), (5, 5), (100, 100)])
def test_a_bucket_lets_a_burst_pass_and_then_its_rate(serve: Serve, burst: int | None, first: int) -> None:
    kind = {"rate_limit_kind": "bucket", "rate_limit_burst": burst, "retry_after_style": "fraction"}
    api = serve(rate_limit=60, rate_limit_window_seconds=6_000, **kind)
    assert statuses(api, first + 1) == [200] * first + [429]
    assert 90 < asked(api.get()) <= 100
    assert [len([0 for each in step if each == 200]) for step in steps(api, 3)] == [1, 1, 1]
    api.emulator.advance(1e6)
    assert statuses(api, first + 1) == [200] * first + [429]


def steps(api: Client, count: int) -> list[list[int]]:
    found = []
    for _ in range(count):
        api.emulator.advance(100)
        found.append(statuses(api, 3))
    return found


@pytest.mark.parametrize("kind", ["window", "sliding", "bucket"])
def test_over_time_each_lets_its_rate_pass(serve: Serve, kind: str) -> None:
    api = serve(rate_limit=4, rate_limit_window_seconds=100, rate_limit_kind=kind)
    passed = sum(let_pass(api, 10, 0.5))
    for _ in range(30):
        api.emulator.advance(50)
        passed += sum(let_pass(api, 1, 1))
    assert 58 <= passed <= 70


def test_only_so_many_may_be_under_way_at_once(serve: Serve) -> None:
    api = serve(concurrency_limit=3, latency_ms=400)
    key = {"Authorization": api.emulator.settings.api_key}
    with ThreadPoolExecutor(8) as pool:
        url = f"{api.emulator.url}/v2/contacts"
        answers = list(pool.map(lambda _: requests.get(url, headers=key, timeout=5), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 5
    assert {answer.headers.get("Retry-After") for answer in answers} == {None, "1"}
    assert api.get().status_code == 200, "those that are answered make room"


def test_a_client_that_goes_away_makes_room(serve: Serve) -> None:
    api = serve(concurrency_limit=1)
    api.emulator.fail_next("silence")
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.get(timeout=0.2)
    for _ in range(50):
        answer = api.get()
        if answer.status_code == 200:
            break
    assert answer.status_code == 200


def test_what_is_refused_for_another_reason_leaves_the_places_alone(serve: Serve) -> None:
    api = serve(concurrency_limit=1, rate_limit=2, rate_limit_window_seconds=100, rate_limit_kind="sliding")
    assert statuses(api, 4) == [200, 200, 429, 429]
    api.emulator.advance(100)
    assert api.get({"limit": 0}).status_code == 400
    assert statuses(api, 2) == [200, 429]


def test_the_status_may_be_503(serve: Serve) -> None:
    api = serve(rate_limit=1, limit_status=503, retry_after_seconds=7)
    assert statuses(api, 2) == [200, 503]
    assert api.get().headers["Retry-After"] == "7"
    assert api.emulator.stats().too_many_requests == 2


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["pause", "window", "sliding", "bucket"])
def test_how_it_says_when_to_come_back(serve: Serve, style: str, kind: str) -> None:
    given = {"rate_limit": 1, "rate_limit_window_seconds": 600, "rate_limit_kind": kind, "retry_after_style": style}
    for told, expected in ((7.25, 7.25 if kind != "pause" else 8), (0, 0)):
        api = serve(**given, retry_after_seconds=told)
        api.get()
        answer = api.get()
        header, body = answer.headers.get("Retry-After"), answer.json()
        whole = -int(-expected // 1)
        fields = {"seconds": str(whole), "fraction": f"{expected:.3f}", "none": None, "body": None, "garbage": "soon"}
        if style == "date":
            assert header is not None
            wait = parsedate_to_datetime(header) - parsedate_to_datetime(answer.headers["Date"])
            assert whole <= wait.total_seconds() <= whole + 1
        else:
            assert header == fields[style]
        assert body.get("retryAfterSeconds") == (expected if style == "body" else None)


def test_it_may_ask_for_longer_than_needed(serve: Serve) -> None:
    api = serve(rate_limit=1, rate_limit_window_seconds=10, rate_limit_kind="sliding", retry_after_seconds=60)
    assert statuses(api, 1) == [200]
    assert asked(api.get()) == 60
    api.emulator.advance(10)
    assert statuses(api, 1) == [200]
    assert api.emulator.stats().too_early == 1


def test_a_pause_passes_with_the_emulators_time_too(serve: Serve) -> None:
    api = serve(rate_limit=1, rate_limit_window_seconds=600)
    assert statuses(api, 3) == [200, 429, 429]
    api.emulator.advance(601)
    assert statuses(api, 1) == [200]


@pytest.mark.parametrize("kind", ["window", "sliding"])
@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("draft", {"RateLimit": '"default";r=2;t=600', "RateLimit-Policy": '"default";q=3;w=600'}),
        ("old draft", {"RateLimit": "limit=3, remaining=2, reset=600"}),
        (
            "fields",
            {
                "RateLimit-Limit": "3",
                "RateLimit-Remaining": "2",
                "RateLimit-Reset": "600",
                "RateLimit-Policy": "3;w=600",
            },
        ),
        ("x", {"X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "2", "X-RateLimit-Reset": "600"}),
        ("garbage", {"X-RateLimit-Remaining": "some", "X-RateLimit-Reset": "soon"}),
        ("none", {"X-RateLimit-Remaining": None, "RateLimit": None}),
    ],
)
def test_answers_say_what_is_left(serve: Serve, kind: str, style: str, expected: dict[str, str | None]) -> None:
    limit = {"rate_limit": 3, "rate_limit_window_seconds": 600, "rate_limit_kind": kind}
    api = serve(rate_limit_headers=style, retry_after_style="fraction", **limit)
    if kind == "window":  # begin with a fresh one
        api.emulator.advance(asked_after(api, 3))
    headers = api.get({"limit": 1}).headers
    assert {name: headers.get(name) for name in expected} == expected


def test_a_reset_may_be_an_instant(serve: Serve) -> None:
    api = serve(rate_limit=3, rate_limit_window_seconds=600, rate_limit_kind="sliding", rate_limit_headers="epoch")
    headers = api.get({"limit": 1}).headers
    wait = int(headers["X-RateLimit-Reset"]) - parsedate_to_datetime(headers["Date"]).timestamp()
    assert 599 <= wait <= 601
