"""Questions on what stands in records, and on the filter that looks into another system."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from probe import names
from probe.bounds import UNITS, step_of
from probe.findings import Outcome, Question, Verdict, not_asked, too_little
from probe.session import UPDATED_AT, Session
from source_askelephant.instants import is_date_time
from source_askelephant.reading.schema_drift import SchemaDrift
from source_askelephant.streams.base import ListStream
from source_askelephant.streams.contacts import Contacts

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
Schema = Mapping[str, Any]


def precision(session: Session) -> Outcome:
    """Look at how the timestamps of all first pages are written."""
    forms: dict[str, Counter[str]] = {}
    for stream in session.readable:
        for record in session.first_pages[str(stream.name)].records:
            for name, value in record.items():
                if isinstance(value, str) and is_date_time(value):
                    forms.setdefault(name, Counter())[_form(value)] += 1
    if UPDATED_AT not in forms:
        return too_little("It takes a record with a readable updated_at.")
    came = "; ".join(
        f"{names.shown(name)}: {', '.join(f'{form} ({count} times)' for form, count in found.items())}"
        for name, found in sorted(forms.items())
    )
    in_utc = all(form.endswith("Z") for form in forms[UPDATED_AT])
    return Outcome(UNITS[step_of(session.sample)], f"{came}.", Verdict.AS_ASSUMED if in_utc else Verdict.COVERED)


def schema(session: Session) -> Outcome:
    """Compare the records of all first pages with their schemas."""
    unknown: list[str] = []
    others: list[str] = []
    for stream in session.readable:
        records, declared = session.first_pages[str(stream.name)].records, _schema(stream)
        drift = SchemaDrift(declared, primary_key=stream.primary_key, cursor_field=stream.cursor_field)
        drift.check(records)
        unknown += (f"{stream.name}.{path}" for path in sorted(set(_unknown(declared, records))))
        # These begin with a path of the schema, and name types.
        others += (f"{stream.name}.{each.partition('. ')[0]}" for each in drift.summary() if " is declared as " in each)
    came = f"Fields that the schema doesn't have: {', '.join(unknown) or 'none'}. "
    came += f"Of another type: {'; '.join(others) or 'none'}."
    if unknown or others:
        return Outcome("differs", came, Verdict.COVERED, "Report it, so that the schema can be completed.")
    return Outcome("as declared", came, Verdict.AS_ASSUMED)


def crm(session: Session) -> Outcome:
    """Send the CRM filter in both of its documented forms, with an id that nothing has."""
    if Contacts not in session.readable:
        return not_asked("Contacts can't be read.")
    name = "filter[crm_associations][eq]"
    nothing = {"id": "0", "object_type": "contact"}
    answers = {
        "JSON": session.page(Contacts, **{name: json.dumps([nothing])}),
        "indexes": session.page(Contacts, **{f"{name}[0][{field}]": value for field, value in nothing.items()}),
    }
    came = "; ".join(f"{form}: {page.status}, {len(page.records)} records" for form, page in answers.items()) + "."
    if not session.first_pages[str(Contacts.name)].records:
        return too_little(f"{came} It takes a contact.")
    good = [form for form, page in answers.items() if page.is_page and not page.records]
    if "JSON" in good:
        return Outcome(" and ".join(good), came, Verdict.AS_ASSUMED)
    answer = " and ".join(good) or ("ignored" if answers["JSON"].is_page else "refused")
    advice = "Leave crm_contact_ids out of the configuration, and report it: streams/contacts.py has the form."
    return Outcome(answer, came, Verdict.NOT_COVERED, advice)


def _form(text: str) -> str:
    fraction, zone = text.partition(".")[2], "Z" if text.endswith(("Z", "z")) else "offset"
    digits = len(fraction.rstrip("Zz").partition("+")[0].partition("-")[0])
    return f"{digits} digits, {zone}"


def _schema(stream: type[ListStream]) -> Schema:
    text = files("source_askelephant").joinpath("schemas", f"{stream.name}.json").read_text(encoding="utf-8")
    declared: Schema = json.loads(text)
    return declared


def _unknown(declared: Schema, values: Iterable[Any], path: str = "") -> Iterator[str]:
    """Paths of fields that aren't declared, with their types. What is declared as open isn't looked into."""
    for value in values:
        if isinstance(value, list):
            yield from _unknown(declared.get("items", {}), value, f"{path}[]")
        if not isinstance(value, dict) or "properties" not in declared:
            continue
        for name, inner in value.items():
            field = f"{path}.{names.shown(name)}".lstrip(".")
            if name in declared["properties"]:
                yield from _unknown(declared["properties"][name], [inner], field)
            else:
                yield f"{field} ({TYPES.get(type(inner), 'null')})"


QUESTIONS = (
    Question(
        "precision",
        "How finely and in which zone are timestamps shown?",
        "the first page of each list; which fields, with how many digits of a second",
        "nothing; UTC in the vendor's examples",
        precision,
    ),
    Question(
        "schema",
        "Which fields and types doesn't the schema have?",
        "the first page of each list; the names within objects that may have any are left out",
        "nothing: all fields are passed on",
        schema,
    ),
    Question(
        "crm",
        "Which form of the CRM filter works?",
        "contacts of a CRM id that nothing has, as a JSON list and with indexes",
        "a JSON list",
        crm,
    ),
)
