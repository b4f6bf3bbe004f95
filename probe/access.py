"""Questions on who may read what."""

from http import HTTPStatus

from probe.findings import Outcome, Question, Verdict, not_asked
from probe.session import Session
from source_askelephant.streams.engagements import Engagements

PARTS = {name: part.scope for filter_ in Engagements.filters.values() for name, part in filter_.parts.items()}


def credential(session: Session) -> Outcome:
    """Send the credential in the other form."""
    if session.api.auth_type == "oauth2.0":
        return not_asked("Tokens of an OAuth client are sent as Bearer, as their standard says.")
    status = session.api.get(session.main.resource, {"limit": 1}, session.api.in_other_form()).status
    sent, other = ("raw", "as Bearer") if session.api.auth_type == "api_key" else ("as Bearer", "raw")
    if status == HTTPStatus.OK:
        return Outcome("both", f"Accepted {sent} and {other}.", Verdict.COVERED)
    return Outcome(f"{sent} only", f"Accepted {sent}; {other}: {status}.", Verdict.AS_ASSUMED)


def lists(session: Session) -> Outcome:
    """Look at the first page of each list."""
    statuses = {name: page.status for name, page in session.first_pages.items()}
    readable = {str(stream.name) for stream in session.readable}
    came = ", ".join(
        f"{name} {status}{'' if name in readable or status != HTTPStatus.OK else ' but no page'}"
        for name, status in statuses.items()
    )
    refused = {name: status for name, status in statuses.items() if name not in readable}
    return _access(refused, came, "Leave these streams out, and report it.")


def parts(session: Session) -> Outcome:
    """Ask for all parts of engagements at once, and if that is refused for less, down to single ones."""
    if Engagements not in session.readable:
        return not_asked("Engagements can't be read.")
    if session.page(Engagements, limit=1, expand=",".join(PARTS)).is_page:
        return Outcome("all", f"All at once: 200 with {', '.join(PARTS)}.", Verdict.AS_ASSUMED)
    free = [name for name, scope in PARTS.items() if not scope]
    refused: dict[str, int] = {}
    for names in ([name] for name, scope in PARTS.items() if scope):
        refused |= _refused(session, names)
    if _refused(session, free):
        for name in free:
            refused |= _refused(session, [name])
    came = "All at once: refused. By themselves: " + ", ".join(f"{name} {refused.get(name, 200)}" for name in PARTS)
    if not refused:
        return Outcome("not together", f"{came}.", Verdict.NOT_COVERED, "Name fewer in engagement_details; report it.")
    return _access(refused, came, "Leave them out of engagement_details, and report it.")


def _refused(session: Session, names: list[str]) -> dict[str, int]:
    page = session.page(Engagements, limit=1, expand=",".join(names))
    return {} if page.is_page else dict.fromkeys(names, page.status)


def _access(refused: dict[str, int], came: str, advice: str) -> Outcome:
    """What it means that these are refused with these statuses."""
    if not refused:
        return Outcome("all", f"{came}.", Verdict.AS_ASSUMED)
    answer = "all but " + " ".join(refused)
    if set(refused.values()) == {HTTPStatus.FORBIDDEN}:
        return Outcome(answer, f"{came}.", Verdict.AS_ASSUMED, "Add the scopes in AskElephant if these are wanted.")
    return Outcome(answer, f"{came}.", Verdict.NOT_COVERED, advice)


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
        "one engagement with all parts but media_url; if that is refused, with each that needs a scope, and the rest",
        "200, or 403 without the part's scope",
        parts,
    ),
)
