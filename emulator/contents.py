"""What the workspace holds: how much of it, of which age, and in which state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from emulator.described import about
from emulator.lists import LISTS, ListName

Shape = Literal["spread", "burst", "flood", "ties"]


@dataclass(frozen=True)
class Contents:
    """The records at the start, and what becomes of engagements by themselves."""

    contacts: int = field(default=1000, metadata=about("how many contacts the workspace starts with", int))
    companies: int = field(default=0, metadata=about("how many companies", int))
    users: int = field(default=0, metadata=about("how many users", int))
    tags: int = field(default=0, metadata=about("how many tags", int))
    engagements: int = field(default=0, metadata=about("how many engagements", int))
    seed: int = field(default=1, metadata=about("the same seed gives the same records, changes and cursors hit", int))
    shape: Shape = field(
        default="spread",
        metadata=about(
            (
                "how updated_at is distributed: spread evenly over two years; burst (60 % within two hours); "
                "flood (thousands on one instant); ties (groups of 2 to 7 on one instant)"
            ),
            str,
            choices=("spread", "burst", "flood", "ties"),
        ),
    )
    flood_size: int | None = field(
        default=None, metadata=about("records on the flood's instant (default: 6000, or all)", int)
    )
    tie_size: int | None = field(
        default=None, metadata=about("records on each instant of the shape ties (default: 2 to 7)", int, least=1)
    )
    newest: str | None = field(
        default=None,
        metadata=about("instant of the newest record of each list at the start (default: 10 minutes ago)", str),
    )
    transcript_bytes: int = field(
        default=2_000, metadata=about("size of each transcript as UTF-8, before it is put into JSON", int)
    )
    private_share: float = field(
        default=0.0,
        metadata=about(
            (
                "share (0 to 1) of engagements that are private, in runs as hidden records are; without the scope for "
                "them they are left out of a page after it has been looked up"
            ),
            float,
            most=1,
        ),
    )
    processing_share: float = field(
        default=0.0,
        metadata=about(
            (
                "share (0 to 1) of engagements that are still PENDING: the newest at the start, and as many of those "
                "created later; the oldest of them moves on with each page of engagements (PROCESSING, COMPLETED)"
            ),
            float,
            most=1,
        ),
    )
    processing_every: int = field(
        default=1, metadata=about("one moves on with each so-many-th page of engagements only", int, least=1)
    )
    silent_processing: bool = field(
        default=False, metadata=about("such a step leaves updated_at as it is (else: moves it)", bool)
    )

    @property
    def counts(self) -> Mapping[ListName, int]:
        """How many records each list starts with."""
        return {name: getattr(self, name) for name in LISTS}
