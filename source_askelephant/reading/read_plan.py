"""What one read of a list covers, and what the server's clock says of it."""

import logging
from typing import NamedTuple

from source_askelephant.errors import ConfigError
from source_askelephant.instants import Instant, format_instant
from source_askelephant.reading.tail import TailLimits
from source_askelephant.reading.windows import FUTURE_AFTER

logger = logging.getLogger("airbyte")


class ReadPlan(NamedTuple):
    """What one read of a list covers, and how.

    Attributes:
        begin: where it begins (included).
        start_date: the configuration's, None if there is none.
        lookback_seconds: how late a change may be seen.
        resumed: whether an earlier read has completed windows beyond ``begin``.
        looks_again: whether no read will follow that sees what replicas hid from this one.
        tail_limits: what bounds the read of the tail.
    """

    begin: Instant
    start_date: Instant | None
    lookback_seconds: int
    resumed: bool
    looks_again: bool
    tail_limits: TailLimits

    def compare(self, stream_name: str, server_time: Instant) -> None:
        """Compare the plan with the server's clock; this machine's own may be wrong.

        Raises:
            ConfigError: if the start date lies in the future, so that nothing would ever be read.
        """
        refuse_future_start(self.start_date, server_time)
        if self.begin > server_time + FUTURE_AFTER:
            logger.warning(
                f"{stream_name}: the state lets the sync go on from {format_instant(self.begin)}, in the future "
                f"(AskElephant's clock says {format_instant(server_time)}): what has changed before is not read. Write "
                "an earlier moment into the state, or reset the stream."
            )


def refuse_future_start(start_date: Instant | None, server_time: Instant | None) -> None:
    """Compare the start date with the server's clock.

    Raises:
        ConfigError: if the start date lies in the future, so that nothing would ever be read.
    """
    if start_date is not None and server_time is not None and start_date > server_time:
        raise ConfigError(
            f"Invalid configuration: start_date {format_instant(start_date)} is in the future "
            f"(AskElephant's clock says {format_instant(server_time)}); write a moment in the past."
        )
