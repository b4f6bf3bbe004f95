"""``python -m probe --config secrets/config.json``: asks, and writes the report."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from probe import load, report
from probe.asked import QUESTIONS, probe
from probe.asking import Api
from probe.session import Session
from source_askelephant import input_files
from source_askelephant.errors import ConfigError, ConnectorError

MINUTE = 60.0
NOT_COVERED, INTERRUPTED = 3, 130


def main(arguments: Sequence[str] | None = None, pauses: Sequence[float] = (MINUTE, 9 * MINUTE)) -> int:
    """Ask as the command line says.

    Args:
        arguments: of the command line; the process's own if left out.
        pauses: seconds after which a cursor is tried again, one after another; the second only if asked for.

    Returns:
        The exit code: 0, 1 if nothing could be asked or written, 3 if the connector can't deal with an answer.
    """
    given = _parser().parse_args(arguments)
    pauses = pauses if given.long else pauses[:1]
    questions = (*QUESTIONS, load.question()) if given.load else QUESTIONS
    findings = []
    try:
        session = Session(Api(_read_config(given.config), lambda config: _store(given.config, config)), pauses)
        _say(_beforehand(len(questions), sum(pauses), with_load=given.load))
        for finding in probe(session, questions):
            _say(f"{finding.question.id}: {finding.outcome.answer}")
            findings.append(finding)
        text = report.markdown(findings, session.api.requests)
        given.report.with_name(f"{given.report.name}.md").write_text(text, encoding="utf-8")
        document = report.as_json(findings, session.api.requests)
        given.report.with_name(f"{given.report.name}.json").write_text(document, encoding="utf-8")
    except ConnectorError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"The report {given.report} can't be written: {error.strerror}. Name another place with --report.")
    except KeyboardInterrupt:
        return INTERRUPTED
    _say(f"\n{text}")
    _say(f"Written to {given.report}.md and {given.report}.json. It holds no personal data: it may be sent as it is.")
    return 0 if report.is_good(findings) else NOT_COVERED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m probe",
        description="Finds out what an AskElephant API does, reading only. docs/probe.md says how to read the report.",
    )
    parser.add_argument("--config", required=True, help="the connector's configuration")
    parser.add_argument(
        "--report",
        type=Path,
        default=Path("probe-report"),
        help="file to write, without .md and .json (default: %(default)s)",
    )
    parser.add_argument("--long", action="store_true", help="try a cursor again after ten minutes, too")
    parser.add_argument(
        "--load", action="store_true", help=f"find the rate limit, with {load.most()} requests more at most"
    )
    return parser


def _read_config(path: str) -> dict[str, Any]:
    """Read the configuration.

    Raises:
        ConfigError: if it can't be read; or can't be written, and may have to be, since a refresh token works once.
    """
    config = input_files.read_config(path)
    credentials = config.get("credentials")
    is_oauth = isinstance(credentials, dict) and credentials.get("auth_type") == "oauth2.0"
    if is_oauth and not os.access(path, os.W_OK):
        raise ConfigError(
            f"The configuration {path} can't be written. An OAuth client may be given a new refresh token, which has "
            "to be stored there: make the file writable."
        )
    return config


def _store(path: str, config: Mapping[str, Any]) -> None:
    Path(path).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    _say(f"AskElephant gave new tokens. {path} holds them now: the old refresh token may not work again.")


def _beforehand(questions: int, seconds: float, *, with_load: bool) -> str:
    """What is about to happen."""
    text = (
        f"Asking {questions} questions, one after another, with forty to sixty requests that change nothing. It "
        f"takes {seconds:.0f} seconds and what the requests take: a cursor is tried again after a while."
    )
    if with_load:
        text += (
            f"\nThe last question asks faster and faster, with {load.most()} requests more at most, several at once. "
            "It stops at the first that is refused; others who use the same key may be refused then, too."
        )
    return text


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
