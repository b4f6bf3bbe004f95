"""Every way to fail: the error tree.

::

    AirbyteTracedException            the CDK's; its message is what the user reads
     └─ ConnectorError
         ├─ ConfigError               the user can fix it; never retried
         ├─ RequestFailedError        a request got no usable answer; says whether another try may help
         ├─ StreamFailedError         ends a read whose streams have reported their errors already
         └─ StoppedError              ends a worker's wait when the read is over; nobody is told
"""

from http import HTTPStatus

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils import AirbyteTracedException
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

MAX_QUOTE_LENGTH = 500
"""Characters that are shown of a text that isn't the connector's own: a message is read by a person."""


def quoted(text: str) -> str:
    """A text of a server or a file as a message may show it: in one line, no longer than a person reads, and printable.

    A terminal would obey control characters. Secrets go before it is cut: a part of one couldn't be recognised.
    """
    line = filter_secrets("".join(filter(str.isprintable, " ".join(text.split()))))
    return line if len(line) <= MAX_QUOTE_LENGTH else f"{line[: MAX_QUOTE_LENGTH - 1]}…"


class ConnectorError(AirbyteTracedException):
    """An error whose message a user can read and act on. No secret of the configuration is in it."""

    def __init__(self, message: str, failure_type: FailureType) -> None:
        # Here, since the CDK's engine doesn't filter what it reports of a stream; and an answer may echo a key.
        message = filter_secrets(message)
        super().__init__(internal_message=message, message=message, failure_type=failure_type)


class ConfigError(ConnectorError):
    """Something that the user wrote can't work: the message names it and says what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(message, FailureType.config_error)


class RequestFailedError(ConnectorError):
    """A request got no usable answer.

    Attributes:
        status: the answer's status, None if there was no answer.
        retry: whether the same request may succeed later.
        retry_after: seconds that the API asked to wait, None if it didn't say.
        happened: what, without what to do.
        is_this_lists_only: whether another list may be read all the same.
    """

    def __init__(
        self,
        message: str,
        failure_type: FailureType,
        *,
        status: int | None = None,
        retry: bool = False,
        retry_after: float | None = None,
        happened: str = "",
        is_this_lists_only: bool = False,
    ) -> None:
        super().__init__(message, failure_type)
        self.status = status
        self.retry = retry
        self.retry_after = retry_after
        self.happened = filter_secrets(happened)
        self.is_this_lists_only = is_this_lists_only

    @property
    def asks_for_fewer(self) -> bool:
        """Whether the API, or what stands before it, asks for fewer requests: a 429, or a 503 that says until when."""
        is_busy = self.status == HTTPStatus.SERVICE_UNAVAILABLE and bool(self.retry_after)
        return is_busy or self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def may_be_the_cursors_fault(self) -> bool:
        """Whether the request was refused for what it asks, rather than for who asks it or how often."""
        return self.status in {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.GONE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        }


class StreamFailedError(ConnectorError):
    """A stream could not be read to its end; a TRACE message with its error has been emitted before."""


class StoppedError(ConnectorError):
    """A worker was waiting when the read ended. Nobody is told of this, only of what ended the read."""

    def __init__(self) -> None:
        super().__init__("The read is over.", FailureType.transient_error)
