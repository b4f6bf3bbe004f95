"""Questions on who may read what."""

from http import HTTPStatus

from probe.asking import Session
from probe.findings import Outcome, Question, Verdict, not_asked
from source_askelephant.streams.engagements import Engagements

PARTS = tuple(part for filter_ in Engagements.filters.values() for part in filter_.parts)


def credential(session: Session) -> Outcome:
    """Send the credential in the other form."""
    if session.api.auth_type == "oauth2.0":
        return not_asked("tokens of an OAuth client are sent as Bearer, as their standard says")
    status = session.api.get(session.main.resource, {"limit": 1}, session.api.in_other_form()).status
    sent = "raw" if session.api.auth_type == "api_key" else "as Bearer"
    other = "as Bearer" if sent == "raw" else "raw"
    if status == HTTPStatus.OK:
        return Outcome("both", f"Accepted {sent} and {other}.", Verdict.COVERED)
    return Outcome(f"{sent} only", f"Accepted {sent}; {other}: {status}.", Verdict.AS_ASSUMED)


def lists(session: Session) -> Outcome:
    """Ask for the first page of each list."""
    statuses = {name: page.status for name, page in session.first_pages.items()}
    missing = [name for name, status in statuses.items() if status != HTTPStatus.OK]
    came = ", ".join(f"{name} {status}" for name, status in statuses.items())
    as_assumed = set(statuses.values()) <= {HTTPStatus.OK, HTTPStatus.FORBIDDEN}
    return Outcome(
        "all" if not missing else "all but " + " ".join(missing),
        f"{came}.",
        Verdict.AS_ASSUMED if as_assumed else Verdict.NOT_COVERED,
        "" if as_assumed else "Report it: a list that is refused for its scope is expected to answer 403.",
    )


def parts(session: Session) -> Outcome:
    """Ask for all parts of engagements at once, and for each by itself if that is refused."""
    if Engagements not in session.readable:
        return not_asked("engagements can't be read")
    if session.page(Engagements, limit=1, expand=",".join(PARTS)).is_page:
        return Outcome("all", f"200 with all of {', '.join(PARTS)}.", Verdict.AS_ASSUMED)
    statuses = {part: session.page(Engagements, limit=1, expand=part).status for part in PARTS}
    refused = {part: status for part, status in statuses.items() if status != HTTPStatus.OK}
    came = ", ".join(f"{part} {status}" for part, status in statuses.items())
    if not refused:
        return Outcome(
            "not together", f"Each by itself, but not all at once: {came}.", Verdict.NOT_COVERED, "Report it."
        )
    as_assumed = set(refused.values()) == {HTTPStatus.FORBIDDEN}
    return Outcome(
        "all but " + " ".join(refused),
        f"{came}.",
        Verdict.AS_ASSUMED if as_assumed else Verdict.NOT_COVERED,
        ""
        if as_assumed
        else "Leave out of engagement_details what is refused with another status than 403, and report it.",
    )


QUESTIONS = (
    Question(
        "lists",
        "Which lists may the credential read?",
        "the first page of each list",
        "200, or 403 without the list's scope",
        lists,
    ),
    Question(
        "credential",
        "Is the credential accepted in its other form?",
        "one request with the key as Bearer, or with the token raw",
        "an API key is accepted raw, a token as Bearer",
        credential,
    ),
    Question(
        "parts",
        "Which parts of engagements may the credential read?",
        "one engagement with expand, with all parts but media_url, and with each by itself if that is refused",
        "200, or 403 without the part's scope",
        parts,
    ),
)
