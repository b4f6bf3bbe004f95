"""The access token of oauth2.0: obtained with the refresh token, renewed before it expires, shared by all workers.

A refresh token may work only once (RFC 6749, section 6): the answer then brings the next one. Whoever loses that one
must authorize again. So it goes to the platform before anything is asked with the access token that came along; and so
does that one, so that the next command needs no refresh while it is good.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from airbyte_cdk.models import FailureType

from source_askelephant.api.error_table import ApiErrorHandler, Decision
from source_askelephant.api.pages import MalformedPageError, UnreadableError, is_unicode, parse_json
from source_askelephant.api.redaction import keep_secret
from source_askelephant.api.retries import Note, RetryPolicy
from source_askelephant.api.throttle import Throttle
from source_askelephant.api.transport import HEADERS, Transport
from source_askelephant.api.waits import Waits
from source_askelephant.errors import RequestFailedError
from source_askelephant.instants import SECOND, Instant, format_instant

logger = logging.getLogger("airbyte")

TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - no secret
MAX_MARGIN_SECONDS = 60.0
"""A token is renewed so long before it expires, or after half of its life if that is later."""
MAX_LIFETIME_SECONDS = 10 * 365 * 86_400.0
"""A token that lives longer is stored without a date, and used until it is refused."""

# At debug level, the CDK's client would log whole answers, which hold tokens that nobody knows to be secret yet.
_SILENT = logging.getLogger("askelephant.tokens")
_SILENT.setLevel(logging.INFO)

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


class OAuthClient(NamedTuple):
    """An OAuth client with the consent of a user, as the configuration holds it."""

    client_id: str
    client_secret: str
    refresh_token: str


class StoredToken(NamedTuple):
    """An access token that an earlier command obtained.

    Attributes:
        access_token: the token.
        expires_at: until when it is good, None if that isn't known. By the clock of whoever obtained it: if that
            differs from this machine's, the token is renewed too early, or after a 401.
    """

    access_token: str
    expires_at: Instant | None = None


class AccessTokens:
    """The access token in force. Shared by threads: however many need a new one, it is asked for once.

    Args:
        client: the client, with the refresh token to begin with.
        transport: the way to the API.
        retry_policy: how patient to be with failing requests.
        hand_over: gives new tokens to the platform, before it returns: refresh_token, and as far as they are known
            access_token and token_expiry_date, under the names of the configuration.
        stored: a token to begin with; without one, a refresh is the first that happens.
        waits: end when the read does; see ``Throttle``.
    """

    def __init__(
        self,
        client: OAuthClient,
        transport: Transport,
        retry_policy: RetryPolicy,
        hand_over: Callable[[Mapping[str, str]], None],
        stored: StoredToken | None = None,
        waits: Waits | None = None,
    ) -> None:
        for secret in client:
            keep_secret(secret)
        self._client = client
        self._retry_policy = retry_policy
        self._hand_over = hand_over
        # Its own: whoever needs a token holds a place in the one for lists.
        self._throttle = Throttle(1, waits=waits)
        self._errors = ApiErrorHandler(api_url=transport.api_url, credential="the OAuth client", decisions=_BY_STATUS)
        self._transport = transport
        self._http_client = transport.client("tokens", _SILENT, self._errors)
        self._lock = threading.Lock()
        self._access_token: str | None = None
        self._renew_at = -math.inf
        self._failure: RequestFailedError | None = None
        if stored:
            keep_secret(stored.access_token)
            self._access_token = stored.access_token
            left = math.inf if stored.expires_at is None else stored.expires_at / SECOND - time.time()
            self._renew_at = time.monotonic() + left - MAX_MARGIN_SECONDS

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
            self._access_token, lifetime = self._retry_policy.run(self._ask, self._throttle, "access token")
        except RequestFailedError as error:
            # Without its status: it has been retried here, and the request that needs the token must not do so again.
            self._failure = RequestFailedError(str(error), error.failure_type)
            raise self._failure from None
        self._renew_at = time.monotonic() + lifetime - min(MAX_MARGIN_SECONDS, lifetime / 2)
        until = "until AskElephant refuses it" if math.isinf(lifetime) else f"for {lifetime:.0f} seconds"
        logger.info(f"Obtained an access token, to be used {until}.")
        return self._access_token

    def _ask(self, note: Note) -> tuple[str, float]:
        """Ask for a token, once. Returns it and for how many seconds it is valid."""
        _, answer = self._http_client.send_request(
            "POST",
            self._transport.api_url + TOKEN_PATH,
            self._transport.request_options,
            headers=HEADERS,
            data={"grant_type": "refresh_token", **self._client._asdict()},
        )
        note(answer.headers)
        try:
            return self._take(parse_json(answer.content))
        except MalformedPageError as error:
            raise self._errors.malformed(answer, error, "an access token") from None

    def _take(self, answer: Any) -> tuple[str, float]:
        if not isinstance(answer, Mapping):
            raise MalformedPageError(f"a JSON {type(answer).__name__}")
        token, lifetime = answer.get("access_token", ""), _lifetime(answer.get("expires_in"))
        problem = _problem(token)
        if isinstance(token, str) and token:
            keep_secret(token)
        # First of all: even if the rest is unusable, the refresh token that was sent no longer works.
        self._rotate(answer.get("refresh_token"), {} if problem else _to_store(token, lifetime))
        if problem:
            raise MalformedPageError(problem)
        return token, lifetime

    def _rotate(self, refresh_token: Any, access: Mapping[str, str]) -> None:
        if not isinstance(refresh_token, str) or refresh_token in {"", self._client.refresh_token}:
            return
        keep_secret(refresh_token)
        if not is_unicode(refresh_token):
            raise UnreadableError('a "refresh_token" with half of a character (an unpaired surrogate)')
        self._client = self._client._replace(refresh_token=refresh_token)
        self._hand_over({"refresh_token": refresh_token, **access})


def _problem(token: Any) -> str | None:
    """What keeps an access token from being sent."""
    if not isinstance(token, str) or not token:
        return 'a JSON object without an "access_token"'
    if not (token.isascii() and token.isprintable()) or " " in token:
        return 'an "access_token" with characters that no header can carry'
    return None


def _to_store(token: str, lifetime: float) -> dict[str, str]:
    """An access token as the configuration holds it."""
    if lifetime > MAX_LIFETIME_SECONDS:
        return {"access_token": token}
    expires_at = int(time.time() + lifetime) * SECOND
    return {"access_token": token, "token_expiry_date": format_instant(expires_at)}


def _lifetime(expires_in: Any) -> float:
    """Seconds; without end if the answer doesn't say: then a 401 tells that the token has expired."""
    try:
        seconds = math.nan if isinstance(expires_in, bool) else float(expires_in)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    return seconds if seconds > 0 else math.inf
