"""Questions on pages: their size and order, and records that share a timestamp."""

from collections import Counter
from itertools import pairwise

from probe.asking import PAGE, Answer, Session, instant
from probe.findings import Outcome, Question, Verdict, too_little
from source_askelephant.api.pages import Record
from source_askelephant.instants import Instant, format_instant

ENVELOPE = {"object", "data", "has_more", "next_cursor"}
REPORT = "Report it: the connector needs this."


def envelope(session: Session) -> Outcome:
    """Look at the fields of pages."""
    pages = [session.first_pages[str(stream.name)] for stream in session.readable]
    names = {name for page in pages for name in page.document}
    missing, more = sorted(ENVELOPE - names), sorted(names - ENVELOPE)
    came = f"Fields of {len(pages)} pages: {', '.join(sorted(names))}."
    if missing:
        return Outcome("without " + " ".join(missing), came, Verdict.NOT_COVERED, REPORT)
    return Outcome("with " + " ".join(more) if more else "as documented", came, Verdict.AS_ASSUMED)


def limit(session: Session) -> Outcome:
    """Compare what came with what was asked for, and ask for one more than is allowed."""
    full = [len(page.records) for page in session.first_pages.values() if page.cursor]
    beyond = session.page(session.main, limit=PAGE + 1)
    came = f"limit={PAGE} brought {_counts(full)} where more follows. limit={PAGE + 1}: {beyond.status}"
    came += f" with {len(beyond.records)} records." if beyond.is_page else "."
    if not full:
        return too_little(f"No list has more than {PAGE} records. {came}")
    if min(full) == PAGE:
        return Outcome("honoured", came, Verdict.AS_ASSUMED)
    return Outcome("fewer", came, Verdict.COVERED)


def short_pages(session: Session) -> Outcome:
    """Count pages that promise more and are not full."""
    pages = [*session.pages, *(page for page in session.first_pages.values() if page is not session.pages[0])]
    promising = [len(page.records) for page in pages if page.cursor]
    if not promising:
        return too_little(f"No list has more than {PAGE} records.")
    came = f"Of {len(promising)} pages that promise more, {sum(count == PAGE for count in promising)} were full, "
    came += f"{promising.count(0)} empty."
    if min(promising) == PAGE:
        return Outcome("full", came, Verdict.AS_ASSUMED)
    return Outcome("empty" if 0 in promising else "short", came, Verdict.COVERED)


def order(session: Session) -> Outcome:
    """Look whether pages ascend, and whether the order descends if it isn't given."""
    instants = [instant(record) for record in session.sample]
    placed = [each for each in instants if each is not None]
    backwards = sum(later < earlier for earlier, later in pairwise(placed))
    default = session.api.get(session.main.resource, {"limit": PAGE}).records
    found = [each for each in map(instant, default) if each is not None]
    descends = all(later <= earlier for earlier, later in pairwise(found))
    came = f"{len(placed)} of {len(instants)} records have a readable updated_at; {backwards} stand before an earlier one. "
    came += f"Without order_by the list {'descends' if descends else 'does not descend'}."
    if len(set(placed)) < 2:  # noqa: PLR2004
        return too_little(f"Fewer than two timestamps in {session.main.name}.")
    if backwards > len(placed) // 10:
        return Outcome("ignored", came, Verdict.NOT_COVERED, REPORT)
    return Outcome("with exceptions" if backwards else "ascends", came, _covered(otherwise=bool(backwards)))


def ties(session: Session) -> Outcome:
    """Ask for the same page three times, and for another one with the same records."""
    shared = ties_in(session.sample)
    if not shared:
        return too_little(f"No two of {len(session.sample)} records of {session.main.name} share a timestamp.")
    at, count = shared[0]
    same = [_at(session.page(session.main, gte=format_instant(at)), at) for _ in range(3)]
    others = [_at(session.page(session.main, gte=format_instant(at), lt=format_instant(at + 1_000_000)), at)]
    others.append([record.get("id") for record in session.sample if instant(record) == at])
    sizes = sorted((each for _, each in shared), reverse=True)
    came = f"{len(shared)} timestamps are shared in {len(session.sample)} records, by up to {sizes[0]}; one by {count} was asked for. "
    if any(each != same[0] for each in same):
        came += "The same request gave them in different orders."
        advice = (
            "If more than a page of records ever share a timestamp, reading them ends in an error: tell AskElephant."
        )
        return Outcome("differs each time", came, Verdict.COVERED, advice)
    if any(each != same[0][: len(each)] for each in others if len(each) > 1):
        return Outcome(
            "differs between kinds of request", came + "Another kind of request gave another order.", Verdict.COVERED
        )
    return Outcome("the same", came + "All requests gave the same order.", Verdict.AS_ASSUMED)


def ties_in(records: list[Record]) -> list[tuple[Instant, int]]:
    """Instants that records share, with how many do, those that most share first."""
    counts = Counter(each for each in map(instant, records) if each is not None)
    return [(each, count) for each, count in counts.most_common() if count > 1]


def _at(page: Answer, at: Instant) -> list[object]:
    return [record.get("id") for record in page.records if instant(record) == at]


def _covered(*, otherwise: bool) -> Verdict:
    return Verdict.COVERED if otherwise else Verdict.AS_ASSUMED


def _counts(counts: list[int]) -> str:
    return f"{min(counts)} to {max(counts)} records" if counts else "no page"


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
        "the first pages; and one request with limit=101",
        "100 records where more follows",
        limit,
    ),
    Question(
        "pages-full",
        "Do pages that promise more come full?",
        "three pages of one list, and the first of the others",
        "not assumed: pages may be short or empty",
        short_pages,
    ),
    Question(
        "order",
        "Is the order kept to?",
        "three pages in ascending order, and one without order_by",
        "ascending by updated_at",
        order,
    ),
    Question(
        "ties-order",
        "Do records that share a timestamp come in the same order each time?",
        "one page that holds such, asked for three times, and once more with an end",
        "not assumed, but floods need it",
        ties,
    ),
)
