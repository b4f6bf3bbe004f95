"""In which other ways a server may keep the documented contract; every default is what the emulator always was.

All of it can be combined, with each other and with changes tied to requests.
"""

from dataclasses import dataclass, field
from typing import Literal

from emulator.described import about
from emulator.filters import BOUNDS
from emulator.instants import Precision
from emulator.lists import FILTERS, MAX_PER_PAGE

CursorKind = Literal["position", "record", "after", "offset", "page", "snapshot"]
CursorSource = Literal["place", "body"]
Shown = Literal["cut", "rounded"]
Compared = Literal["stored", "shown"]
CursorBeside = Literal["applied", "ignored", "refused", "alone"]
CursorKeeps = Literal["nothing", "order", "query"]
CursorLost = Literal["empty", "first_page", "error"]
Ties = Literal["id", "hash", "plan", "request"]


@dataclass(frozen=True)
class Kinds:
    """What kind of server it is. Seconds are those of the emulator's clock, be it virtual or real."""

    cursor: CursorKind = field(
        default="position",
        metadata=about(
            (
                "what a cursor holds: the position itself (instant and id); the record, whose place is looked up when "
                "the cursor is used; the instant alone, so that the next page begins after it and the rest of its "
                "ties never comes; an offset into the list as it is when the cursor is used, or a page's number in "
                "it, where each page is as long as the limit beside the cursor; or an offset into a snapshot of the "
                "ids taken when the first page was asked for, whose records are shown as they are now"
            ),
            str,
            choices=("position", "record", "after", "offset", "page", "snapshot"),
        ),
    )
    cursor_from: CursorSource = field(
        default="place",
        metadata=about(
            (
                "what a cursor is made from: the place at which the page's last record was looked up, or the last "
                "record that the page shows"
            ),
            str,
            choices=("place", "body"),
        ),
    )
    cursor_beside: CursorBeside = field(
        default="applied",
        metadata=about(
            (
                "what becomes of filters beside a cursor: applied; ignored; refused with the validation status; or "
                "refused as an order is, so that a cursor comes alone, or with a limit"
            ),
            str,
            choices=("applied", "ignored", "refused", "alone"),
        ),
    )
    cursor_keeps: CursorKeeps = field(
        default="nothing",
        metadata=about(
            (
                "what a cursor has of the request for its first page, for what doesn't count or isn't given beside "
                "it: nothing (so that it goes on unfiltered, and in descending order); the order; or the query, which "
                "is the order and the filters"
            ),
            str,
            choices=("nothing", "order", "query"),
        ),
    )
    cursor_lost: CursorLost = field(
        default="empty",
        metadata=about(
            (
                "what a cursor leads to whose record is gone, or has left the filters: an empty last page, the first "
                "page, or an error with the status of an expired cursor"
            ),
            str,
            choices=("empty", "first_page", "error"),
        ),
    )
    index_behind_seconds: float = field(
        default=0.0,
        metadata=about(
            (
                "a page's records are looked up, filtered and ordered as they were so many seconds ago, and then "
                "shown as they are now; one that has been deleted since is left out"
            ),
            float,
        ),
    )
    index_behind_changes: int = field(
        default=0, metadata=about("the same with as many changes as the index hasn't seen yet", int)
    )
    ties: Ties = field(
        default="id",
        metadata=about(
            (
                "the order of records that share an instant: by id, or by a hash of it, and backward in descending "
                "order; one that depends on the kind of request (plan: its order, limit, which filters it has, and "
                "whether it has a cursor); or another one with each request"
            ),
            str,
            choices=("id", "hash", "plan", "request"),
        ),
    )
    late_commit_seconds: float = field(
        default=0.0,
        metadata=about("records created or updated can be seen only so many seconds after they were stamped", float),
    )
    late_commit_share: float = field(
        default=1.0, metadata=about("share (0 to 1) of such changes that are late", float, most=1)
    )
    hidden_share: float = field(
        default=0.0,
        metadata=about(
            (
                "share (0 to 1) of records that are left out of a page after it has been looked up, so that it is "
                "short or empty and has more"
            ),
            float,
            most=1,
        ),
    )
    hidden_run: int = field(
        default=1,
        metadata=about("how many of those follow one another in the order of the start", int, least=1),
    )
    most_per_page: int = field(
        default=MAX_PER_PAGE,
        metadata=about(
            "how many records are looked up for a page at most, however many it is asked for",
            int,
            least=1,
            most=MAX_PER_PAGE,
        ),
    )
    stored_precision: Precision | None = field(
        default=None,
        metadata=about(
            "how fine timestamps are stored, compared and ordered (default: as they are shown)",
            str,
            choices=("s", "ms", "us"),
        ),
    )
    shown: Shown = field(
        default="cut",
        metadata=about("how what is stored finer is shown: cut, or rounded half up", str, choices=("cut", "rounded")),
    )
    compared: Compared = field(
        default="stored",
        metadata=about(
            "what filters are compared with: what is stored, or what is shown", str, choices=("stored", "shown")
        ),
    )
    gte_means_gt: bool = field(
        default=False, metadata=about("the filter gte leaves out what is stamped with its instant, as gt does", bool)
    )
    ignored_filters: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "filters that are ignored as unknown parameters are: operators of updated_at, others by name, or all",
            tuple,
            choices=(*BOUNDS, *FILTERS, "all"),
        ),
    )
    replica_lag_seconds: float = field(
        default=0.0,
        metadata=about(
            "each request sees the workspace as it was up to so many seconds ago, drawn anew for each", float
        ),
    )
    date_absent: bool = field(default=False, metadata=about("answers have no Date header", bool))
    date_skew_seconds: float = field(
        default=0.0,
        metadata=about(
            "how far the Date header is ahead of the emulator's clock, which records are stamped with",
            float,
            least=-1e10,
        ),
    )
    date_cached_seconds: float = field(
        default=0.0,
        metadata=about("for how long a Date header is given again, as from a cache, before it is renewed", float),
    )
    future_contacts: int = field(
        default=0, metadata=about("how many records of each list are stamped in the future at the start", int)
    )
    future_seconds: float | None = field(
        default=None,
        metadata=about("how far ahead of the clock those are stamped (default: at the end of the year 9999)", float),
    )
