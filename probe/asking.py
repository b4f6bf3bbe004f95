"""Requests of the probe: the connector's own transport, credential, retries and limits, one request after another."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from airbyte_cdk.sources.streams.http.error_handlers import ErrorResolution, ResponseAction
from typing_extensions import override

from source_askelephant.api.authentication import Authenticator, access_token, api_key
from source_askelephant.api.error_table import ApiErrorHandler
from source_askelephant.api.limit_headers import parse_retry_after
from source_askelephant.api.pages import Record
from source_askelephant.api.retries import READ, Note, RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.api.transport import HEADERS, Transport
from source_askelephant.config.models import AccessTokenCredentials, ApiKeyCredentials
from source_askelephant.config.parsing import parse_config
from source_askelephant.config.signing import authenticator_for
from source_askelephant.instants import Instant, instant_of, parse_http_date
from source_askelephant.streams import STREAMS
from source_askelephant.streams.base import ListStream

logger = logging.getLogger("airbyte")

UPDATED_AT = "updated_at"
ASCENDING = {"order_by": f"{UPDATED_AT}:asc"}
PAGE = 100


class Answer(NamedTuple):
    """An answer, whatever its status.

    Attributes:
        status: of it.
        headers: of it.
        document: its body, if that was JSON.
    """

    status: int
    headers: Mapping[str, str]
    document: Any

    @property
    def is_page(self) -> bool:
        """Whether it is a page of a list."""
        return self.status == HTTPStatus.OK and isinstance(self.document, dict) and "data" in self.document

    @property
    def records(self) -> list[Record]:
        """The records of a page, none if it is none."""
        records = self.document.get("data") if self.is_page else None
        return [each for each in records if isinstance(each, dict)] if isinstance(records, list) else []

    @property
    def cursor(self) -> str | None:
        """The cursor of the next page, None on the last."""
        found = self.document.get("next_cursor") if self.is_page and self.document.get("has_more") else None
        return found if isinstance(found, str) and found else None

    @property
    def date(self) -> Instant | None:
        """The server's clock, None if it sent none."""
        return parse_http_date(self.headers.get("Date", ""))


class _AnyAnswer(ApiErrorHandler):
    """Lets every answer through but those that are to be asked for again."""

    @override
    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response):
            status = response.status_code
            if status != HTTPStatus.TOO_MANY_REQUESTS and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return ErrorResolution(ResponseAction.SUCCESS)
        return super().interpret_response(response)


class _Everything(ApiErrorHandler):
    """Lets every answer through."""

    @override
    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response):
            return ErrorResolution(ResponseAction.SUCCESS)
        return super().interpret_response(response)


class Api:
    """The API that a configuration names.

    Args:
        raw_config: the connector's configuration.
        retry_policy: how patient to be with failing requests.

    Attributes:
        requests: how many were answered.

    Raises:
        ConfigError: if the configuration is invalid.
    """

    def __init__(self, raw_config: Mapping[str, Any], retry_policy: RetryPolicy = READ) -> None:
        config = parse_config(raw_config)
        self.throttle = Throttle(1)
        self._retry_policy = retry_policy
        self._transport = Transport(config.api_url)
        self._authenticator = authenticator_for(config, raw_config, self._transport, retry_policy, self.throttle.waits)
        self._credentials = config.credentials
        self.auth_type: str = config.credentials.auth_type
        self.requests = 0

    def in_other_form(self) -> Authenticator:
        """The key as Bearer, or the token raw.

        Raises:
            TypeError: for an OAuth client, whose tokens are always Bearer.
        """
        if isinstance(self._credentials, ApiKeyCredentials):
            return access_token(self._credentials.api_key.get_secret_value())
        if isinstance(self._credentials, AccessTokenCredentials):
            return api_key(self._credentials.access_token.get_secret_value())
        raise TypeError("an OAuth client has no other form")

    def get(self, path: str, params: Mapping[str, str | int], authenticator: Authenticator | None = None) -> Answer:
        """Ask once, and again as the retry policy allows.

        Args:
            path: below the API's address.
            params: of the query.
            authenticator: signs the request, in place of the configuration's.

        Raises:
            RequestFailedError: if there is no answer; and at a 401, unless another authenticator was given: then nothing
                else will be answered either.
        """
        signs = authenticator or self._authenticator
        handler = _AnyAnswer(api_url=self._transport.api_url, credential=signs.description)
        client = self._transport.client("probe", logger, handler, signs)

        def send(note: Note) -> Answer:
            _, response = client.send_request(
                "GET",
                f"{self._transport.api_url}/{path}",
                request_kwargs=self._transport.request_options,
                headers=HEADERS,
                params={name: str(value) for name, value in params.items()},
            )
            note(response.headers)
            if response.status_code == HTTPStatus.UNAUTHORIZED and authenticator is None:
                ApiErrorHandler(
                    api_url=self._transport.api_url, credential=signs.description, scope="contacts:read"
                ).interpret_response(response)
            return Answer(response.status_code, response.headers, _document(response))

        answer = self._retry_policy.run(send, self.throttle, "probe")
        self.requests += 1
        return answer

    def ask_once(self, path: str, params: Mapping[str, str | int]) -> tuple[int, float | None]:
        """Ask without a retry and beside other requests; return the status and the seconds that it asks to wait.

        Raises:
            RequestFailedError: if there is no answer.
        """
        handler = _Everything(api_url=self._transport.api_url, credential=self._authenticator.description)
        client = self._transport.client("probe", logger, handler, self._authenticator)
        _, response = client.send_request(
            "GET",
            f"{self._transport.api_url}/{path}",
            request_kwargs=self._transport.request_options,
            headers=HEADERS,
            params={name: str(value) for name, value in params.items()},
        )
        self.requests += 1
        return response.status_code, parse_retry_after(response.headers)


class Session:
    """What the questions of one probe share: the API, and the pages that more than one of them is about.

    Args:
        api: is asked.
        pauses: seconds after which a cursor is tried again, one after another.
    """

    def __init__(self, api: Api, pauses: Sequence[float]) -> None:
        self.api = api
        self.pauses = pauses
        self._first_pages: dict[str, Answer] | None = None
        self._pages: list[Answer] | None = None

    def page(self, stream: type[ListStream], **params: Any) -> Answer:
        """Ask for a page in ascending order; ``gte``, ``lt`` and so on narrow it to a range of ``updated_at``."""
        bounds = {"gt", "gte", "lt", "lte"}
        named = {f"filter[{UPDATED_AT}][{name}]" if name in bounds else name: value for name, value in params.items()}
        return self.api.get(stream.resource, {"limit": PAGE, **ASCENDING, **named})

    @property
    def first_pages(self) -> dict[str, Answer]:
        """The first page of each list, by its name."""
        if self._first_pages is None:
            self._first_pages = {str(stream.name): self.page(stream) for stream in STREAMS}
        return self._first_pages

    @property
    def readable(self) -> list[type[ListStream]]:
        """The lists that the credential may read."""
        return [stream for stream in STREAMS if self.first_pages[str(stream.name)].is_page]

    @property
    def main(self) -> type[ListStream]:
        """The list that is asked about paging: the first that has more than a page, else the longest.

        Raises:
            LookupError: if no list can be read.
        """
        if not self.readable:
            raise LookupError("no list can be read")
        pages = self.first_pages
        longer = (stream for stream in self.readable if pages[str(stream.name)].cursor)
        longest = max(self.readable, key=lambda stream: len(pages[str(stream.name)].records))
        return next(longer, longest)

    @property
    def pages(self) -> list[Answer]:
        """The first three pages of the main list, by cursor with everything beside it."""
        if self._pages is None:
            self._pages = [self.first_pages[str(self.main.name)]]
            while len(self._pages) < 3 and (cursor := self._pages[-1].cursor):  # noqa: PLR2004
                self._pages.append(self.page(self.main, cursor=cursor))
        return self._pages

    @property
    def sample(self) -> list[Record]:
        """The records of these pages."""
        return [record for page in self.pages for record in page.records]


def instant(record: Record) -> Instant | None:
    """When a record last changed."""
    return instant_of(record, UPDATED_AT)


def _document(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
