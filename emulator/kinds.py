"""In which other ways a server may keep the documented contract; every default is what the emulator always was.

All of it can be combined, with each other and with changes tied to requests.
"""

from dataclasses import dataclass, field

from emulator.described import about


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
