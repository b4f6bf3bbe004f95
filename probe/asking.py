"""Requests of the probe: the connector's own transport, credential, retries and limits, one request after another."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from airbyte_cdk.sources.streams.http.error_handlers import ErrorResolution, ResponseAction
from typing_extensions import override

from source_askelephant.api.authentication import Authenticator, access_token, api_key
from source_askelephant.api.error_table import ApiErrorHandler
from source_askelephant.api.limit_headers import parse_retry_after
from source_askelephant.api.pages import Record
from source_askelephant.api.retries import Note, RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.api.transport import HEADERS, Transport
from source_askelephant.config.models import AccessTokenCredentials, ApiKeyCredentials
from source_askelephant.config.parsing import parse_config
from source_askelephant.config.signing import authenticator_for
from source_askelephant.instants import SECOND, Instant, parse_http_date

logger = logging.getLogger("airbyte")

PATIENCE = RetryPolicy(attempts=3, max_retry_after=120, rate_limit_timeout=600)
SCOPE = "contacts:read"
"""That a user is told to ask for, if nothing can be read at all."""

Store = Callable[[Mapping[str, Any]], None]
"""Stores a configuration with new tokens."""


class Answer(NamedTuple):
    """An answer, whatever its status.

    Attributes:
        status: of it.
        headers: of it.
        document: its body, if that was JSON.
        at: when it came, by this machine's clock.
    """

    status: int
    headers: Mapping[str, str]
    document: Any
    at: Instant

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
    def ids(self) -> list[object]:
        """The ids of these records, to compare them."""
        return [record.get("id") for record in self.records]

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
    """Lets every answer through; of those that another try may turn into one, only if it is told to."""

    lets_failures_through = False

    @override
    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response):
            status = response.status_code
            passes = status != HTTPStatus.TOO_MANY_REQUESTS and status < HTTPStatus.INTERNAL_SERVER_ERROR
            if passes or self.lets_failures_through:
                return ErrorResolution(ResponseAction.SUCCESS)
        return super().interpret_response(response)


class _Everything(_AnyAnswer):
    """Lets every answer through."""

    lets_failures_through = True


class Api:
    """The API that a configuration names.

    Args:
        raw_config: the connector's configuration.
        store: stores it with new tokens; only an OAuth client gets such.
        retry_policy: how patient to be with failing requests.

    Attributes:
        auth_type: the kind of credential.
        requests: how many were sent.
        answers: those that came, in their order, without those that were tried again.

    Raises:
        ConfigError: if the configuration is invalid.
    """

    def __init__(self, raw_config: Mapping[str, Any], store: Store, retry_policy: RetryPolicy = PATIENCE) -> None:
        config = parse_config(raw_config)
        self._throttle = Throttle(1)
        self._retry_policy = retry_policy
        self._transport = Transport(config.api_url)
        self._authenticator = authenticator_for(
            config, raw_config, self._transport, retry_policy, self._throttle.waits, store
        )
        self._credentials = config.credentials
        self.auth_type: str = config.credentials.auth_type
        self.requests = 0
        self._counting = threading.Lock()
        self.answers: list[Answer] = []

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
            RequestFailedError: if there is no answer; and at a 401, unless another authenticator was given: then
                nothing else will be answered either.
        """
        signs = authenticator or self._authenticator
        handler = self._handler(_AnyAnswer, signs)

        def send(note: Note) -> Answer:
            response = self._send(path, params, handler, signs)
            note(response.headers)
            if response.status_code == HTTPStatus.UNAUTHORIZED and authenticator is None:
                self._handler(ApiErrorHandler, signs).interpret_response(response)
            return Answer(response.status_code, response.headers, _document(response), _now())

        answer = self._retry_policy.run(send, self._throttle, "probe")
        self.answers.append(answer)
        return answer

    def ask_once(self, path: str, params: Mapping[str, str | int]) -> tuple[int, float | None]:
        """Ask without a retry and beside other requests; return the status and the seconds that it asks to wait.

        Raises:
            RequestFailedError: if there is no answer.
        """
        response = self._send(path, params, self._handler(_Everything, self._authenticator), self._authenticator)
        return response.status_code, parse_retry_after(response.headers)

    def _handler(self, kind: type[ApiErrorHandler], signs: Authenticator) -> ApiErrorHandler:
        return kind(api_url=self._transport.api_url, credential=signs.description, scope=SCOPE)

    def _send(
        self, path: str, params: Mapping[str, str | int], handler: ApiErrorHandler, signs: Authenticator
    ) -> requests.Response:
        with self._counting:
            self.requests += 1
        _, response = self._transport.client("probe", logger, handler, signs).send_request(
            "GET",
            f"{self._transport.api_url}/{path}",
            request_kwargs=self._transport.request_options,
            headers=HEADERS,
            params={name: str(value) for name, value in params.items()},
        )
        return response


def _document(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _now() -> Instant:
    return int(time.time() * SECOND)
