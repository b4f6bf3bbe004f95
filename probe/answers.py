"""Questions on what stands around records: clocks, headers, errors."""

import re
from http import HTTPStatus
from itertools import pairwise

from probe import names
from probe.asking import Answer
from probe.findings import Outcome, Question, Verdict, too_little
from probe.session import Session, instants
from source_askelephant.api.authentication import api_key
from source_askelephant.api.limit_headers import parse_quota
from source_askelephant.instants import SECOND

NO_KEY = "sk-apik_probe.not-a-real-secret"
LIMITS = re.compile("ratelimit|rate-limit|retry-after", re.IGNORECASE)
MAX_DIFFERENCE = 10 * SECOND
"""Of the server's clock and the newest change, or this machine's clock, for clocks to agree."""
MAX_STALE = 2 * SECOND
"""By which Date may lag behind the time that passes: it is cut to seconds, and an answer takes time."""


def clock(session: Session) -> Outcome:
    """Compare Date with this machine's clock, from the first answer to the last."""
    answers = session.api.answers
    dated = [(answer.at, answer.date) for answer in answers if answer.date is not None]
    if not dated:
        return Outcome("no Date", "No answer has a Date.", Verdict.COVERED)
    (began, first), (ended, last) = dated[0], dated[-1]
    passed, stale = (ended - began) // SECOND, (ended - began) - (last - first)
    came = f"{len(dated)} of {len(answers)} answers have a Date. It moved {(last - first) // SECOND} seconds while "
    came += f"{passed} seconds passed, and is {_apart(last - ended, 'ahead of', 'behind')} this machine's clock."
    if any(later < earlier - SECOND for (_, earlier), (_, later) in pairwise(dated)):
        return Outcome("goes back", came, Verdict.COVERED)
    if stale > MAX_STALE:
        return Outcome("cached", came, Verdict.COVERED)
    if abs(last - ended) <= MAX_DIFFERENCE:
        return Outcome("agrees", came, Verdict.AS_ASSUMED)
    advice = (
        "One of the two clocks is wrong. If it is AskElephant's, tell them: what changes during a sync may be missed. "
        "Until then, a full refresh now and then has it."
    )
    return Outcome("ahead" if last > ended else "behind", came, Verdict.COVERED, advice)


def newest(session: Session) -> Outcome:
    """Compare the newest record with Date, or with this machine's clock if there is none."""
    page = session.newest[0]
    at = max(instants(page.records), default=None)
    if at is None:
        return too_little("It takes a record with a readable updated_at.")
    now, what = (page.at, "this machine's clock") if page.date is None else (page.date, "Date")
    came = f"The newest record of {session.main.name} changed {_apart(at - now, 'after', 'before')} {what}."
    if at > now + MAX_DIFFERENCE:
        advice = "Such records come with every sync: have their timestamps corrected."
        return Outcome("in the future", came, Verdict.COVERED, advice)
    return Outcome("in the past", came, Verdict.AS_ASSUMED)


def headers(session: Session) -> Outcome:
    """Look at the names of the headers."""
    found = session.pages[0].headers
    limits = names.listed(sorted(name for name in found if LIMITS.search(name)))
    came = f"Headers: {names.listed(sorted(found))}."
    if parse_quota(found) is not None:
        return Outcome("say what is left", f"{came} The connector reads {limits}.", Verdict.AS_ASSUMED)
    if limits == "none":
        return Outcome("say nothing of limits", came, Verdict.AS_ASSUMED)
    advice = "Report it: api/limit_headers.py could learn to read them."
    return Outcome("say what can't be read", f"{came} The connector can't read {limits}.", Verdict.COVERED, advice)


def errors(session: Session) -> Outcome:
    """Make mistakes: a wrong key, an unknown parameter, a broken timestamp, an unknown list."""
    wrong_key = session.api.get(session.main.resource, {"limit": 1}, api_key(NO_KEY))
    parameter = session.page(session.main, limit=1, probe="1")
    timestamp = session.page(session.main, limit=1, gte="not-a-timestamp")
    unknown = session.api.get("v2/probe-of-an-unknown-list", {"limit": 1})
    answers = {
        "a wrong key": wrong_key,
        "an unknown parameter": parameter,
        "a broken timestamp": timestamp,
        "an unknown list": unknown,
    }
    forbidden = [answer for answer in session.api.answers if answer.status == HTTPStatus.FORBIDDEN]
    if forbidden:
        answers["a missing scope"] = forbidden[0]
    came = "; ".join(f"{mistake}: {_described(answer)}" for mistake, answer in answers.items()) + "."
    statuses = f"{wrong_key.status}, {parameter.status}, {timestamp.status}, {unknown.status}"
    invalid = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    if wrong_key.status != HTTPStatus.UNAUTHORIZED:
        advice = "Report it: a wrong key is told by 401 (api/error_table.py)."
        return Outcome(statuses, came, Verdict.NOT_COVERED, advice)
    if timestamp.status in invalid and unknown.status == HTTPStatus.NOT_FOUND and parameter.is_page:
        return Outcome(statuses, came, Verdict.AS_ASSUMED)
    return Outcome(statuses, came, Verdict.COVERED)


def _apart(difference: int, after: str, before: str) -> str:
    return f"{abs(difference) // SECOND} seconds {after if difference >= 0 else before}"


def _described(answer: Answer) -> str:
    """An answer's status, kind, and the names of its fields."""
    kind = names.shown(answer.headers.get("Content-Type", "no type").partition(";")[0])
    challenge = " and WWW-Authenticate" if "WWW-Authenticate" in answer.headers else ""
    fields = names.listed(sorted(answer.document)) if isinstance(answer.document, dict) else "none"
    return f"{answer.status} as {kind}{challenge}, fields: {fields}"


QUESTIONS = (
    Question(
        "newest",
        "Do timestamps lie in the past?",
        "the newest record's updated_at, beside the answer's Date",
        "nothing: those beyond the server's clock are read with every sync",
        newest,
    ),
    Question(
        "headers",
        "What do headers say of limits?",
        "the names of a page's headers, and whether the connector can read those of limits",
        "nothing; RateLimit and the like are used if they come",
        headers,
    ),
    Question(
        "errors",
        "What do mistakes look like?",
        "a wrong key, an unknown parameter, a broken timestamp, an unknown list; and a 403, if one came before",
        "401, 200, 400 or 422, and 404",
        errors,
    ),
    Question(
        "clock",
        "Is Date there, right and new?",
        "the Date of each answer so far, beside this machine's clock",
        "nothing: without it, the newest timestamp tells the time",
        clock,
    ),
)
