"""All questions in their order, and how one after the other is asked."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from probe import access, answers, bounds, cursors, paging, records, ties, unasked
from probe.findings import Finding, Outcome, Question, Verdict
from probe.session import Session
from source_askelephant.errors import RequestFailedError

QUESTIONS: tuple[Question, ...] = (
    *access.QUESTIONS,
    *paging.QUESTIONS,
    *ties.QUESTIONS,
    *cursors.QUESTIONS,
    *bounds.QUESTIONS,
    *records.QUESTIONS,
    *answers.QUESTIONS,
    *unasked.QUESTIONS,
)


def probe(session: Session, questions: Sequence[Question] = QUESTIONS) -> Iterator[Finding]:
    """Ask one question after another.

    Raises:
        RequestFailedError: if nothing else would be answered: at a 401, at a limit that doesn't pass, without a server.
        ConfigError: if no list can be read.
    """
    for question in questions:
        try:
            outcome = question.ask(session)
        except RequestFailedError as error:
            if error.status in {None, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
                raise
            # Not its text, which may hold what the API said.
            came = f"Status {error.status}, again and again."
            outcome = Outcome("no usable answer", came, Verdict.UNKNOWN, "Run the probe again later.")
        yield Finding(question, outcome)
