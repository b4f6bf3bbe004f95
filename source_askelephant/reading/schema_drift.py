"""Where the data differs from the schema: fields it doesn't know, values of other types, records without their keys.

Nothing is changed or held back here (``column_values.py`` does that); the log warns. It shows names of fields and of
types only, never a value.

A page is compared by columns, in loops that run inside the interpreter: a third less CPU than record by record.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, repeat
from types import NoneType
from typing import Any, NamedTuple

from source_askelephant.instants import is_date_time, parse_instant

MAX_UNKNOWN_FIELDS = 50
"""Unknown fields that are reported one by one: a map with ids as its keys has no end of them."""
MAX_PATH_LENGTH = 100
"""Characters of a field's path that are shown."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "null": (NoneType,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}
_NAMES: Mapping[type, str] = {
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_INTEGERS_END = 2**53  # from here on, not every integer is a double
_SURE_DIGITS = 16  # a double that needs 17 is the nearest one to countless numbers, and was seldom meant
_NO_DATE_TIME = "string that is no date-time with a time zone"
_RARE_DATE_TIME = "date-time in a rare form"
_PLAIN_DATE_TIMES = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\n)*", re.ASCII)


class _Value:
    """What the schema says of one value, and what came instead.

    Attributes:
        path: where it stands in a record, such as ``emails[].email``; empty for the record itself.
        declared: its types in words.
        types: types that it may have.
        nullable: whether null is one of them.
        fields: those of an object; None if it may have any.
        names: of those fields.
        reported: names of the others that have been reported.
        items: what stands in an array, None if that may be anything.
        is_date_time: whether a text has to be one.
        others: how often it had which other type.
        is_key: whether it tells records apart or places them in time.
        usable: which other types will do for that.
        missing: how often a key was absent, null or empty.
    """

    def __init__(self, schema: Mapping[str, Any], path: str = "") -> None:
        given = schema.get("type", list(_TYPES))
        names: list[str] = [given] if isinstance(given, str) else given
        self.path = path
        self.is_date_time = schema.get("format") == "date-time"
        self.declared = " or ".join("date-time" if self.is_date_time and name == "string" else name for name in names)
        self.types = {type_ for name in names for type_ in _TYPES[name]}
        self.nullable = NoneType in self.types
        self.fields: dict[str, _Value] | None = None
        if "properties" in schema:
            self.fields = {name: _Value(field, join(path, name)) for name, field in schema["properties"].items()}
        self.names = frozenset(self.fields or ())
        self.reported: set[str] = set()
        self.items = _Value(schema["items"], f"{path}[]") if "items" in schema else None
        self.others: Counter[str] = Counter()
        self.is_key = False
        self.usable = {"null"}  # those are counted as missing
        self.missing = 0

    @property
    def unusable(self) -> int:
        """How many records lack this key."""
        return self.missing + sum(times for name, times in self.others.items() if name not in self.usable)

    def all(self) -> Iterator["_Value"]:
        """This value and all within it."""
        yield self
        for inside in [*(self.fields or {}).values(), *([self.items] if self.items else [])]:
            yield from inside.all()


class Comparison(NamedTuple):
    """What was found in the records of a page.

    Attributes:
        news: a sentence for each unknown field that is new.
        odd: whether there are values of other types than the schema's, or numbers that may have been rounded.
    """

    news: list[str]
    odd: bool


class SchemaDrift:
    """Compares records with their schema. Shared by threads.

    Its memory has a bound: the schema's size, and MAX_UNKNOWN_FIELDS.

    Args:
        schema: the stream's JSON schema. What counts in it: type, properties, items, and the format date-time.
        primary_key: the field by which records are told apart: a text that isn't empty, or a number.
        cursor_field: the field that places a record in time: a timestamp as ``parse_instant`` reads it.

    Raises:
        KeyError: if the schema has a type that JSON hasn't, or doesn't declare one of the two fields.
    """

    def __init__(self, schema: Mapping[str, Any], *, primary_key: str, cursor_field: str) -> None:
        self._record = _Value(schema)
        fields = self._record.fields or {}
        self._primary_key, self._cursor_field = fields[primary_key], fields[cursor_field]
        self._primary_key.is_key = self._cursor_field.is_key = True
        self._cursor_field.usable.add(_RARE_DATE_TIME)
        self._primary_key.usable |= {"integer", "number"}
        self._lock = threading.Lock()
        self._unknown = 0
        self._news: list[str] = []
        self._odd = False
        self._records = 0

    def check(self, records: Sequence[dict[str, Any]]) -> Comparison:
        """Count what differs in a page's records."""
        with self._lock:
            self._news, self._odd = [], False
            self._records += len(records)
            self._objects(self._record, records)
            return Comparison(self._news, self._odd)

    def summary(self) -> list[str]:
        """Return what to report when the read ends: fields that came with other types, records without their keys."""
        with self._lock:
            return [*(_of_another_type(value) for value in self._record.all() if value.others), *self._without_keys()]

    def _objects(self, value: _Value, objects: Sequence[dict[str, Any]]) -> None:
        if value.fields is None:
            self._look_for_fractions(objects)
            return
        if unknown := set().union(*objects) - value.names:
            for name in sorted(unknown - value.reported):
                self._unknown_field(value, name)
            self._look_for_fractions([each[name] for name in unknown for each in objects if name in each])
        for name, field in value.fields.items():
            column = list(map(dict.get, objects, repeat(name)))  # a field that is absent counts as null here
            types = set(map(type, column))
            if field.is_key and not all(column):
                # An empty text is no date-time, and counts as such already.
                field.missing += column.count(None) + (0 if field.is_date_time else column.count(""))
            if not field.nullable and NoneType in types:
                column = [each[name] for each in objects if name in each]
                types = set(map(type, column))
            self._column(field, column, types)

    def _column(self, value: _Value, column: list[Any], types: set[type]) -> None:
        """Look at the values that a page has for one field, which have these types."""
        for type_ in types - value.types:
            value.others[_NAMES[type_]] += sum(type(each) is type_ for each in column)
            self._odd = True
        if dict in types:
            self._objects(value, _of_type(dict, column, types))
        if list in types:
            elements = list(chain.from_iterable(_of_type(list, column, types)))
            if value.items is None:
                self._look_for_fractions(elements)
            else:
                self._column(value.items, elements, set(map(type, elements)))
        if float in types:
            self._odd = self._odd or any(map(may_be_rounded, _of_type(float, column, types)))
        if value.is_date_time and str in types:
            texts = _of_type(str, column, types)
            if not _plain_date_times(texts):
                kinds = [_kind_of_date_time(text) for text in texts if not is_date_time(text)]
                value.others.update(kinds)
                self._odd = self._odd or bool(kinds)

    def _look_for_fractions(self, values: Sequence[Any]) -> None:
        """Look into values of which the schema says nothing."""
        while values and not self._odd:
            self._odd = any(type(each) is float and may_be_rounded(each) for each in values)
            containers = (each for each in values if type(each) in {dict, list})
            values = [inner for each in containers for inner in (each.values() if type(each) is dict else each)]

    def _unknown_field(self, parent: _Value, name: str) -> None:
        """Report a field, once."""
        self._unknown += 1
        if self._unknown <= MAX_UNKNOWN_FIELDS:
            parent.reported.add(name)
            path = shown(join(parent.path, name))
            self._news.append(
                f"the API sends a field that this version of the connector doesn't know: {path}. "
                "It is passed on as it came, but destinations drop fields that the schema doesn't declare. To get it "
                "there, update the connector, and then refresh the connection's schema."
            )
        elif self._unknown == MAX_UNKNOWN_FIELDS + 1:
            self._news.append(
                f"the API sends more than {MAX_UNKNOWN_FIELDS} fields that this version of the connector doesn't "
                "know. All of them are passed on; no more of them are told here."
            )

    def _without_keys(self) -> Iterator[str]:
        if unplaced := self._cursor_field.unusable:
            yield (
                f"{unplaced} of {self._records} records have no readable {self._cursor_field.path}. They were passed "
                "on, but can't be placed in time: they don't move the state, and the next sync may miss their changes. "
                "Update the connector, or report it to AskElephant if there is no newer version."
            )
        if unidentified := self._primary_key.unusable:
            yield (
                f"{unidentified} of {self._records} records have no usable {self._primary_key.path}. They were passed "
                "on, but a destination can't tell which of them are the same. Update the connector, or report it to "
                "AskElephant if there is no newer version."
            )


def _of_another_type(value: _Value) -> str:
    found = ", ".join(f"{name} ({times} times)" for name, times in sorted(value.others.items()))
    return (
        f"{value.path} is declared as {value.declared}, but came as {found}. What a column can hold was passed on as "
        "it came; a destination may still refuse it or leave it empty. Update the connector, or report it to "
        "AskElephant if there is no newer version."
    )


def _of_type(wanted: type, column: list[Any], types: set[type]) -> list[Any]:
    # Not isinstance: JSON has no subclasses, and asking for the type is what the whole check costs.
    return column if len(types) == 1 else [each for each in column if type(each) is wanted]


def join(path: str, name: str) -> str:
    """The path of a field within the value at a path."""
    return f"{path}.{name}" if path else name


def shown(path: str) -> str:
    """A path that the API made up, in one line of bounded length."""
    return repr(path if len(path) <= MAX_PATH_LENGTH else f"{path[:MAX_PATH_LENGTH]}…")


def may_be_rounded(number: float) -> bool:
    """Whether another number may have been sent: an integer beyond 64 bits, or more digits than a double keeps."""
    digits = repr(number).partition("e")[0].replace(".", "").strip("-0")
    return abs(number) >= _INTEGERS_END or len(digits) > _SURE_DIGITS


def _plain_date_times(texts: list[str]) -> bool:
    """Whether all are surely date-times: in the API's form, and of days that exist. Much cheaper than one by one."""
    if not _PLAIN_DATE_TIMES.fullmatch("\n".join([*texts, ""])):
        return False
    try:
        for _ in map(datetime.fromisoformat, texts):
            pass
    except ValueError:  # always on Python 3.10, which doesn't know Z
        return False
    return True


def _kind_of_date_time(text: str) -> str:
    """What to call a text that isn't the date-time that destinations expect."""
    try:
        parse_instant(text)
    except ValueError:
        return _NO_DATE_TIME
    return _RARE_DATE_TIME
