"""Questions on pages: what they look like, their size and their order."""

from itertools import pairwise

from probe import names
from probe.findings import Outcome, Question, Verdict, too_little
from probe.session import PAGE, Session, instants

ENVELOPE = {"object", "data", "has_more", "next_cursor"}
LONGER = f"It takes a list of more than {PAGE} records."


def envelope(session: Session) -> Outcome:
    """Look at the fields of pages."""
    pages = [session.first_pages[str(stream.name)] for stream in session.readable]
    found = {name for page in pages for name in page.document}
    missing, more = sorted(ENVELOPE - found), sorted(found - ENVELOPE)
    came = f"Fields of {len(pages)} pages: {names.listed(sorted(found))}."
    if missing:
        needed = {"data", "has_more"} & set(missing)
        verdict = Verdict.NOT_COVERED if needed else Verdict.COVERED
        return Outcome("without " + " ".join(missing), came, verdict, "Report it.")
    return Outcome("with more fields" if more else "as documented", came, Verdict.AS_ASSUMED)


def limit(session: Session) -> Outcome:
    """Compare what came with what was asked for, and ask for one more than is allowed."""
    full = [len(page.records) for page in session.first_pages.values() if page.cursor]
    beyond = session.page(session.main, limit=PAGE + 1)
    came = f"limit={PAGE + 1}: {beyond.status}" + (f" with {len(beyond.records)} records." if beyond.is_page else ".")
    if not full:
        return too_little(f"{came} {LONGER}")
    least, most = min(full), max(full)
    came = f"limit={PAGE} brought {least if least == most else f'{least} to {most}'} where more follows. {came}"
    if most > PAGE:
        return Outcome("more", came, Verdict.COVERED, "Report it.")
    if most == PAGE:
        return Outcome("honoured", came, Verdict.AS_ASSUMED)
    return Outcome("fewer", came, Verdict.COVERED, "Reading takes more requests than the README promises.")


def fullness(session: Session) -> Outcome:
    """Count pages that promise more and are not full."""
    others = (page for name, page in session.first_pages.items() if name != str(session.main.name))
    pages = [*session.pages, *others]
    promising = [len(page.records) for page in pages if page.cursor]
    if not promising:
        return too_little(LONGER)
    full, empty = sum(count >= PAGE for count in promising), promising.count(0)
    came = f"Of {len(promising)} pages that promise more, {full} were full and {empty} empty."
    if full == len(promising):
        return Outcome("full", came, Verdict.AS_ASSUMED)
    return Outcome("empty" if empty else "short", came, Verdict.COVERED)


def order(session: Session) -> Outcome:
    """Look whether pages ascend, and whether the list descends if no order is given."""
    placed = instants(session.sample)
    default = instants(session.api.get(session.main.resource, {"limit": PAGE}).records)
    if len(set(placed)) < 2:  # noqa: PLR2004
        return too_little(f"It takes two timestamps in {session.main.name}.")
    backwards = sum(later < earlier for earlier, later in pairwise(placed))
    descends = all(later <= earlier for earlier, later in pairwise(default))
    came = f"{len(placed)} of {len(session.sample)} records have a readable updated_at; {backwards} of them stand "
    came += f"behind a later one. Without order_by the list {'descends' if descends else 'does not descend'}."
    if backwards > len(placed) // 10:
        advice = "Reading ends in an error that names order_by. Report it: the connector needs the order."
        return Outcome("ignored", came, Verdict.NOT_COVERED, advice)
    if backwards:
        return Outcome("kept with exceptions", came, Verdict.COVERED)
    return Outcome("kept", came, Verdict.AS_ASSUMED)


QUESTIONS = (
    Question(
        "envelope",
        "What does a page look like?",
        "the first page of each list",
        "object, data, has_more and next_cursor",
        envelope,
    ),
    Question(
        "limit",
        "Is limit=100 honoured?",
        "the first pages, and one request with limit=101",
        "100 records where more follows",
        limit,
    ),
    Question(
        "pages-full",
        "Do pages that promise more come full?",
        "three pages of one list, and the first of the others",
        "nothing: pages may be short or empty",
        fullness,
    ),
    Question(
        "order",
        "Is the order kept to?",
        "three pages in ascending order, and one without order_by",
        "ascending by updated_at",
        order,
    ),
)
