"""Which lists can be read with a credential: a check tries each with one small request."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from source_askelephant.errors import ConfigError, RequestFailedError
from source_askelephant.instants import Instant
from source_askelephant.streams.base import ListStream

logger = logging.getLogger("airbyte")


class Refusal(NamedTuple):
    """A list that can't be read, and why."""

    stream: ListStream
    error: RequestFailedError

    @property
    def is_for_its_scope(self) -> bool:
        """Whether the credential isn't allowed to read the list, or a part of it that is asked for."""
        return self.error.status == HTTPStatus.FORBIDDEN


def try_lists(
    streams: Sequence[ListStream], stream_slice: Mapping[str, Any]
) -> tuple[Instant | None, Sequence[Refusal]]:
    """Ask each list for a page, and log why a list can't be read.

    Args:
        streams: the lists.
        stream_slice: narrows the requests.

    Returns:
        The server's clock, None if it sent none; and the lists that can't be read.

    Raises:
        ConnectorError: if none can be read; or for what has to do with all lists, as a wrong key or address, or with
            the configuration.
    """
    server_time, refusals = None, []
    for stream in streams:
        try:
            server_time = stream.fetch(stream_slice).server_time
        except RequestFailedError as error:
            if not error.is_this_lists_only:
                raise
            logger.warning(f"{stream.name} can't be read: {error}")
            refusals.append(Refusal(stream, error))
    if len(refusals) == len(streams):
        if not any(each.is_for_its_scope for each in refusals):
            raise refusals[0].error  # it is the same for all
        raise ConfigError(describe(refusals))
    return server_time, refusals


def describe(refusals: Sequence[Refusal]) -> str:
    """Say which lists can't be read and what to do; empty if there are none."""
    return " ".join(_sentences(refusals))


def _sentences(refusals: Sequence[Refusal]) -> Iterator[str]:
    forbidden = [each for each in refusals if each.is_for_its_scope]
    if forbidden:
        lists = ", ".join(f"{stream.name} (needs {stream.needed_scopes})" for stream, _ in forbidden)
        yield (
            f"{forbidden[0].error.happened} Scopes are missing for these lists: {lists}. Add them in AskElephant, or "
            "leave these streams out."
        )
    for stream, error in (each for each in refusals if not each.is_for_its_scope):
        yield f"{stream.name} can't be read: {error}"
