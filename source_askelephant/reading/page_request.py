"""One request for records, as it is decided (``paginator.py``) and sent (``traversal.py``)."""

from typing import Any, NamedTuple

from source_askelephant.instants import FIRST_INSTANT, Instant, format_instant
from source_askelephant.streams.base import ALONE


class PageRequest(NamedTuple):
    """One request for the records stamped within ``[begin, end)``.

    Attributes:
        begin: from when on (included).
        end: until when (excluded), None for everything after.
        cursor: from where on, None from the beginning.
        descending: whether the last ones are wanted, from the end backwards.
        limit: how many at most, None for a page of the usual size.
        alone: whether the cursor is sent without the filters and the order.
    """

    begin: Instant
    end: Instant | None
    cursor: str | None = None
    descending: bool = False
    limit: int | None = None
    alone: bool = False

    def stream_slice(self, cursor_field: str) -> dict[str, Any]:
        """What narrows the request, as the stream takes it; all but the cursor."""
        stream_slice: dict[str, Any] = {} if self.limit is None else {"limit": self.limit}
        if self.alone:
            return {ALONE: True, **stream_slice}
        if self.begin > FIRST_INSTANT:
            stream_slice["gte"] = format_instant(self.begin)
        if self.end is not None:
            stream_slice["lt"] = format_instant(self.end)
        if self.descending:
            stream_slice["order_by"] = f"{cursor_field}:desc"
        return stream_slice
