"""Faults: what goes wrong on purpose, and with which requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "status",
    "reset",
    "truncated_json",
    "short_body",
    "html",
    "empty",
    "silence",
    "silence_mid_body",
    "repeated_cursor",
    "array",
    "redirect",
    "body",
]
KINDS: dict[Kind, str] = {
    "status": "the given status (500), with a problem document or the given body",
    "reset": "the connection is reset before a byte is sent",
    "truncated_json": "a complete HTTP answer whose JSON stops half-way",
    "short_body": "Content-Length promises the page, half of it comes, then the connection closes",
    "html": "status 200 with a web page",
    "empty": "status 200 with no body",
    "silence": "the request is accepted and never answered",
    "silence_mid_body": "headers and half of the page, then nothing more",
    "repeated_cursor": "has_more, and the same next_cursor again and again",
    "array": "the page's records as a bare JSON array",
    "redirect": "status 302, to /login unless the headers say where",
    "body": "status 200 (or the given one) with any JSON value as body",
}
FOREVER = 0
"""As `times`: the fault never stops striking."""


@dataclass(frozen=True)
class Fault:
    """One way of going wrong.

    `status`, `headers` and `body` matter to the kinds "status", "redirect" and "body" only. `status` defaults to
    500, 302 and 200 there. `body` is any JSON value; a string is sent as it stands, as text/plain.
    """

    kind: Kind
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault kind must be one of {', '.join(KINDS)}; not {self.kind!r}")
        if self.status is not None and self.status not in range(200, 600):
            raise ValueError(f"fault status must be from 200 to 599, not {self.status!r}")


@dataclass(frozen=True)
class FaultPlan:
    """Which requests a fault strikes.

    The first `after` requests are let through; of those that follow, each `every`-th is struck, `times` times
    in all (FOREVER: without end).
    """

    fault: Fault
    times: int = FOREVER
    after: int = 0
    every: int = 1

    def __post_init__(self) -> None:
        if self.times < 0 or self.after < 0 or self.every < 1:
            raise ValueError("a fault needs times >= 0, after >= 0 and every >= 1")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "FaultPlan":
        """The plan in `{"kind": …, "status": …, "headers": …, "body": …, "times": …, "after": …, "every": …}`.

        All but the kind may be left out; `times` is then once, or FOREVER for a repeated cursor.

        Raises:
            TypeError, ValueError: when a name or a value is not as said.
        """
        rest = dict(given)
        plan = {name: rest.pop(name) for name in ("times", "after", "every") if name in rest}
        if not all(type(number) is int for number in plan.values()):
            raise TypeError("times, after and every are whole numbers")
        fault = Fault(**rest)
        plan.setdefault("times", default_times(fault))
        return cls(fault, **plan)


def default_times(fault: Fault) -> int:
    """How often a fault strikes when nobody says: once; a repeated cursor, for ever."""
    return FOREVER if fault.kind == "repeated_cursor" else 1


class FaultScript:
    """The faults in waiting, oldest first.

    A request goes to the first plan that strikes it; the plans behind that one do not count it. Two faults
    pushed one after the other therefore strike two requests in that order.
    """

    def __init__(self, plans: tuple[FaultPlan, ...]) -> None:
        self._waiting = [_Running(plan) for plan in plans]

    def push(self, plan: FaultPlan) -> None:
        """Add a plan behind the others."""
        self._waiting.append(_Running(plan))

    def clear(self) -> None:
        """Forget every plan."""
        self._waiting.clear()

    def strike(self) -> Fault | None:
        """The fault for the next request, if any; counts the request."""
        for running in self._waiting:
            if running.strikes():
                if running.is_done:
                    self._waiting.remove(running)
                return running.plan.fault
        return None


class _Running:
    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._seen = 0
        self._struck = 0

    @property
    def is_done(self) -> bool:
        return self.plan.times != FOREVER and self._struck >= self.plan.times

    def strikes(self) -> bool:
        self._seen += 1
        past = self._seen - self.plan.after
        due = past > 0 and past % self.plan.every == 0
        self._struck += due
        return due
