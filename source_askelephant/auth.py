"""How each kind of credential goes into the Authorization header.

The OpenAPI document says "bearer" for both; the vendor's guides say otherwise: an API key goes in raw.
A credential that is renewed (oauth2.0) would be one more class here, with one more line in ``authenticator``.
"""

from requests import PreparedRequest
from requests.auth import AuthBase
from typing_extensions import override

from source_askelephant.config import ApiKeyCredentials, Credentials
from source_askelephant.redaction import keep_secret


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


def authenticator(credentials: Credentials) -> Authenticator:
    """Make what signs the requests, and keep the credential out of all logs from here on."""
    if isinstance(credentials, ApiKeyCredentials):
        secret = credentials.api_key.get_secret_value()
        keep_secret(secret)
        return Authenticator(secret, "an API key, as it is in the Authorization header")
    secret = credentials.access_token.get_secret_value()
    keep_secret(secret)
    return Authenticator(f"Bearer {secret}", 'an OAuth access token, as "Bearer …" in the Authorization header')
