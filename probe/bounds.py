"""Questions on the filters of updated_at: whether they are kept to, and what they are compared with."""

from collections import Counter

from probe.findings import Outcome, Question, Verdict, not_asked, too_little
from probe.session import BOUNDS, UPDATED_AT, Session, instant, instants
from source_askelephant.api.pages import Record
from source_askelephant.instants import MILLISECOND, SECOND, Duration, Instant, format_instant, instant_of

EXACT, BESIDE = 2, 8
"""How many records are asked for at their timestamp; and how many beside it, if those don't come."""
MOST_ON_ONE = 50
"""Records that may share a timestamp for one of them to come surely on one page."""
UNITS = {SECOND: "seconds", MILLISECOND: "milliseconds", 1: "microseconds"}


def kept_to(session: Session) -> Outcome:
    """Look whether what comes lies within each of the four bounds."""
    if len(set(instants(session.sample))) < 3:  # noqa: PLR2004 - as the sentence says
        return too_little(f"It takes three timestamps in {session.main.name}.")
    ignored = session.ignored_bounds
    if not ignored:
        return Outcome("kept to", "All four are kept to.", Verdict.AS_ASSUMED)
    answer, came = "ignored: " + " ".join(ignored), f"Not kept to, or refused: {', '.join(ignored)}."
    if not {"gte", "lt"} & set(ignored):
        return Outcome(answer, came, Verdict.COVERED)
    advice = "Reading ends in an error that names the filter. Report it: a list is read by gte and lt."
    return Outcome(answer, came, Verdict.NOT_COVERED, advice)


def compared(session: Session) -> Outcome:
    """Ask for single records by their shown timestamps, and by what lies beside them."""
    chosen = _across(session.sample)
    if len(chosen) < BESIDE:
        return too_little(f"It takes {BESIDE} timestamps in {session.main.name} that few records share.")
    if session.ignored_bounds:
        return not_asked("The filters are not kept to: see filters.")
    step, few = step_of(session.sample), chosen[:EXACT]
    exact = _coming(session, few, gte=0, lte=0)
    came = f"Shown to {UNITS[step]}. From t to t, where t is what is shown, {exact} of {EXACT} records come; "
    if exact == EXACT:
        return _as_shown(session, few[:1], step, came)
    return _otherwise(session, chosen, step, came)


def _as_shown(session: Session, one: list[Record], step: Duration, came: str) -> Outcome:
    """Look for a record where it shouldn't be: behind its timestamp, and before it."""
    after, before = _coming(session, one, gt=0, lt=step), _coming(session, one, gt=-step, lt=0)
    finer = _coming(session, one, gte=1, lt=step) if step > 1 else 0
    came += f"after t {after} of 1, before t {before} of 1, from a microsecond after t {finer} of 1."
    if after or before or finer:
        return Outcome("as shown, bounds cut", came, Verdict.COVERED)
    return Outcome("as shown", came, Verdict.AS_ASSUMED)


def _otherwise(session: Session, chosen: list[Record], step: Duration, came: str) -> Outcome:
    """Look for records beside their timestamps, where they don't come."""
    few = chosen[:EXACT]
    before = _coming(session, few, gte=-1, lte=0)
    came += f"from a microsecond before t to t {before} of {EXACT}"
    if before == EXACT:
        return Outcome("gte means gt", f"{came}.", Verdict.COVERED)
    within = _coming(session, chosen, gte=0, lt=step)
    came += f"; from t on, before the next step, {within} of {BESIDE}"
    if within == BESIDE:
        return Outcome("finer, cut", f"{came}.", Verdict.COVERED)
    around = _coming(session, few, gte=-step, lt=step)
    came += f"; within a step of t {around} of {EXACT}."
    if around == EXACT:
        return Outcome("finer, rounded", came, Verdict.COVERED)
    return Outcome("not by what is shown", came, Verdict.NOT_COVERED, "Report it: a list is read by what is shown.")


def _coming(session: Session, records: list[Record], **bounds: Duration) -> int:
    """How many of the records come between bounds that lie so far from their timestamps."""
    count = 0
    for record in records:
        at = instant(record)
        assert at is not None
        page = session.page(session.main, **{name: format_instant(at + offset) for name, offset in bounds.items()})
        count += record.get("id") in page.ids
    return count


def step_of(records: list[Record]) -> Duration:
    """One step of the finest precision in which updated_at is written."""
    digits = [
        len(text.partition(".")[2].rstrip("Zz").partition("+")[0].partition("-")[0])
        for record in records
        if instant_of(record, UPDATED_AT) is not None and isinstance(text := record[UPDATED_AT], str)
    ]
    most = max(digits, default=0)
    return SECOND if not most else MILLISECOND if most <= 3 else 1  # noqa: PLR2004 - digits of milliseconds


def _across(records: list[Record]) -> list[Record]:
    """Records from all over the sample, each with a timestamp of its own, or one that few others share."""
    counts = Counter(instants(records))
    by_instant: dict[Instant, Record] = {}
    for record in records:
        at = instant(record)
        if at is not None and counts[at] <= MOST_ON_ONE:
            by_instant.setdefault(at, record)
    found = list(by_instant.values())
    return [found[place * len(found) // BESIDE] for place in range(BESIDE)] if len(found) >= BESIDE else []


QUESTIONS = (
    Question(
        "filters",
        "Are gt, gte, lt and lte kept to?",
        f"a page with each of {', '.join(BOUNDS)}, from the end where what is beyond it would come first",
        "they are kept to",
        kept_to,
    ),
    Question(
        "bounds",
        "What are bounds compared with?",
        f"{EXACT} records at their timestamp and one step beside it; {BESIDE} if they don't come",
        "nothing: timestamps may be stored finer, cut or rounded, and gte may leave out its moment",
        compared,
    ),
)
