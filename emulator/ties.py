"""In which order records come that share an instant."""

from collections.abc import Callable
from hashlib import blake2b

from emulator.filters import EARLIEST, LATEST
from emulator.kinds import Ties
from emulator.query import Query

Rank = Callable[[str], int]
"""Records that share an instant are served in ascending order of this number, which is made from the id."""


def rank(ties: Ties, asked: Query, seed: int | str, request: int) -> Rank | None:
    """The rank of ids in the answer to this request; None stands for the ids themselves, in the request's order."""
    if ties == "id":
        return None
    plan = (
        asked.limit,
        asked.first > EARLIEST,
        asked.last < LATEST,
        asked.search is None,
        not asked.wanted,
        asked.cursor is None,
    )
    salt = {
        "hash": f"{seed}",
        "plan": f"{seed} {asked.ascending} {plan}",
        "request": f"{seed} {request}",
    }[ties]
    key = blake2b(salt.encode(), digest_size=16).digest()
    sign = -1 if ties == "hash" and not asked.ascending else 1

    def ranked(item_id: str) -> int:
        return sign * int.from_bytes(blake2b(item_id.encode(), key=key, digest_size=8).digest(), "big")

    return ranked
