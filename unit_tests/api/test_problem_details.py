"""RFC 9457 problem details: all that helps is used, nothing that is off makes it fail."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_askelephant.api.problem_details import FieldError, Problem, parse_problem


def test_all_parts_are_read_and_said() -> None:
    problem = parse_problem(
        json.dumps(
            {
                "type": "https://example.com/validation",
                "title": "Validation failed.",
                "status": 400,
                "detail": "One parameter\nis invalid.",
                "request_id": "req_1",
                "errors": [{"field": "search", "code": "too_long", "message": "is too long"}, {"code": "odd"}, 7],
            }
        ).encode()
    )
    assert problem.type == "https://example.com/validation"
    assert problem.errors == (FieldError("search", "is too long"), FieldError("", "odd"))
    assert str(problem) == ("Validation failed; One parameter is invalid; search: is too long; odd (request_id req_1)")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("3", 3.0), ("0.25", 0.25), ("0", 0.0), ("-1", None), ("true", None), ('"3"', None), ("null", None), ("{}", None)],
)
def test_seconds_to_wait(written: str, seconds: float | None) -> None:
    assert parse_problem(f'{{"retryAfterSeconds": {written}}}').retry_after == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", ""),
        (b"<html>502 Bad Gateway</html>", ""),
        (b"[1,2]", ""),
        (b'"text"', ""),
        (b'{"title":5,"detail":null,"errors":{},"request_id":[]}', ""),
        (b'{"title":"Unauthorized","detail":"Unauthorized"}', "Unauthorized"),
        (b'{"detail":"Key expired."}', "Key expired"),
        (b'{"error":"invalid_grant","error_description":"It was used before."}', "invalid_grant; It was used before"),
        (b'{"error":{"code":1},"error_description":2}', ""),
        (b'{"request_id":"req_9"}', "(request_id req_9)"),
    ],
)
def test_what_is_missing_or_off_is_passed_over(body: bytes, said: str) -> None:
    assert str(parse_problem(body)) == said


def test_a_wall_of_text_is_cut() -> None:
    assert len(str(parse_problem(json.dumps({"detail": "x" * 10_000}).encode()))) == 500


@given(
    st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_no_body_makes_it_raise(body: bytes) -> None:
    assert isinstance(parse_problem(body), Problem)
