"""What a question is, and what came of it."""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from probe.session import Session


class Verdict(Enum):
    """What an answer means for the connector."""

    AS_ASSUMED = "as assumed"
    COVERED = "covered: the connector can deal with it"
    NOT_COVERED = "not covered: the connector can't deal with it"
    UNKNOWN = "can't be told"


class Outcome(NamedTuple):
    """What came of a question.

    Attributes:
        answer: in a few words that are always the same, for programs.
        came: what came, in words and counts; no id and no text of the API's.
        verdict: what it means for the connector.
        advice: what to do about it, empty if nothing.
    """

    answer: str
    came: str
    verdict: Verdict
    advice: str = ""


class Question(NamedTuple):
    """Something to find out.

    Attributes:
        id: as docs/reading.md and docs/probe.md name it.
        asks: the question.
        how: how it is asked.
        assumed: what the connector assumes.
        ask: asks it.
    """

    id: str
    asks: str
    how: str
    assumed: str
    ask: "Callable[[Session], Outcome]"


class Finding(NamedTuple):
    """A question, and what came of it."""

    question: Question
    outcome: Outcome


def too_little(what: str) -> Outcome:
    """The outcome where there is too little data; `what` says what it would take."""
    return Outcome("too little data", what, Verdict.UNKNOWN)


def not_asked(why: str) -> Outcome:
    """The outcome of a question that wasn't asked."""
    return Outcome("not asked", why, Verdict.UNKNOWN)
