"""What headers say of the API's limits; whatever can't be read counts as absent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from source_askelephant.api.limit_headers import Quota, parse_quota, parse_retry_after

NOON = "Sun, 01 Mar 2026 12:00:00 GMT"
NOON_EPOCH = 1_772_366_400


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": " 17 "}, 17),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT", "Date": NOON}, 30),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT", "Date": NOON}, 0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT"}, None),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT", "Date": "today"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5s"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "٣"}, None),
        ({}, None),
    ],
)
def test_retry_after_as_seconds_or_date(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "quota"),
    [
        ({"RateLimit": '"default";r=50;t=30'}, Quota(50, 30)),
        ({"RateLimit": '"default";r=50;t=30', "RateLimit-Policy": '"default";q=100;w=60'}, Quota(50, 30, 100, 60)),
        ({"RateLimit": '"a";r=9;t=30, "b";r=3;t=1', "RateLimit-Policy": '"a";q=100;w=60, "b";q=4;w=1'}, Quota(3, 1)),
        ({"RateLimit": "limit=100, remaining=50, reset=5"}, Quota(50, 5, 100)),
        (
            {
                "RateLimit-Limit": "100",
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": "7",
                "RateLimit-Policy": "100;w=60",
            },
            Quota(0, 7, 100, 60),
        ),
        ({"ratelimit-remaining": "3", "ratelimit-reset": "7"}, Quota(3, 7)),
        ({"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "1"}, Quota(3, 1, 20)),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": str(NOON_EPOCH + 7), "Date": NOON}, Quota(3, 7)),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": f"{NOON_EPOCH + 7}500", "Date": NOON}, Quota(3, 7.5)),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": str(NOON_EPOCH - 7), "Date": NOON}, Quota(3, 0)),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": str(NOON_EPOCH)}, None),
        ({"X-RateLimit-Remaining": "3"}, None),
        ({"X-RateLimit-Reset": "3"}, None),
        ({"X-RateLimit-Remaining": "-3", "X-RateLimit-Reset": "1"}, None),
        ({"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Remaining": "3.5", "X-RateLimit-Reset": "1"}, None),
        ({"RateLimit": "r=many;t=1"}, None),
        ({"RateLimit": "", "RateLimit-Policy": '"default";q=100;w=60'}, None),
        ({}, None),
    ],
)
def test_what_is_left(headers: dict[str, str], quota: Quota | None) -> None:
    assert parse_quota(CaseInsensitiveDict(headers)) == quota


@given(
    st.dictionaries(
        st.sampled_from(["RateLimit", "RateLimit-Policy", "X-RateLimit-Remaining", "X-RateLimit-Reset"]), st.text()
    )
)
def test_nothing_makes_it_fail(headers: dict[str, str]) -> None:
    parse_quota(headers)
