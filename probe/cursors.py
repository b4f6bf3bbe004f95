"""Questions on cursors. Their contents are looked at for names only."""

import base64
import binascii
import json
import time

from probe.asking import PAGE, Answer, Session, instant
from probe.findings import Outcome, Question, Verdict, too_little
from probe.paging import ties_in
from source_askelephant.instants import format_instant

NAME = 40
"""Characters that a name within a cursor has at most: what is longer may be more than a name."""


def kind(session: Session) -> Outcome:
    """Look at the length of a cursor, and at the names in it if it is JSON in base64."""
    cursor = session.pages[0].cursor
    if cursor is None:
        return _too_short(session)
    names = _names(cursor)
    if names is None:
        return Outcome("opaque", f"{len(cursor)} characters that are no JSON in base64.", Verdict.COVERED)
    came = f"{len(cursor)} characters: JSON in base64 with {', '.join(names) or 'no names'}."
    return Outcome(" and ".join(names), came, Verdict.COVERED)


def beside(session: Session) -> Outcome:
    """Send a cursor with the filters of its page, alone, and with other filters."""
    first = session.pages[0]
    placed = [at for at in map(instant, first.records) if at is not None]
    if first.cursor is None or not placed:
        return _too_short(session)
    begin = {"gte": format_instant(min(placed))}
    start = session.page(session.main, **begin)
    if start.cursor is None:
        return _too_short(session)
    ways = {
        "with its filters": session.page(session.main, cursor=start.cursor, **begin),
        "alone": session.api.get(session.main.resource, {"limit": PAGE, "cursor": start.cursor}),
        "with another filter": session.page(session.main, cursor=start.cursor, gte=format_instant(max(placed))),
    }
    goes_on = {way: _goes_on(start, answer) for way, answer in ways.items()}
    came = "; ".join(f"{way}: {answer.status}, {goes_on[way]}" for way, answer in ways.items())
    good = [way for way, what in goes_on.items() if what == "goes on"]
    if "with its filters" in good:
        return Outcome("works " + ", ".join(good), f"{came}.", Verdict.AS_ASSUMED)
    if "alone" in good:
        return Outcome("works alone", f"{came}.", Verdict.COVERED)
    advice = "Floods (more than a page on one timestamp) can't be read; all else can. Report it."
    return Outcome("doesn't work", f"{came}.", Verdict.NOT_COVERED, advice)


def lasts(session: Session) -> Outcome:
    """Use a cursor again, at once and after a while."""
    start = session.page(session.main)
    if start.cursor is None:
        return _too_short(session)
    came = []
    for number, pause in enumerate((0.0, 0.0, *session.pauses)):
        time.sleep(pause)
        answer = session.page(session.main, cursor=start.cursor)
        what = _goes_on(start, answer)
        came.append(f"{_when(number, pause)}: {answer.status}, {what}")
        if what != "goes on":
            return Outcome(f"expires: {_when(number, pause)}", "; ".join(came) + ".", Verdict.COVERED)
    return Outcome("lasts", "; ".join(came) + ".", Verdict.AS_ASSUMED)


def place(session: Session) -> Outcome:
    """Compare a page by cursor with one that is asked for by where the page before it ended."""
    if len(session.pages) < 2:  # noqa: PLR2004
        return _too_short(session)
    first, by_cursor = session.pages[:2]
    end, begins = (
        instant(first.records[-1]) if first.records else None,
        [instant(each) for each in by_cursor.records[:1]],
    )
    if end is None or not begins or begins[0] is None:
        return _too_short(session)
    known = {record.get("id") for page in (first, by_cursor) for record in page.records}
    by_time = session.page(session.main, gte=format_instant(end))
    skipped = sum(
        at < begins[0] and record.get("id") not in known
        for record in by_time.records
        if (at := instant(record)) is not None
    )
    came = f"The page by cursor left out {skipped} records that stand between it and the page before."
    return Outcome("skips" if skipped else "right behind", came, Verdict.COVERED if skipped else Verdict.AS_ASSUMED)


def ties(session: Session) -> Outcome:
    """Ask for one of several records on a timestamp, and by its cursor for the next one."""
    shared = ties_in(session.sample)
    if not shared:
        return too_little(f"No two of {len(session.sample)} records of {session.main.name} share a timestamp.")
    at, _ = shared[0]
    start = session.page(session.main, gte=format_instant(at), limit=1)
    if start.cursor is None or not start.records or instant(start.records[0]) != at:
        return too_little("What shares a timestamp could not be asked for by itself.")
    answer = session.page(session.main, gte=format_instant(at), limit=1, cursor=start.cursor)
    if not answer.is_page:
        return Outcome("refused", f"The cursor was refused with {answer.status}.", Verdict.COVERED)
    next_at = next(map(instant, answer.records), None)
    if next_at == at:
        return Outcome("goes on in the tie", "The next record has the same timestamp.", Verdict.AS_ASSUMED)
    advice = "If more than a page of records share a timestamp, the rest can't be read: tell AskElephant."
    return Outcome(
        "skips ties",
        "The next record has a later timestamp: the rest of the tie never comes by cursor.",
        Verdict.COVERED,
        advice,
    )


def _goes_on(start: Answer, answer: Answer) -> str:
    """What a page by cursor is to the page that gave the cursor."""
    if not answer.is_page:
        return "refused"
    before = {record.get("id") for record in start.records}
    again = sum(record.get("id") in before for record in answer.records)
    ends = [at for at in map(instant, start.records) if at is not None]
    begins = [at for at in map(instant, answer.records) if at is not None]
    if not begins:
        return "empty"
    if again > len(answer.records) // 2:
        return "begins anew"
    if ends and min(begins) < max(ends):
        return "goes elsewhere"
    if begins != sorted(begins):
        return "in another order"
    return "goes on"


def _names(cursor: str) -> list[str] | None:
    text = cursor.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return [name if name.isidentifier() and len(name) <= NAME else "…" for name in found]


def _when(number: int, pause: float) -> str:
    return f"after {pause:g} s more" if pause else ("at once", "again at once")[number]


def _too_short(session: Session) -> Outcome:
    return too_little(f"The longest list, {session.main.name}, has no more than {PAGE} records.")


QUESTIONS = (
    Question(
        "cursor-kind",
        "What does a cursor hold?",
        "the cursor of the first page, decoded if it can be",
        "not assumed",
        kind,
    ),
    Question(
        "cursor-beside",
        "What may come beside a cursor?",
        "one cursor with the filters of its page, alone, and with another filter",
        "not assumed; floods need it to work with its filters or alone",
        beside,
    ),
    Question(
        "cursor-lasts",
        "How long does a cursor last?",
        "one cursor, twice at once and again after a while",
        "not assumed",
        lasts,
    ),
    Question(
        "cursor-place",
        "Does a page by cursor begin where the page before it ended?",
        "the second page, beside one that is asked for from the last timestamp on",
        "not assumed",
        place,
    ),
    Question(
        "cursor-ties",
        "Does a cursor lead through records that share a timestamp?",
        "one of them, and by its cursor the next",
        "not assumed, but floods need it",
        ties,
    ),
)
