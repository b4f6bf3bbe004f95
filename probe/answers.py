"""Questions on what stands around records: clocks, headers, errors, fields that nobody declared."""

import json
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from probe.asking import UPDATED_AT, Answer, Session, instant
from probe.findings import Outcome, Question, Verdict, not_asked, too_little
from source_askelephant.api.authentication import api_key
from source_askelephant.api.limit_headers import parse_quota
from source_askelephant.instants import SECOND
from source_askelephant.reading.schema_drift import SchemaDrift
from source_askelephant.streams.contacts import Contacts

NO_KEY = "sk-apik_probe.not-a-real-secret"
LIMITS = re.compile("ratelimit|rate-limit|retry-after", re.IGNORECASE)
MAX_DIFFERENCE = 10 * SECOND
"""Of the server's clock and the newest change, or this machine's clock, for clocks to agree."""
MAX_NAME = 40


def clock(session: Session) -> Outcome:
    """Compare Date with this machine's clock."""
    answer = session.pages[0]
    if answer.date is None:
        return Outcome("no Date", "No Date header.", Verdict.COVERED)
    date = session.page(session.main, limit=1).date
    if date is None:
        return Outcome("no Date", "A Date header, but not with each answer.", Verdict.COVERED)
    ahead = (date - int(time.time()) * SECOND) // SECOND
    came = f"Date is {abs(ahead)} seconds {'ahead of' if ahead >= 0 else 'behind'} this machine's clock."
    if abs(ahead) <= MAX_DIFFERENCE // SECOND:
        return Outcome("agrees", came, Verdict.AS_ASSUMED)
    advice = (
        "One of the two clocks is wrong. If it is AskElephant's, tell them: what changes during a sync may be missed."
    )
    return Outcome("ahead" if ahead > 0 else "behind", came, Verdict.COVERED, advice)


def newest(session: Session) -> Outcome:
    """Compare the newest record with Date."""
    page = session.page(session.main, limit=1, order_by=f"{UPDATED_AT}:desc")
    at = next(map(instant, page.records), None)
    if at is None:
        return too_little("No record has a readable updated_at.")
    if page.date is None:
        return Outcome("no Date", "No Date to compare with.", Verdict.COVERED)
    seconds = (page.date - at) // SECOND
    came = f"The newest record of {session.main.name} changed {abs(seconds)} seconds {'before' if seconds >= 0 else 'after'} Date."
    if at > page.date + MAX_DIFFERENCE:
        return Outcome(
            "in the future",
            came,
            Verdict.COVERED,
            "Such records come with every sync: have their timestamps corrected.",
        )
    return Outcome("in the past", came, Verdict.AS_ASSUMED)


def headers(session: Session) -> Outcome:
    """Look at the names of the headers."""
    found = session.pages[0].headers
    limits = sorted(name for name in found if LIMITS.search(name))
    came = f"Headers: {', '.join(sorted(map(_name, found)))}."
    if parse_quota(found) is not None:
        return Outcome("says what is left", f"{came} The connector reads {', '.join(limits)}.", Verdict.AS_ASSUMED)
    if limits:
        return Outcome(
            "says something of limits",
            f"{came} {', '.join(limits)} can't be read.",
            Verdict.COVERED,
            "Report it: they could be used.",
        )
    return Outcome("says nothing of limits", came, Verdict.AS_ASSUMED)


def crm(session: Session) -> Outcome:
    """Send the CRM filter in both of its documented forms, with an id that nothing has."""
    if Contacts not in session.readable:
        return not_asked("contacts can't be read")
    name = "filter[crm_associations][eq]"
    nothing = {"id": "0", "object_type": "contact"}
    as_json = session.page(Contacts, **{name: json.dumps([nothing])})
    indexed = session.page(Contacts, **{f"{name}[0][{field}]": value for field, value in nothing.items()})
    came = f"As JSON: {as_json.status}, {len(as_json.records)} records; with indexes: {indexed.status}, {len(indexed.records)}."
    if as_json.is_page and not as_json.records:
        return Outcome("JSON", came, Verdict.AS_ASSUMED)
    if not session.first_pages["contacts"].records:
        return too_little(f"There are no contacts. {came}")
    advice = "Leave crm_contact_ids out of the configuration, and report it."
    return Outcome("ignored" if as_json.is_page else "refused", came, Verdict.NOT_COVERED, advice)


def schema(session: Session) -> Outcome:
    """Compare the records of all first pages with their schemas."""
    unknown: list[str] = []
    others: list[str] = []
    for stream in session.readable:
        records = session.first_pages[str(stream.name)].records
        declared = _schema(str(stream.name))
        drift = SchemaDrift(declared, primary_key=str(stream.primary_key), cursor_field=str(stream.cursor_field))
        drift.check(records)
        unknown += [
            f"{stream.name}.{_name(name)}"
            for name in sorted({each for record in records for each in record} - declared["properties"].keys())
        ]
        others += [
            f"{stream.name}.{sentence.partition('.')[0]}"
            for sentence in drift.summary()
            if " is declared as " in sentence
        ]
    came = f"Fields that the schema doesn't have: {', '.join(unknown) or 'none'}. Of another type: {'; '.join(others) or 'none'}."
    if unknown or others:
        return Outcome("differs", came, Verdict.COVERED, "Report it, so that the schema can be completed.")
    return Outcome("as declared", came, Verdict.AS_ASSUMED)


def errors(session: Session) -> Outcome:
    """Make mistakes: a wrong key, an unknown parameter, a broken timestamp, an unknown list."""
    answers = {
        "a wrong key": session.api.get(session.main.resource, {"limit": 1}, api_key(NO_KEY)),
        "an unknown parameter": session.page(session.main, limit=1, probe="1"),
        "a broken timestamp": session.page(session.main, limit=1, gte="not-a-timestamp"),
        "an unknown list": session.api.get("v2/probe-of-an-unknown-list", {"limit": 1}),
    }
    came = "; ".join(f"{mistake}: {_described(answer)}" for mistake, answer in answers.items())
    statuses = {mistake: answer.status for mistake, answer in answers.items()}
    if statuses["a wrong key"] != HTTPStatus.UNAUTHORIZED:
        return Outcome("another status than 401", f"{came}.", Verdict.NOT_COVERED, "Report it.")
    broken = statuses["a broken timestamp"]
    return Outcome(f"{broken} for what is invalid", f"{came}.", Verdict.AS_ASSUMED)


def _described(answer: Answer) -> str:
    """An answer's status, kind, and the names of its fields."""
    kind = answer.headers.get("Content-Type", "no type").partition(";")[0]
    names = sorted(map(_name, answer.document)) if isinstance(answer.document, dict) else []
    challenge = " and WWW-Authenticate" if "WWW-Authenticate" in answer.headers else ""
    return f"{answer.status} as {kind if _is_name(kind) else '…'}{challenge}" + (
        f" with {', '.join(names)}" if names else ""
    )


def _name(name: str) -> str:
    """A name of the API's as it may stand in a report: one that may be more than a name is left out."""
    return name if _is_name(name) else "…"


def _is_name(name: str) -> bool:
    return re.fullmatch(rf"[A-Za-z][A-Za-z_/+.-]{{0,{MAX_NAME}}}", name) is not None


def _schema(name: str) -> Mapping[str, Any]:
    from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

    return ResourceSchemaLoader("source_askelephant").get_schema(name)


QUESTIONS = (
    Question(
        "clock",
        "Is the server's clock right?",
        "the Date header beside this machine's clock",
        "not assumed; what changes during a sync is told from the past by it",
        clock,
    ),
    Question(
        "newest",
        "Do timestamps lie in the past?",
        "the newest record, beside Date",
        "not assumed: those in the future come with every sync",
        newest,
    ),
    Question(
        "headers",
        "What do headers say of limits?",
        "the headers of the first page",
        "nothing but Retry-After with a 429",
        headers,
    ),
    Question(
        "crm",
        "Which forms of the CRM filter work?",
        "one page of contacts in each form, for an id that nothing has",
        "JSON, as the reference says",
        crm,
    ),
    Question(
        "schema",
        "Are there fields or types that the schema doesn't have?",
        "the first page of each list",
        "they are passed on, and logged",
        schema,
    ),
    Question(
        "errors",
        "What do refusals look like?",
        "four requests with a mistake each",
        "a wrong key gets 401; problem details",
        errors,
    ),
)
