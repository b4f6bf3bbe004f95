"""Questions on records that share a timestamp, and on what the same request brings again."""

from collections.abc import Sequence
from itertools import pairwise

from probe.findings import Outcome, Question, Verdict, too_little
from probe.session import SAME_REQUESTS, UPDATED_AT, Session, ids_at, instant, instants
from source_askelephant.instants import SECOND, format_instant

FLOODS = "If more than a page of records ever share a timestamp, "


def order(session: Session) -> Outcome:
    """Compare the order of tied records in the answers to the same request, and to others."""
    tied = session.tied
    if tied is None:
        return _no_ties(session)
    first, *again = tied.orders
    came = f"{tied.size} of {len(session.sample)} records share one timestamp. "
    if len(first) < 2:  # noqa: PLR2004
        return too_little(f"{came}No two of them came on one page.")
    if tied.is_whole and any(set(each) != set(first) for each in again):
        return too_little(f"{came}The same request brought others of them each time: see replicas.")
    if again.count(first) < len(again):
        return Outcome(
            "differs each time",
            f"{came}The same request gave them in different orders.",
            Verdict.COVERED,
            f"{FLOODS}reading them ends in an error that names it: ask AskElephant for an order that stays.",
        )
    narrowed = session.page(session.main, gte=format_instant(tied.begin), lt=format_instant(tied.at + SECOND))
    others = [ids_at(narrowed.records, tied.at), ids_at(session.sample, tied.at)]
    if not all(map(_is_one_order, [first, first], others)):
        return Outcome("differs by request", f"{came}Other requests gave another order.", Verdict.COVERED)
    by_id = "" if first == sorted(first, key=str) else "not "
    return Outcome("the same", f"{came}All requests gave the same order, {by_id}that of ids.", Verdict.AS_ASSUMED)


def _is_one_order(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether what stands in both lists of ids stands in the same order: either may have been cut."""
    return [each for each in one if each in other] == [each for each in other if each in one]


def by_cursor(session: Session) -> Outcome:
    """Ask for one of several tied records, and by its cursor for the next one."""
    tied = session.tied
    if tied is None:
        return _no_ties(session)
    begin = format_instant(tied.begin)
    start = session.page(session.main, gte=begin, limit=1)
    if start.cursor is None or instants(start.records) != [tied.at]:
        return too_little("The first of them could not be asked for by itself.")
    answer = session.follow(start.cursor, limit=1, gte=begin)
    if not answer.is_page:
        came = f"The cursor was refused with {answer.status}: see cursor-beside and cursor-lasts."
        return Outcome("refused", came, Verdict.COVERED)
    if instants(answer.records) != [tied.at]:
        advice = f"{FLOODS}reading them ends in an error that names it: tell AskElephant that its cursors skip records."
        return Outcome("skips ties", "The next record has another timestamp.", Verdict.COVERED, advice)
    if start.ids + answer.ids == tied.orders[0][:2]:
        return Outcome("goes on in order", "The next record is the next of them.", Verdict.AS_ASSUMED)
    advice = f"{FLOODS}reading them may end in an error that names it."
    return Outcome("goes on in another order", "The next record is another of them.", Verdict.COVERED, advice)


def replicas(session: Session) -> Outcome:
    """Compare the records in the answers to the same request."""
    newest = session.newest
    # Of those that share the last timestamp of a page, any may come.
    since = max(min(instants(page.records), default=0) for page in newest)
    sets = [{str(each.get("id")) for each in page.records if (instant(each) or 0) > since} for page in newest]
    differ = any(each != sets[0] for each in sets)
    went_back = any(
        max(instants(later.records), default=0) < max(instants(earlier.records), default=0)
        for earlier, later in pairwise(newest)
    )
    tied = session.tied
    tied_differ = tied is not None and tied.is_whole and any(set(each) != set(tied.orders[0]) for each in tied.orders)
    if not (differ or tied_differ):
        return Outcome("no sign", "The same records each time; that excludes nothing.", Verdict.AS_ASSUMED)
    came = "Different sets of records." + (f" The newest {UPDATED_AT} went back." if went_back else "")
    advice = (
        "Either records changed in that second (run the probe again), or servers answer of which one is behind the "
        "other. The connector allows for ten seconds, and for lookback_window_seconds: raise it if records are missing."
    )
    return Outcome("differs", came, Verdict.COVERED, advice)


def _no_ties(session: Session) -> Outcome:
    return too_little(f"It takes two of {len(session.sample)} records of {session.main.name} that share a timestamp.")


QUESTIONS = (
    Question(
        "ties-order",
        "Do records that share a timestamp come in the same order each time?",
        f"a page that begins with such, {SAME_REQUESTS} times; one with an end as well; and the pages of order",
        "nothing; but if more than a page of them do, the same request has to give the same order",
        order,
    ),
    Question(
        "cursor-ties",
        "Does a cursor lead through records that share a timestamp?",
        "one of them, and by its cursor the next",
        "nothing; but if more than a page of them do, it has to",
        by_cursor,
    ),
    Question(
        "replicas",
        "Do all servers know the same?",
        f"the page of the newest records, {SAME_REQUESTS} times",
        "nothing: one may be ten seconds behind another",
        replicas,
    ),
)
