"""Questions on the filters of updated_at: what they are compared with, and how timestamps are shown."""

from collections import Counter
from collections.abc import Iterable

from probe.asking import UPDATED_AT, Session, instant
from probe.findings import Outcome, Question, Verdict, too_little
from source_askelephant.api.pages import Record
from source_askelephant.instants import Duration, format_instant, is_date_time, precision_of

SAMPLES = 3
UNITS = {1_000_000: "seconds", 1_000: "milliseconds", 1: "microseconds"}


def precision(session: Session) -> Outcome:
    """Look at how the timestamps of all first pages are written."""
    forms: dict[str, Counter[str]] = {}
    for stream in session.readable:
        for record in session.first_pages[str(stream.name)].records:
            for name, value in record.items():
                if isinstance(value, str) and is_date_time(value):
                    forms.setdefault(name, Counter())[_form(value)] += 1
    if UPDATED_AT not in forms:
        return too_little("No record has a readable updated_at.")
    came = "; ".join(
        f"{name}: {', '.join(f'{form} ({count})' for form, count in found.items())}"
        for name, found in sorted(forms.items())
    )
    finest = UNITS[_step(session.sample)]
    zones = {form.rpartition(" ")[2] for form in forms[UPDATED_AT]}
    return Outcome(finest, f"{came}.", Verdict.AS_ASSUMED if zones <= {"Z"} else Verdict.COVERED)


def compared(session: Session) -> Outcome:
    """Ask for single records by their shown timestamps, and by what lies one step beside them."""
    step = _step(session.sample)
    chosen = _alone(session.sample)[:SAMPLES]
    if len(chosen) < SAMPLES:
        return too_little(f"Fewer than {SAMPLES} records of {session.main.name} have a timestamp of their own.")
    exact = from_on = up_to = just_before = 0
    for record in chosen:
        at = instant(record)
        assert at is not None

        def comes(of: Record = record, **bounds: str) -> bool:
            return any(each.get("id") == of.get("id") for each in session.page(session.main, **bounds).records)

        exact += comes(gte=format_instant(at), lte=format_instant(at))
        from_on += comes(gte=format_instant(at), lt=format_instant(at + step))
        up_to += comes(gt=format_instant(at - step), lte=format_instant(at))
        just_before += comes(gte=format_instant(at - 1), lte=format_instant(at))
    unit = UNITS[step]
    came = (
        f"Of {SAMPLES} records, shown to {unit}, with t for what is shown: {exact} come with gte t and lte t, {from_on} from t on "
        f"before the next step, {up_to} after the step before up to t, {just_before} from a microsecond before t up to t."
    )
    if exact == SAMPLES:
        return Outcome("as shown", came, Verdict.AS_ASSUMED)
    if not exact and not from_on and just_before == SAMPLES:
        return Outcome("gte means gt", came, Verdict.COVERED)
    if from_on == SAMPLES:
        return Outcome("cut", came, Verdict.COVERED)
    if from_on + up_to >= SAMPLES:
        return Outcome("rounded", came, Verdict.COVERED)
    return Outcome(
        "a filter is ignored or refused", came, Verdict.NOT_COVERED, "Report it: a list is read by these filters."
    )


def kept_to(session: Session) -> Outcome:
    """Look whether what comes lies within each of the four bounds."""
    placed = sorted({each for each in map(instant, session.sample) if each is not None})
    if len(placed) < SAMPLES:
        return too_little(f"Fewer than {SAMPLES} timestamps in {session.main.name}.")
    middle = placed[len(placed) // 2]
    ignored = []
    for name in ("gt", "gte", "lt", "lte"):
        page = session.page(session.main, **{name: format_instant(middle)})
        low = name in {"gt", "gte"}
        outside = sum(at < middle if low else at > middle for at in map(instant, page.records) if at is not None)
        if outside > len(page.records) // 10 or not page.is_page:
            ignored.append(name)
    came = "All four kept to." if not ignored else f"Not kept to: {', '.join(ignored)}."
    if not ignored:
        return Outcome("kept to", came, Verdict.AS_ASSUMED)
    return Outcome(
        "ignored: " + " ".join(ignored), came, Verdict.NOT_COVERED, "Report it: reading ends in an error that says so."
    )


def _form(text: str) -> str:
    fraction = text.partition(".")[2]
    digits = sum(character.isdigit() for character in fraction.partition("+")[0].partition("-")[0])
    return f"{digits} digits {'Z' if text.endswith(('Z', 'z')) else 'offset'}"


def _step(records: Iterable[Record]) -> Duration:
    """One step of the finest precision that is shown."""
    return min((precision_of(at) for at in map(instant, records) if at is not None), default=1_000_000)


def _alone(records: list[Record]) -> list[Record]:
    """Records whose timestamp no other one has, from the middle on: at the ends others may stand beside them unseen."""
    counts = Counter(map(instant, records))
    alone = [record for record in records[1:-1] if (at := instant(record)) is not None and counts[at] == 1]
    return alone[len(alone) // 2 :]


QUESTIONS = (
    Question(
        "precision",
        "How finely and in which zone are timestamps shown?",
        "the first page of each list",
        "not assumed; UTC, in milliseconds, in the vendor's examples",
        precision,
    ),
    Question("filters", "Are gt, gte, lt and lte kept to?", "one page with each of them", "they are kept to", kept_to),
    Question(
        "bounds",
        "Are bounds compared with what is shown?",
        f"{SAMPLES} records, each by four pairs of bounds at and beside its timestamp",
        "not assumed: timestamps may be stored finer, cut or rounded, and gte may leave out its moment",
        compared,
    ),
)
