"""What becomes of values on their way to the destination: they are passed on as they came, but for what can't be.

Half a surrogate pair, NaN and infinities are nothing that JSON has: a strict reader would lose the whole record. NUL in
a text, and a date-time that is none, stop a warehouse. What is lost stands in the record's ``meta.changes``. And a
number that may have been rounded when it was read is told of. Names of fields are texts as well.
"""

import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from airbyte_cdk.models.airbyte_protocol import (  # type: ignore[attr-defined]  # of a package without types
    AirbyteRecordMessageMeta,
    AirbyteRecordMessageMetaChange,
    Change,
    Reason,
)
from airbyte_cdk.sources.types import Record as EngineRecord

from source_askelephant.api.pages import Record
from source_askelephant.instants import format_instant, is_date_time, parse_instant
from source_askelephant.output import well_formed
from source_askelephant.reading.schema_drift import SchemaDrift, join, may_be_rounded, shown

MAX_FIELDS = 50
"""Fields whose values are told of one by one: a map with ids as its keys has no end of them."""

_REASON = Reason.SOURCE_SERIALIZATION_ERROR


class Kind(NamedTuple):
    """A kind of value that isn't passed on as it came.

    Attributes:
        what: in words, with what was done about it.
        change: what the protocol calls that, None if nothing of the value is lost.
    """

    what: str
    change: Change | None = None


HALF_PAIR = Kind("half a surrogate pair, replaced by U+FFFD", Change.TRUNCATED)
NUL = Kind("NUL in a text, taken out", Change.TRUNCATED)
NO_NUMBER = Kind("NaN, an infinity or a number too large for a double, replaced by null", Change.NULLED)
ROUNDED = Kind("a number with more digits than a double surely keeps, passed on as the nearest double")
NO_DATE_TIME = Kind("no date-time, replaced by null", Change.NULLED)
RARE_DATE_TIME = Kind("a date-time in a rare form, written in the usual one")


class Finding(NamedTuple):
    """What was found in a value.

    Attributes:
        path: of the field, such as ``emails[].email``.
        kind: of the value.
    """

    path: str
    kind: Kind


class ChangedRecord(EngineRecord):
    """A record of which something was lost.

    Attributes:
        meta: what goes along with it, and says so.
    """

    def __init__(self, data: Record, stream_name: str, changes: Iterable[AirbyteRecordMessageMetaChange]) -> None:
        super().__init__(data, stream_name)
        self.meta = AirbyteRecordMessageMeta(changes=list(changes))


class ColumnValues:
    """Replaces what can't be passed on, and says so when the read ends. Shared by threads.

    Args:
        stream_name: whose records they are.
        schema: the stream's JSON schema. A column is one of its own properties, not what is nested in one.
        primary_key: the field by which records are told apart.
        cursor_field: the field that places a record in time.
    """

    def __init__(self, stream_name: str, schema: Mapping[str, Any], *, primary_key: str, cursor_field: str) -> None:
        self._stream_name = stream_name
        self._drift = SchemaDrift(schema, primary_key=primary_key, cursor_field=cursor_field)
        self._date_times = [name for name, field in schema["properties"].items() if field.get("format") == "date-time"]
        self._lock = threading.Lock()
        self._found: dict[str, Counter[Kind]] = {}
        self._more = False

    def fit(self, records: list[Record], *, odd: bool) -> tuple[list[EngineRecord], list[str]]:
        """Replace what can't be passed on; the records that came are left as they are.

        Args:
            records: of one page.
            odd: whether they may hold what has no place in a destination, see ``Page.odd``.

        Returns:
            As many records, in the same order, and sentences to be logged at once.
        """
        drift = self._drift.check(records)
        if odd or drift.odd:
            return [self._fitting(record) for record in records], drift.news
        return [EngineRecord(record, self._stream_name) for record in records], drift.news

    def summary(self) -> list[str]:
        """Return what to report when the read ends."""
        return [*self._told(), *self._drift.summary()]

    def _fitting(self, record: Record) -> EngineRecord:
        findings: list[Finding] = []
        fitting = _replaced(record, findings)
        for name in self._date_times:
            if fitting.get(name) is not None:
                fitting[name], kinds = _date_time(fitting[name])
                findings += (Finding(name, kind) for kind in kinds)
        self._count(findings)
        losses = dict.fromkeys((path, kind.change) for path, kind in findings if kind.change)
        if not losses:
            return EngineRecord(fitting, self._stream_name)
        changes = (AirbyteRecordMessageMetaChange(path, change, _REASON) for path, change in losses)
        return ChangedRecord(fitting, self._stream_name, changes)

    def _count(self, findings: Iterable[Finding]) -> None:
        with self._lock:
            for path, kind in findings:
                if path in self._found or len(self._found) < MAX_FIELDS:
                    self._found.setdefault(path, Counter())[kind] += 1
                else:
                    self._more = True

    def _told(self) -> Iterator[str]:
        with self._lock:
            for path, found in sorted(self._found.items()):
                came = ", ".join(f"{kind.what} ({times} times)" for kind, times in sorted(found.items()))
                yield (
                    f"{shown(path)} came with values that can't be passed on as they are: {came}. "
                    "Report it to AskElephant."
                )
            if self._more:
                yield f"more than {MAX_FIELDS} fields came with such values; no more of them are told here."


def _replaced(record: Record, findings: list[Finding]) -> Record:
    """A copy of a record without what no destination can take; what was found is added to the list.

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
                whole_name, kinds = _text(name)
                inner_path = join(path, whole_name)
                findings += (Finding(inner_path, kind) for kind in kinds)
                fields[whole_name] = inside
                left.append((fields, whole_name, inner_path))
        elif isinstance(value, list):
            holder[key] = elements = list(value)
            left += ((elements, index, f"{path}[]") for index in range(len(elements)))
        else:
            holder[key], kinds = _scalar(value)
            findings += (Finding(path, kind) for kind in kinds)
    return whole[None]  # type: ignore[no-any-return]


def _scalar(value: Any) -> tuple[Any, list[Kind]]:
    """What is passed on for a text, a number, a boolean or null, and what was found in it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None, [NO_NUMBER]
        return value, [ROUNDED] if may_be_rounded(value) else []
    return value, []


def _text(text: str) -> tuple[str, list[Kind]]:
    whole = well_formed(text)
    kinds = [HALF_PAIR] if whole != text else []
    return (whole.replace("\0", ""), [*kinds, NUL]) if "\0" in whole else (whole, kinds)


def _date_time(value: Any) -> tuple[str | None, list[Kind]]:
    """What a column of date-times can hold of a value.

    One without a zone, or of a whole day, can be held, though it means no instant (``schema_drift.py`` tells of it).
    """
    if not isinstance(value, str):
        return None, [NO_DATE_TIME]
    if is_date_time(value) or is_date_time(f"{value}Z") or is_date_time(f"{value}T00:00:00Z"):
        return value, []
    try:
        return format_instant(parse_instant(value)), [RARE_DATE_TIME]
    except ValueError:
        return None, [NO_DATE_TIME]
