"""Why a list can't be read to its end although the API answers."""

from typing import ClassVar

from airbyte_cdk.models import FailureType

from source_askelephant.instants import Instant, format_instant

NO_END = "it keeps saying that there is more without giving it"
MAX_FRUITLESS_ANSWERS = 100
"""Answers in a row that may bring neither a new record nor a step forward."""
MAX_EMPTY_ANSWERS = 1_000
"""Answers in a row without a record: so many it may take to get past what is hidden."""
MAX_PAGES_OUT_OF_PLACE = 5
"""Pages in a row with nothing that stands where it was asked for."""


class StalledError(Exception):
    """The API leads nowhere; the text says how, as the end of a sentence.

    Attributes:
        failure_type: who can fix it.
        advice: what to do.
    """

    failure_type: ClassVar = FailureType.transient_error
    advice: ClassVar = "Sync again later, and report it to AskElephant if it stays."


class UnusableRecordsError(StalledError):
    """The records lack what they are read by, and will tomorrow."""

    failure_type: ClassVar = FailureType.system_error
    advice: ClassVar = "Update the connector, or report it to AskElephant if there is no newer version."


class StallGuard:
    """Counts the answers of a window that lead nowhere, in a row, and raises when there are too many.

    Args:
        cursor_field: the record's field with its instant.
    """

    def __init__(self, cursor_field: str) -> None:
        self._cursor_field = cursor_field
        self._empty = self._fruitless = self._out_of_place = 0

    def answered(self, records: int) -> None:
        """Note how many records an answer held."""
        self._empty = 0 if records else self._empty + 1
        if self._empty > MAX_EMPTY_ANSWERS:
            raise StalledError(NO_END)

    def went_on(self, *, progress: bool) -> None:
        """Note whether an answer brought a new record, or a step forward."""
        self._fruitless = 0 if progress else self._fruitless + 1
        if self._fruitless > MAX_FRUITLESS_ANSWERS:
            raise StalledError(NO_END)

    def stood(self, *, in_place: bool) -> None:
        """Note whether a page had anything that stood where it was asked for; if not, it may have changed just now."""
        self._out_of_place = 0 if in_place else self._out_of_place + 1
        if self._out_of_place > MAX_PAGES_OUT_OF_PLACE:
            raise StalledError(f"it doesn't keep to filter[{self._cursor_field}][lt]")


def no_instants(cursor_field: str) -> UnusableRecordsError:
    """Return what to raise if no record of a page can be placed in time."""
    return UnusableRecordsError(
        f"its records come without a readable {cursor_field}, by which they are read: a date, a time and its zone"
    )


def no_ids(primary_key: str, instant: Instant) -> UnusableRecordsError:
    """Return what to raise if the records of a flood can't be told apart."""
    return UnusableRecordsError(
        f"more records than a page holds are of {format_instant(instant)}, and not all of them have a usable "
        f"{primary_key}, by which they are told apart"
    )


def unread_flood(cursor_field: str, instant: Instant, why: str) -> StalledError:
    """Return what to raise if a flood can't be read to its end."""
    return StalledError(f"more records than a page holds share the {cursor_field} {format_instant(instant)}, and {why}")
