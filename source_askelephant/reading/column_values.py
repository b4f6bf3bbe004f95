"""What becomes of values on their way to the destination: they are passed on as they came, but for what can't be.

Half a surrogate pair, NaN and infinities are nothing that JSON has: a strict reader would lose the whole record. And
a number that may have been rounded when it was read is told of. Names of fields are texts as well.
"""

import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from source_askelephant.api.pages import Record
from source_askelephant.output import well_formed
from source_askelephant.reading.schema_drift import SchemaDrift, join, may_be_rounded, shown

MAX_FIELDS = 50
"""Fields whose values are told of one by one: a map with ids as its keys has no end of them."""

HALF_PAIR = "half a surrogate pair, replaced by U+FFFD"
NO_NUMBER = "NaN, an infinity or a number too large for a double, replaced by null"
ROUNDED = "a number with more digits than a double surely keeps, passed on as the nearest double"


class Finding(NamedTuple):
    """What was found in a value.

    Attributes:
        path: of the field, such as ``emails[].email``.
        what: in words, with what was done about it.
    """

    path: str
    what: str


class ColumnValues:
    """Replaces what can't be passed on, and says so when the read ends. Shared by threads.

    Args:
        schema: the stream's JSON schema.
        primary_key: the field by which records are told apart.
        cursor_field: the field that places a record in time.
    """

    def __init__(self, schema: Mapping[str, Any], *, primary_key: str, cursor_field: str) -> None:
        self._drift = SchemaDrift(schema, primary_key=primary_key, cursor_field=cursor_field)
        self._lock = threading.Lock()
        self._found: dict[str, Counter[str]] = {}
        self._more = False

    def fit(self, records: list[Record], *, odd: bool) -> tuple[list[Record], list[str]]:
        """Replace what can't be passed on; the records that came are left as they are.

        Args:
            records: of one page.
            odd: whether they may hold what JSON hasn't, see ``Page.odd``.

        Returns:
            As many records, in the same order, and sentences to be logged at once.
        """
        drift = self._drift.check(records)
        return [self._fitting(record) for record in records] if odd or drift.odd else records, drift.news

    def summary(self) -> list[str]:
        """Return what to report when the read ends."""
        return [*self._told(), *self._drift.summary()]

    def _fitting(self, record: Record) -> Record:
        findings: list[Finding] = []
        fitting = _replaced(record, findings)
        self._count(findings)
        return fitting

    def _count(self, findings: Iterable[Finding]) -> None:
        with self._lock:
            for path, what in findings:
                if path in self._found or len(self._found) < MAX_FIELDS:
                    self._found.setdefault(path, Counter())[what] += 1
                else:
                    self._more = True

    def _told(self) -> Iterator[str]:
        with self._lock:
            for path, found in sorted(self._found.items()):
                came = ", ".join(f"{what} ({times} times)" for what, times in sorted(found.items()))
                yield (
                    f"{shown(path)} came with values that can't be passed on as they are: {came}. "
                    "Report it to AskElephant."
                )
            if self._more:
                yield f"more than {MAX_FIELDS} fields came with such values; no more of them are told here."


def _replaced(record: Record, findings: list[Finding]) -> Record:
    """A copy of a record without what can't be passed on; what was found is added to the list.

    Not recursive: a record may be nested more deeply than Python's calls.
    """
    whole: dict[Any, Any] = {None: record}
    left: list[tuple[Any, Any, str]] = [(whole, None, "")]  # what holds a value, under which key or index, its path
    while left:
        holder, key, path = left.pop()
        value = holder[key]
        if isinstance(value, dict):
            holder[key] = fields = {}
            for name, inside in value.items():
                whole_name = well_formed(name)
                inner_path = join(path, whole_name)
                if whole_name != name:
                    findings.append(Finding(inner_path, HALF_PAIR))
                fields[whole_name] = inside
                left.append((fields, whole_name, inner_path))
        elif isinstance(value, list):
            holder[key] = elements = list(value)
            left += ((elements, index, f"{path}[]") for index in range(len(elements)))
        else:
            holder[key], what = _replaced_scalar(value)
            findings += (Finding(path, each) for each in what)
    return whole[None]  # type: ignore[no-any-return]


def _replaced_scalar(value: Any) -> tuple[Any, list[str]]:
    """What is passed on for a text, a number, a boolean or null, and what was found in it."""
    if isinstance(value, str):
        text = well_formed(value)
        return text, [HALF_PAIR] if text != value else []
    if isinstance(value, float):
        if not math.isfinite(value):
            return None, [NO_NUMBER]
        return value, [ROUNDED] if may_be_rounded(value) else []
    return value, []
