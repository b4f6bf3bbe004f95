"""In which other ways a server may keep the documented contract; every default is what the emulator always was.

All of it can be combined, with each other and with changes tied to requests.
"""

from dataclasses import dataclass, field
from typing import Literal

from emulator.described import about

Ties = Literal["id", "hash", "plan", "request"]


@dataclass(frozen=True)
class Kinds:
    """What kind of server it is. Seconds are those of the emulator's clock, be it virtual or real."""

    index_behind_seconds: float = field(
        default=0.0,
        metadata=about(
            (
                "a page's contacts are looked up, filtered and ordered as they were so many seconds ago, and then "
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
                "the order of contacts that share an instant: by id, or by a hash of it, and backward in descending "
                "order; one that depends on the kind of request (plan: its order, limit, which filters it has, and "
                "whether it has a cursor); or another one with each request"
            ),
            str,
            choices=("id", "hash", "plan", "request"),
        ),
    )
