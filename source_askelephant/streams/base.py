"""What all lists of the API have in common: paging, order, filters, and how a page is asked for.

The vendor's lists (contacts, companies, users, tags, engagements) share one contract: ``limit`` and ``cursor``,
``order_by``, filters on ``updated_at``, and an answer with ``data``, ``has_more`` and ``next_cursor``.
"""

from abc import ABC
from collections.abc import Iterable, Mapping, MutableMapping
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, NamedTuple

import requests
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from typing_extensions import override

from source_askelephant.api import transport
from source_askelephant.api.authentication import Authenticator
from source_askelephant.api.error_table import ApiErrorHandler
from source_askelephant.api.pages import MAX_PAGE_SIZE, MalformedPageError, Page, Record, parse_page
from source_askelephant.api.retries import RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.instants import SECOND, Instant

_PAGE = "_askelephant_page"


class Answer(NamedTuple):
    """A page as it was received.

    Attributes:
        page: its records, in the order asked for, and the cursor of the page after it.
        server_time: the server's clock when it answered (its ``Date``, to the second), None if it sent none.
    """

    page: Page
    server_time: Instant | None


class ListStream(HttpStream, ABC):
    """A list of the API, read in pages ascending by ``updated_at``.

    A subclass states facts: ``name``, ``resource``, ``scope``, ``primary_key``, ``cursor_field``.

    A stream slice is what narrows one request: the operators of ``filter[updated_at]`` (``gt``, ``gte``,
    ``lt``, ``lte``) with timestamps as the API takes them, and optionally ``order_by`` and ``limit``.

    Args:
        api_url: the API's address, without a slash at its end.
        authenticator: signs each request.
        filters: query parameters that every request of the stream carries (search, CRM ids).
        retry_policy: how patient to be with failing requests.
        throttle: lets requests pass; shared by all that use the same credential.
    """

    resource: ClassVar[str]
    """Path of the list below the API's address."""
    scope: ClassVar[str]
    """Scope that the credential needs."""
    primary_key: str
    cursor_field: str

    def __init__(
        self,
        *,
        api_url: str,
        authenticator: Authenticator,
        filters: Mapping[str, str],
        retry_policy: RetryPolicy,
        throttle: Throttle,
    ) -> None:
        self._api_url = api_url
        self._filters = filters
        self._retry_policy = retry_policy
        self.throttle = throttle
        self._error_handler = ApiErrorHandler(url=api_url, credential=authenticator.description, scope=self.scope)
        super().__init__(authenticator=authenticator)
        # HttpStream's own client retries by itself, has a pool that is too small for http:// and no keep-alive.
        self._http_client = HttpClient(
            name=self.name,
            logger=self.logger,
            error_handler=self._error_handler,
            authenticator=authenticator,
            disable_retries=True,
            session=transport.session(api_url),
        )

    @property
    @override
    def url_base(self) -> str:
        return f"{self._api_url}/"

    @override
    def path(
        self,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> str:
        return self.resource

    @override
    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        """Query of a page. The filters and the order go along with every cursor.

        The vendor's example sends a cursor alone, but calls it a continuation of the same traversal; repeating
        them is right either way.
        """
        params: dict[str, Any] = {
            "limit": MAX_PAGE_SIZE,
            "order_by": f"{self.cursor_field}:asc",
            **self._filters,
        }
        for name, value in (stream_slice or {}).items():
            params[name if name in params else f"filter[{self.cursor_field}][{name}]"] = value
        return params | dict(next_page_token or {})

    @override
    def request_headers(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        return transport.HEADERS

    @override
    def request_kwargs(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        return transport.options()

    @override
    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
        cursor = self._page(response).next_cursor
        return {"cursor": cursor} if cursor else None

    @override
    def parse_response(
        self,
        response: requests.Response,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Iterable[Record]:
        return self._page(response).records

    def fetch(self, stream_slice: Mapping[str, Any], cursor: str | None = None) -> Answer:
        """Ask for one page, again and again as the retry policy allows.

        Raises:
            RequestFailedError: when no usable answer can be had.
        """
        next_page_token = None if cursor is None else {"cursor": cursor}

        def send() -> Answer:
            _, response = self._fetch_next_page(stream_slice, None, next_page_token)
            token = self.next_page_token(response)
            page = Page(list(self.parse_response(response)), token["cursor"] if token else None)
            return Answer(page, _server_time(response))

        return self._retry_policy.run(send, self.throttle)

    def _page(self, response: requests.Response) -> Page:
        """Decode an answer's body, once: its records and its cursor are asked for separately."""
        page: Page | None = getattr(response, _PAGE, None)
        if page is None:
            try:
                page = parse_page(response.content)
            except MalformedPageError as error:
                raise self._error_handler.malformed(response, error, "a page of records") from None
            setattr(response, _PAGE, page)
        return page


def _server_time(response: requests.Response) -> Instant | None:
    try:
        return int(parsedate_to_datetime(response.headers["Date"]).timestamp()) * SECOND
    except (KeyError, TypeError, ValueError):
        return None
