"""``python -m probe --config secrets/config.json``: asks, and writes the report."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from probe import access, answers, bounds, cursors, load, paging, report
from probe.asking import Api, Session
from probe.findings import Finding, Outcome, Question, Verdict
from source_askelephant.errors import ConnectorError, RequestFailedError

QUESTIONS: tuple[Question, ...] = (
    *access.QUESTIONS,
    *paging.QUESTIONS,
    *bounds.QUESTIONS,
    *cursors.QUESTIONS,
    *answers.QUESTIONS,
)
PAUSE = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask as the command line says; return 0, 1 if nothing could be asked, 3 if the connector can't deal with an answer."""
    parser = argparse.ArgumentParser(prog="python -m probe", description=__doc__.partition(":")[0])
    parser.add_argument("--config", type=Path, required=True, help="the connector's configuration")
    parser.add_argument(
        "--report",
        type=Path,
        default=Path("probe-report"),
        help="file to write, without .md and .json (default: %(default)s)",
    )
    parser.add_argument("--long", action="store_true", help="try a cursor again after ten minutes, too")
    parser.add_argument(
        "--load", action="store_true", help=f"find the rate limit: {load.MOST} requests more at most, many at once"
    )
    given = parser.parse_args(arguments)
    pauses = (PAUSE, 9 * PAUSE) if given.long else (PAUSE,)
    questions = (*QUESTIONS, load.QUESTION) if given.load else QUESTIONS
    try:
        config = json.loads(given.config.read_text(encoding="utf-8"))
        session = Session(Api(config), pauses)
        _say(
            f"Asking {len(questions)} questions; it takes {sum(pauses) / PAUSE:.0f} minutes or two, with some forty requests."
        )
        if given.load:
            _say(f"The last of them takes up to {load.MOST} more, and stops at the first that is refused.")
        findings = []
        for finding in probe(session, questions):
            _say(f"{finding.question.id}: {finding.outcome.answer}")
            findings.append(finding)
    except (OSError, ValueError) as error:
        parser.error(f"{given.config} can't be read: {error}")
    except (ConnectorError, LookupError) as error:
        _say(str(error))
        return 1
    texts = {
        ".md": report.markdown(findings, session.api.requests),
        ".json": report.as_json(findings, session.api.requests),
    }
    for suffix, text in texts.items():
        given.report.with_name(given.report.name + suffix).write_text(text, encoding="utf-8")
    _say("\n" + texts[".md"])
    _say(f"Written to {given.report}.md and {given.report}.json. It holds no personal data: it may be sent as it is.")
    return 0 if report.is_good(findings) else 3


def probe(session: Session, questions: Sequence[Question] = QUESTIONS) -> Iterator[Finding]:
    """Ask one question after another.

    Raises:
        RequestFailedError: at a 401, as nothing else would be answered.
        LookupError: if no list can be read.
    """
    for question in questions:
        try:
            outcome = question.ask(session)
        except RequestFailedError as error:
            if error.status == 401:  # noqa: PLR2004
                raise
            # Its text may hold what the API said.
            outcome = Outcome("no usable answer", f"Status {error.status or 'none'}, again and again.", Verdict.UNKNOWN)
        yield Finding(question, outcome)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
