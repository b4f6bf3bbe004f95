"""The access token of oauth2.0: obtained with the refresh token, renewed before it expires, shared by all workers.

A refresh token may work only once (RFC 6749, section 6): the answer then brings the next one. Whoever loses that one
must authorize again. So it goes to the platform before anything is asked with the access token that came along.
"""

import logging
import math
import sys
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import requests
from airbyte_cdk.config_observation import create_connector_config_control_message
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import FailureType

from source_askelephant.api import transport
from source_askelephant.api.error_table import ApiErrorHandler, Decision
from source_askelephant.api.pages import MalformedPageError, parse_json
from source_askelephant.api.redaction import keep_secret
from source_askelephant.api.retries import RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.config.models import OAuthCredentials
from source_askelephant.config.validators import HEADER_SAFE
from source_askelephant.errors import RequestFailedError

logger = logging.getLogger("airbyte")

TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - no secret
MAX_MARGIN_SECONDS = 60.0
"""A token is renewed so long before it expires, or after half of its life if that is later."""

# At this endpoint they mean something else than at a list: RFC 6749, section 5.2.
_AUTHORIZE_AGAIN = Decision(
    FailureType.config_error,
    retry=False,
    advice=(
        "The connector asked for an access token. Its refresh token has expired, was revoked or was used before "
        "(it may work only once, so that an older copy of the configuration is of no use): authorize again, and "
        "write the new one as credentials.refresh_token. It goes with the credentials.client_id and "
        "credentials.client_secret that it was made for."
    ),
)
_BY_STATUS: Mapping[int, Decision] = {
    HTTPStatus.BAD_REQUEST: _AUTHORIZE_AGAIN,
    HTTPStatus.FORBIDDEN: _AUTHORIZE_AGAIN,
    HTTPStatus.UNPROCESSABLE_ENTITY: _AUTHORIZE_AGAIN,
    HTTPStatus.UNAUTHORIZED: Decision(
        FailureType.config_error,
        retry=False,
        advice=(
            "The connector asked for an access token. Check credentials.client_id and credentials.client_secret; "
            "if they are right, authorize again, and write the new token as credentials.refresh_token."
        ),
    ),
}


class AccessTokens:
    """The access token in force. Shared by threads: however many need a new one, it is asked for once.

    Args:
        credentials: the client and the refresh token to begin with.
        api_url: the API's address, without a slash at its end.
        written: the configuration as the user wrote it; the platform gets it with each new refresh token in it.
        retry_policy: how patient to be with failing requests.
    """

    def __init__(
        self, credentials: OAuthCredentials, api_url: str, written: Mapping[str, Any], retry_policy: RetryPolicy
    ) -> None:
        self._client = {
            "client_id": credentials.client_id.get_secret_value(),
            "client_secret": credentials.client_secret.get_secret_value(),
        }
        self._refresh_token = credentials.refresh_token.get_secret_value()
        for secret in (*self._client.values(), self._refresh_token):
            keep_secret(secret)
        self._url = api_url + TOKEN_PATH
        self._written = written
        self._retry_policy = retry_policy
        self._throttle = Throttle(1)  # its own: whoever needs a token holds a place in the one for lists
        self._errors = ApiErrorHandler(
            url=api_url, credential="the OAuth client", scope="contacts:read", decisions=_BY_STATUS
        )
        self._lock = threading.Lock()
        self._access_token: str | None = None
        self._renew_at = -math.inf
        self._failure: RequestFailedError | None = None

    def current(self) -> str:
        """A token that has not expired.

        Raises:
            RequestFailedError: if none can be had.
        """
        with self._lock:
            if self._access_token is None or time.monotonic() >= self._renew_at:
                return self._renew()
            return self._access_token

    def instead_of(self, refused: str) -> str:
        """A newer token than one that was refused: one that somebody else has obtained meanwhile, or a new one.

        Raises:
            RequestFailedError: if none can be had.
        """
        with self._lock:
            if self._access_token is None or self._access_token == refused:
                return self._renew()
            return self._access_token

    def _renew(self) -> str:
        if self._failure is not None:  # the other workers need not find out for themselves, each with its retries
            raise self._failure
        try:
            self._access_token, lifetime = self._retry_policy.run(self._ask, self._throttle)
        except RequestFailedError as error:
            # Without its status: it has been retried here, and the request that needs the token must not do so again.
            self._failure = RequestFailedError(str(error), error.failure_type)
            raise self._failure from None
        self._renew_at = time.monotonic() + lifetime - min(MAX_MARGIN_SECONDS, lifetime / 2)
        until = "until AskElephant refuses it" if math.isinf(lifetime) else f"for {lifetime:.0f} seconds"
        logger.info(f"Obtained an access token, to be used {until}.")
        return self._access_token

    def _ask(self) -> tuple[str, float]:
        """Ask for a token, once. Returns it and for how many seconds it is valid."""
        form = {"grant_type": "refresh_token", **self._client, "refresh_token": self._refresh_token}
        answer: requests.Response | Exception
        try:
            answer = requests.post(  # noqa: S113 - the timeout is among the options
                self._url,
                data=form,
                headers=transport.HEADERS,
                auth=lambda request: request,  # or else requests adds what ~/.netrc holds for the host
                **transport.options(),
            )
        except requests.RequestException as error:
            raise self._errors.failure_of(error) from None
        self._errors.interpret_response(answer)
        try:
            return self._take(parse_json(answer.content))
        except MalformedPageError as error:
            raise self._errors.malformed(answer, error, "an access token") from None

    def _take(self, answer: Any) -> tuple[str, float]:
        if not isinstance(answer, Mapping):
            raise MalformedPageError(f"a JSON {type(answer).__name__}")
        # First of all: even if the rest is of no use, the refresh token that was sent no longer works.
        self._rotate(answer.get("refresh_token"))
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise MalformedPageError('a JSON object without an "access_token"')
        keep_secret(token)
        if not HEADER_SAFE.fullmatch(token):
            raise MalformedPageError('an "access_token" with characters that no header can carry')
        return token, _lifetime(answer.get("expires_in"))

    def _rotate(self, refresh_token: Any) -> None:
        """Hand a new refresh token to the platform: on stdout, flushed, before it returns."""
        if not isinstance(refresh_token, str) or refresh_token in {"", self._refresh_token}:
            return
        keep_secret(refresh_token)
        self._refresh_token = refresh_token
        credentials = {**self._written["credentials"], "refresh_token": refresh_token}
        message = create_connector_config_control_message({**self._written, "credentials": credentials})
        # One write, as another thread may be writing records.
        sys.stdout.write(f"{AirbyteEntrypoint.airbyte_message_to_string(message)}\n")
        sys.stdout.flush()


def _lifetime(expires_in: Any) -> float:
    """Seconds; without end if the answer doesn't say: then a 401 tells that the token has expired."""
    try:
        seconds = math.nan if isinstance(expires_in, bool) else float(expires_in)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    return seconds if seconds > 0 else math.inf
