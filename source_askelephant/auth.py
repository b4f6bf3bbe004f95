"""How each kind of credential goes into the Authorization header.

The OpenAPI document says "bearer" for both; the vendor's guides say otherwise: an API key goes in raw.
A credential that is renewed (oauth2.0) would be one more class here, with one more line in ``authenticator``.
"""

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from requests import PreparedRequest
from requests.auth import AuthBase
from typing_extensions import override

from source_askelephant.config import ApiKeyCredentials, Credentials


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
    """Make what signs the requests, and keep the credential out of all logs from here on.

    The CDK hides a secret only in the form in which the user wrote it; the form that is sent may be another.
    """
    if isinstance(credentials, ApiKeyCredentials):
        secret = credentials.api_key.get_secret_value()
        add_to_secrets(secret)
        return Authenticator(secret, "an API key, as it is in the Authorization header")
    secret = credentials.access_token.get_secret_value()
    add_to_secrets(secret)
    return Authenticator(f"Bearer {secret}", 'an OAuth access token, as "Bearer …" in the Authorization header')
