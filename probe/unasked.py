"""What the connector assumes or doesn't, and what reading alone can't find out: it takes changes while one reads."""

from probe.findings import Outcome, Question, not_asked
from probe.session import Session


def _needs_changes(_: Session) -> Outcome:
    return not_asked("It takes changes while somebody reads, and the probe changes nothing.")


QUESTIONS = (
    Question(
        "page-shows",
        "Does a page show records as they were when it was looked up?",
        "not at all: a record would have to change between the two",
        "nothing",
        _needs_changes,
    ),
    Question(
        "late-changes",
        "After how long can a change be seen?",
        "not at all: one would have to make a change and look for it",
        "lookback_window_seconds at most",
        _needs_changes,
    ),
    Question(
        "change-moves",
        "Does every change move updated_at to the present?",
        "not at all: one would have to make changes of each kind",
        "it does",
        _needs_changes,
    ),
)
