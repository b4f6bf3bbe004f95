"""What all lists of the API have in common: paging, order, filters, and how a page is asked for.

The vendor's lists (contacts, companies, users, tags, engagements) share one contract: ``limit`` and ``cursor``,
``order_by``, filters on ``updated_at``, and an answer with ``data``, ``has_more`` and ``next_cursor``.
"""

from abc import ABC
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import requests
from airbyte_cdk.sources.streams.http import HttpStream
from typing_extensions import override

from source_askelephant.api.authentication import Authenticator
from source_askelephant.api.error_table import ApiErrorHandler
from source_askelephant.api.pages import MAX_PAGE_SIZE, MalformedPageError, Page, Record, parse_page
from source_askelephant.api.retries import Note, RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.api.transport import HEADERS, Transport

ALONE = "alone"
"""What in a stream slice says that the cursor comes without filters and order."""
_PAGE = "_askelephant_page"


class Part(NamedTuple):
    """A part that records have only if it is asked for.

    Attributes:
        scope: that the credential needs for it, beside the list's; empty if none.
        page_size: records of a page that comes with it, at most.
    """

    scope: str = ""
    page_size: int = MAX_PAGE_SIZE


class Filter(NamedTuple):
    """How a field of the configuration narrows a list, or widens its records.

    Attributes:
        parameter: the API's query parameter.
        describe: what is read with a value of the field, for the log: "that match …".
        encode: the parameter's value for a value of the field.
        parts: of records, by name, if the field lists such.
    """

    parameter: str
    describe: Callable[[Any], str]
    encode: Callable[[Any], str] = str
    parts: Mapping[str, Part] = MappingProxyType({})


class ListStream(HttpStream, ABC):
    """A list of the API, read in pages ascending by its cursor field.

    A subclass states facts: ``name``, ``resource``, ``scope``, ``primary_key``, ``cursor_field`` and ``filters``.

    A stream slice is what narrows one request: the operators of ``filter[updated_at]`` (``gt``, ``gte``,
    ``lt``, ``lte``) with timestamps as the API takes them, and optionally ``order_by`` and ``limit``. With ``ALONE``
    the cursor goes with the limit only, as in the vendor's example, and with the parts that records are to have.

    Args:
        transport: the way to the API.
        authenticator: signs each request.
        filter_values: values of the fields that ``filters`` names, as far as the configuration has any.
        retry_policy: how patient to be with failing requests.
        throttle: lets requests pass; shared by all that use the same credential.
    """

    resource: ClassVar[str]
    """Path of the list below the API's address."""
    scope: ClassVar[str]
    """Scope that the credential needs."""
    primary_key: str
    cursor_field: str
    filters: ClassVar[Mapping[str, Filter]] = {}
    """By field of the configuration: what it does."""

    def __init__(
        self,
        *,
        transport: Transport,
        authenticator: Authenticator,
        filter_values: Mapping[str, Any],
        retry_policy: RetryPolicy,
        throttle: Throttle,
    ) -> None:
        self._transport = transport
        self.filter_values = filter_values
        # Fewer where large parts come along, so that a page stays some megabytes.
        self.page_size: int = min((part.page_size for _, _, part in self._parts_in_use()), default=MAX_PAGE_SIZE)
        self._retry_policy = retry_policy
        self.throttle = throttle
        self._error_handler = ApiErrorHandler(
            api_url=transport.api_url,
            credential=authenticator.description,
            scope=self.needed_scopes,
            fields={
                f"filter[{self.cursor_field}]": "start_date",
                # Without the operator: an error may name the parameter without it.
                **{filter_.parameter.removesuffix("[eq]"): field for field, filter_ in self.filters.items()},
            },
        )
        super().__init__(authenticator=authenticator)
        # HttpStream's own client retries by itself, has a pool that is too small for plain http and no keep-alive.
        self._http_client = transport.client(self.name, self.logger, self._error_handler, authenticator)

    @property
    @override
    def url_base(self) -> str:
        return f"{self._transport.api_url}/"

    @override
    def path(self, **_: Any) -> str:
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
        bounds = dict(stream_slice or {})
        alone = bounds.pop(ALONE, False)
        params: dict[str, Any] = {"limit": self.page_size}
        if not alone:
            params["order_by"] = f"{self.cursor_field}:asc"
        # What belongs to records is no part of the traversal: like the limit, it is wanted of each page.
        params |= {
            filter_.parameter: filter_.encode(value)
            for filter_, value in self._filters_in_use()
            if filter_.parts or not alone
        }
        for name, value in bounds.items():
            params[name if name in params else f"filter[{self.cursor_field}][{name}]"] = value
        return params | dict(next_page_token or {})

    @override
    def request_headers(self, *_: Any, **__: Any) -> Mapping[str, Any]:
        return HEADERS

    @override
    def request_kwargs(self, *_: Any, **__: Any) -> Mapping[str, Any]:
        return self._transport.request_options

    @override
    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
        cursor = self._page(response).next_cursor
        return {"cursor": cursor} if cursor else None

    @override
    def parse_response(self, response: requests.Response, **_: Any) -> Iterable[Record]:
        return self._page(response).records

    def fetch(self, stream_slice: Mapping[str, Any], cursor: str | None = None) -> Page:
        """Ask for one page, again and again as the retry policy allows.

        Raises:
            RequestFailedError: when no usable answer can be had.
        """
        next_page_token = None if cursor is None else {"cursor": cursor}

        def send(note: Note) -> Page:
            _, response = self._fetch_next_page(stream_slice, None, next_page_token)
            note(response.headers)
            token = self.next_page_token(response)
            return self._page(response)._replace(
                records=list(self.parse_response(response)), next_cursor=token["cursor"] if token else None
            )

        return self._retry_policy.run(send, self.throttle, self.name)

    @property
    def needed_scopes(self) -> str:
        """Scopes of the list, and of the parts that are asked for, in words."""
        more = [f"{part.scope} (for {name} in {field})" for field, name, part in self._parts_in_use() if part.scope]
        return " and ".join([self.scope, *more])

    def describe_filters(self) -> list[str]:
        """What is read, for the log: "that match the search 'example'"."""
        return [filter_.describe(value) for filter_, value in self._filters_in_use()]

    def _parts_in_use(self) -> Iterator[tuple[str, str, Part]]:
        """Give the field of the configuration that lists it, and the name, of each part that is asked for."""
        for field, value in self.filter_values.items():
            if parts := self.filters[field].parts:
                yield from ((field, name, parts[name]) for name in value)

    def _filters_in_use(self) -> list[tuple[Filter, Any]]:
        return [(self.filters[field], value) for field, value in self.filter_values.items()]

    def _page(self, response: requests.Response) -> Page:
        """Decode an answer, once: its records and its cursor are asked for separately."""
        page: Page | None = getattr(response, _PAGE, None)
        if page is None:
            try:
                page = parse_page(response.content, response.headers.get("Date", ""))
            except MalformedPageError as error:
                raise self._error_handler.malformed(response, error, "a page of records") from None
            setattr(response, _PAGE, page)
        return page
