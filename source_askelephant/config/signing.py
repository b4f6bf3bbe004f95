"""What signs the requests, made from a configuration's credentials; and the way of new tokens back into it."""

from collections.abc import Callable, Mapping
from typing import Any

from airbyte_cdk.config_observation import create_connector_config_control_message

from source_askelephant import output
from source_askelephant.api.authentication import Authenticator, RenewingAuthenticator, access_token, api_key
from source_askelephant.api.oauth import AccessTokens, OAuthClient, StoredToken
from source_askelephant.api.retries import RetryPolicy
from source_askelephant.api.transport import Transport
from source_askelephant.api.waits import Waits
from source_askelephant.config.models import ApiKeyCredentials, Config, OAuthCredentials

_RENEWED = frozenset({"refresh_token", "access_token", "token_expiry_date"})


def tell_platform(config: Mapping[str, Any]) -> None:
    """Hand a configuration with new tokens to the platform, which stores it: a CONTROL message, at once."""
    output.write_at_once(create_connector_config_control_message(dict(config)))


def authenticator_for(
    config: Config,
    raw_config: Mapping[str, Any],
    transport: Transport,
    retry_policy: RetryPolicy,
    waits: Waits,
    store: Callable[[Mapping[str, Any]], None] = tell_platform,
) -> Authenticator:
    """Return what signs the requests.

    Args:
        config: the configuration.
        raw_config: the same as the user wrote it; so it goes back to the platform, with new tokens.
        transport: the way to the API, for new tokens.
        retry_policy: how patient to be when asking for them.
        waits: end when the read does.
        store: stores the raw configuration with new tokens.
    """
    credentials = config.credentials
    if isinstance(credentials, ApiKeyCredentials):
        return api_key(credentials.api_key.get_secret_value())
    if not isinstance(credentials, OAuthCredentials):
        return access_token(credentials.access_token.get_secret_value())

    def hand_over(tokens: Mapping[str, str]) -> None:
        kept = {name: value for name, value in raw_config["credentials"].items() if name not in _RENEWED}
        store({**raw_config, "credentials": {**kept, **tokens}})

    client = OAuthClient(
        client_id=credentials.client_id.get_secret_value(),
        client_secret=credentials.client_secret.get_secret_value(),
        refresh_token=credentials.refresh_token.get_secret_value(),
    )
    stored = None
    if credentials.access_token is not None:
        stored = StoredToken(credentials.access_token.get_secret_value(), credentials.token_expiry_date)
    return RenewingAuthenticator(AccessTokens(client, transport, retry_policy, hand_over, stored, waits))
