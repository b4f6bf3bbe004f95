"""What a STATE message claims, told from the data of the server alone: no code of the connector has a say in it."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airbyte_cdk.models import AirbyteMessage

from emulator import instants

Version = tuple[str, str]
"""A contact's id and updated_at: one version of it."""

EVERYTHING = {"updated_at": "9999-01-01T00:00:00Z"}
"""A state that claims all there is."""

MAX_SHOWN = 30
"""How many missing versions an assertion shows."""


def state_of(message: AirbyteMessage) -> dict[str, Any] | None:
    """The stream's state in a STATE message, None for all other messages."""
    if message.state is None:
        return None
    assert message.state.stream
    return dict(vars(message.state.stream.stream_state))


def watermark(state: Mapping[str, Any]) -> int:
    """Before this instant (excluded), everything is claimed; once a read has ended, what is stamped with it as well."""
    return instants.parse(state["updated_at"]) + ("as_of" in state)


def windows(state: Mapping[str, Any]) -> list[tuple[int, int]]:
    """What is claimed beyond the watermark, each from its begin (included) to its end (excluded)."""
    return [(instants.parse(begin), instants.parse(end)) for begin, end in state.get("windows", ())]


class Server:
    """The contacts of a snapshot in the order of their instants."""

    def __init__(self, snapshot: Mapping[str, Mapping[str, Any]]) -> None:
        versions = sorted(
            (instants.parse(each["updated_at"]), id_, each["updated_at"]) for id_, each in snapshot.items()
        )
        self._instants = [instant for instant, _, _ in versions]
        self._versions: list[Version] = [(id_, updated_at) for _, id_, updated_at in versions]

    def between(self, begin: int | None, end: int) -> set[Version]:
        """Versions stamped from an instant (included; None: from the start) to another (excluded)."""
        first = 0 if begin is None else bisect_left(self._instants, begin)
        return set(self._versions[first : bisect_left(self._instants, end)])

    def claimed(self, state: Mapping[str, Any]) -> set[Version]:
        """All that a state says has been emitted."""
        return self.between(None, watermark(state)).union(*(self.between(*window) for window in windows(state)))

    def may_come_again(self, state: Mapping[str, Any], lookback_seconds: int) -> set[Version]:
        """What a read from a state may emit: what it doesn't claim, and what lies within the lookback.

        The lookback counts from the watermark, and from the end of the last window; once a read has ended, from the
        time at which the reading of its end began.
        """
        lookback = lookback_seconds * instants.SECOND
        if "as_of" in state:
            return set(self._versions) - self.between(
                None, min(watermark(state), instants.parse(state["as_of"]) - lookback)
            )
        ends = [watermark(state), *(end for _, end in windows(state))]
        again = set(self._versions) - self.claimed(state)
        return again.union(*(self.between(end - lookback, end) for end in (ends[0], max(ends))))


def version(record: Mapping[str, Any]) -> Version:
    return record["id"], record["updated_at"]


def versions(messages: Iterable[AirbyteMessage]) -> list[Version]:
    """The versions in RECORD messages, in their order."""
    return [version(message.record.data) for message in messages if message.record]


def checked_states(
    messages: Iterable[AirbyteMessage], server: Server, *, before: Iterable[Version] = (), since: int | None = None
) -> Iterator[dict[str, Any]]:
    """The states of a run, each after it has been checked: all that it claims stands above it, and none goes back.

    Args:
        messages: what the run printed.
        server: what the server holds.
        before: versions that earlier runs had printed.
        since: the watermark that the run was given.
    """
    above = set(before)
    last = since
    for message in messages:
        if message.record:
            above.add(version(message.record.data))
        state = state_of(message)
        if not state:
            continue
        missing = sorted(server.claimed(state) - above)
        assert not missing, f"{state} claims {len(missing)} contacts that don't stand above it: {missing[:MAX_SHOWN]}"
        assert last is None or watermark(state) >= last, f"{state} is behind the state before it"
        last = watermark(state)
        yield state
