"""Refusals as RFC 9457 problem details."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

TYPES = "https://docs.askelephant.ai/errors/"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_WHY = {"expired": "The cursor has expired", "lost": "The cursor's record is gone"}


@dataclass(frozen=True)
class Answer:
    """A complete HTTP answer: `records` says how many records the body holds."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    records: int = 0


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one parameter."""

    field: str
    code: str
    message: str


class ProblemError(Exception):
    """A request that is refused; `answer()` is what the client gets.

    Args:
        status: HTTP status.
        slug: last part of the problem's type URI.
        detail: what was wrong with this request, for a person.
        errors: the fields at fault, when it is a validation error.
        headers: headers that go with the answer.
        fields: further fields of the problem.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.fields = fields or {}

    def answer(self) -> Answer:
        """The problem as application/problem+json, with a request_id of its own."""
        problem: dict[str, object] = {
            "type": TYPES + self.slug,
            "title": TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
            "request_id": f"req_{secrets.token_hex(12)}",
            **self.fields,
        }
        if self.errors:
            problem["errors"] = [vars(error) for error in self.errors]
        return Answer(self.status, json.dumps(problem).encode(), "application/problem+json", headers=self.headers)


def invalid(status: int, errors: Sequence[FieldError]) -> ProblemError:
    """The refusal of parameters that are wrong."""
    names = ", ".join(error.field for error in errors)
    return ProblemError(status, "validation-error", f"The request is not valid: {names}.", errors=errors)


def cursor_refused(status: int, why: Literal["expired", "lost"]) -> ProblemError:
    """The refusal of a cursor that has expired, or whose record is gone."""
    return ProblemError(status, f"cursor-{why}", f"{_WHY[why]}; start again.")
