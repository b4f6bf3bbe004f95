"""Questions on cursors. Their contents are looked at for names only."""

import base64
import binascii
import json
import time
from collections.abc import Callable

from probe import names
from probe.asking import Answer
from probe.findings import Outcome, Question, Verdict, too_little
from probe.paging import LONGER
from probe.session import ASCENDING, PAGE, Session, descends, instants
from source_askelephant.instants import format_instant

GOES_ON, SKIPS = "goes on", "goes on, but skips records"
REFUSED, EMPTY, ANEW = "refused", "empty", "begins anew"
OTHER_FILTER = "another filter"


def kind(session: Session) -> Outcome:
    """Look at the length of a cursor, and at the names in it if it is JSON in base64."""
    cursor = session.pages[0].cursor
    if cursor is None:
        return too_little(LONGER)
    found = _names(cursor)
    if found is None:
        return Outcome("opaque", f"{len(cursor)} characters that are no JSON object in base64.", Verdict.AS_ASSUMED)
    came = f"{len(cursor)} characters: a JSON object in base64 with {names.listed(found)}."
    return Outcome(" and ".join(map(names.shown, found)) or "nothing", came, Verdict.AS_ASSUMED)


def beside(session: Session) -> Outcome:
    """Send a cursor with the filters of its page, alone, with the order alone, and with another filter."""
    placed = instants(session.pages[0].records)
    if session.pages[0].cursor is None or not placed:
        return too_little(LONGER)
    own = {"gte": format_instant(min(placed))}
    start = session.page(session.main, **own)
    if start.cursor is None:
        return too_little(LONGER)
    resource = session.main.resource
    came = {
        "its filters": _way(session, own, start, lambda cursor: session.page(session.main, cursor=cursor, **own)),
        "nothing": _way(session, own, start, lambda cursor: session.api.get(resource, _with(cursor))),
        "order_by": _way(session, own, start, lambda cursor: session.api.get(resource, _with(cursor, ASCENDING))),
        OTHER_FILTER: _with_another_filter(session, own, start),
    }
    good = [way for way, what in came.items() if what in {GOES_ON, SKIPS}]
    told = "; ".join(f"beside {way}: {what}" for way, what in came.items()) + "."
    answer = f"beside {', '.join(good) or 'none of these'}; {OTHER_FILTER}: {came[OTHER_FILTER]}"
    if "its filters" in good:
        return Outcome(answer, told, Verdict.AS_ASSUMED)
    if "nothing" in good:
        return Outcome(answer, told, Verdict.COVERED)
    advice = (
        "If more than a page of records share a timestamp, reading them ends in an error; all else is read. "
        "Report it: streams/base.py would have to send what works."
    )
    return Outcome(answer, told, Verdict.NOT_COVERED, advice)


def lasts(session: Session) -> Outcome:
    """Use a cursor again, at once and after a while."""
    start = session.page(session.main)
    if start.cursor is None or not instants(start.records):
        return too_little(LONGER)
    first = None
    later = [(f"after {pause:g} seconds more", pause) for pause in session.pauses]
    came = []
    for when, pause in [("at once", 0.0), ("a second time", 0.0), *later]:
        time.sleep(pause)
        what = _goes_on(session, start, session.follow(start.cursor))
        came.append(f"{when}: {what}")
        first = first or what
        if what.startswith(REFUSED) or (what != first and what in {EMPTY, ANEW}):
            return Outcome(f"not {when}", "; ".join(came) + ".", Verdict.COVERED)
        session.is_reusable = len(came) > 1
    return Outcome("lasts", "; ".join(came) + ".", Verdict.AS_ASSUMED)


def place(session: Session) -> Outcome:
    """Compare a page by cursor with one that is asked for by where the page before it ended."""
    first, by_cursor = session.pages[0], session.second
    if by_cursor is None or not first.records:
        return too_little(LONGER)
    begins = instants(by_cursor.records[:1])
    if not begins:
        answer = "empty" if by_cursor.is_page else "refused"
        return Outcome(answer, f"{by_cursor.status} without a record that could be compared.", Verdict.COVERED)
    if descends(instants(by_cursor.records)):
        return Outcome("in the other order", "It descends: see cursor-beside.", Verdict.COVERED)
    known = {*map(str, first.ids), *map(str, by_cursor.ids)}
    left_out = [each for each in session.behind_first.records if str(each.get("id")) not in known]
    skipped = sum(at < begins[0] for at in instants(left_out))
    repeated = len(set(map(str, first.ids)) & set(map(str, by_cursor.ids)))
    came = f"It left out {skipped} records that stand between the two pages, and repeated {repeated}."
    answer = "skips" if skipped else "repeats" if repeated else "right behind"
    return Outcome(answer, came, Verdict.COVERED if skipped or repeated else Verdict.AS_ASSUMED)


def _with(cursor: str, order_by: str = "") -> dict[str, str | int]:
    params: dict[str, str | int] = {"limit": PAGE, "cursor": cursor}
    return params | ({"order_by": order_by} if order_by else {})


def _way(session: Session, own: dict[str, str], start: Answer, ask: Callable[[str], Answer]) -> str:
    """How a cursor goes on in one way; of one that is refused, a fresh one is tried: it may have expired."""
    answer = ask(start.cursor or "")
    if not (answer.is_page or session.is_reusable):
        answer = ask(session.page(session.main, **own).cursor or "")
    return _goes_on(session, start, answer)


def _with_another_filter(session: Session, own: dict[str, str], start: Answer) -> str:
    """What becomes of a filter beside a cursor that its first page didn't have."""
    behind = sorted(set(_expected(session, start)))
    if len(behind) < 2:  # noqa: PLR2004
        return "not asked"
    end, came = behind[len(behind) // 2], []

    def ask(cursor: str) -> Answer:
        came.append(session.page(session.main, cursor=cursor, lt=format_instant(end), **own))
        return came[-1]

    what = _way(session, own, start, ask)
    if what not in {GOES_ON, SKIPS}:
        return what
    return "ignored" if max(instants(came[-1].records)) >= end else "applied"


def _expected(session: Session, start: Answer) -> list[int]:
    """When those records changed that stand behind a page which is the first one, or begins with it."""
    known = set(map(str, start.ids))
    return instants([each for each in session.behind_first.records if str(each.get("id")) not in known])


def _goes_on(session: Session, start: Answer, answer: Answer) -> str:
    """What a page by cursor is to the page that gave the cursor."""
    if not answer.is_page:
        return f"{REFUSED} with {answer.status}"
    found, ends = instants(answer.records), instants(start.records)
    if not found or not ends:
        return EMPTY
    if descends(found):
        from_newest = answer.ids[0] == next(iter(session.newest[0].ids), None)
        return "begins anew in the other order" if from_newest else "goes on in the other order"
    again = len(set(map(str, start.ids)) & set(map(str, answer.ids)))
    if again > len(answer.ids) // 2 and found[0] <= min(ends):
        return ANEW
    if found[0] < max(ends) or found != sorted(found):
        return "goes elsewhere"
    return SKIPS if found[0] > min(_expected(session, start), default=found[0]) else GOES_ON


def _names(cursor: str) -> list[str] | None:
    text = cursor.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return list(found) if isinstance(found, dict) else None


QUESTIONS = (
    Question(
        "cursor-kind",
        "What does a cursor hold?",
        "the cursor of the first page, decoded if it can be",
        "nothing",
        kind,
    ),
    Question(
        "cursor-place",
        "Does a page by cursor begin where the page before it ended?",
        "the second page, beside one that is asked for from the last timestamp on",
        "nothing",
        place,
    ),
    Question(
        "cursor-lasts",
        "How long does a cursor last?",
        "one cursor, twice at once and again after a while",
        "nothing",
        lasts,
    ),
    Question(
        "cursor-beside",
        "What may come beside a cursor?",
        "one cursor with the filters of its page, alone, with order_by alone, and with another filter as well",
        "nothing; but if more than a page of records share a timestamp, it has to work with its filters or alone",
        beside,
    ),
)
