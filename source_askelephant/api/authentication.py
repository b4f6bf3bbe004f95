"""How each kind of credential goes into the Authorization header.

The OpenAPI document says "bearer" for both a key and a token; the vendor's guides say otherwise: an API key goes in
raw. The tokens of oauth2.0 are obtained and renewed in ``oauth.py``.
"""

from http import HTTPStatus
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase
from typing_extensions import override

from source_askelephant.api.oauth import AccessTokens
from source_askelephant.api.redaction import keep_secret

_BEARER = "Bearer "


class Authenticator(AuthBase):
    """Sets a fixed Authorization header.

    Attributes:
        description: the kind of credential and how it is sent, for error messages; never its value.
    """

    def __init__(self, header: str, description: str) -> None:
        self._header = header
        self.description = description

    @override
    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class RenewingAuthenticator(Authenticator):
    """Sends a token that is renewed; a request that is refused with 401 is sent once more with a newer one."""

    def __init__(self, tokens: AccessTokens) -> None:
        super().__init__("", 'an OAuth access token that it had just obtained, as "Bearer …" in the header')
        self._tokens = tokens

    @override
    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = _BEARER + self._tokens.current()
        request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: Response, **options: Any) -> Response:
        if response.status_code != HTTPStatus.UNAUTHORIZED:
            return response
        # What the request carried, not what is current: another worker may have renewed the token meanwhile.
        refused = response.request.headers["Authorization"].removeprefix(_BEARER)
        again = response.request.copy()
        again.headers["Authorization"] = _BEARER + self._tokens.instead_of(refused)
        response.close()
        # The connection itself runs no hooks: a second 401 is an error like any other.
        answer: Response = response.connection.send(again, **options)
        answer.request = again
        return answer


def api_key(key: str) -> Authenticator:
    """Send an API key, and keep it out of all output from here on."""
    keep_secret(key)
    return Authenticator(key, "an API key, as it is in the Authorization header")


def access_token(token: str) -> Authenticator:
    """Send an OAuth access token that isn't renewed, and keep it out of all output from here on."""
    keep_secret(token)
    return Authenticator(_BEARER + token, 'an OAuth access token, as "Bearer …" in the Authorization header')
