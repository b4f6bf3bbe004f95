"""How each kind of credential is described, for messages."""

from source_askelephant.api.authentication import RenewingAuthenticator, access_token, api_key
from source_askelephant.api.oauth import AccessTokens, OAuthClient
from source_askelephant.api.retries import CHECK
from source_askelephant.api.transport import Transport

KEY = "sk-apik_demo.not-a-real-secret"
TOKEN = "demo-access-token-not-real"
CLIENT = OAuthClient("demo-client-id", "demo-client-not-a-real-secret", "demo-refresh-token-not-real")


def test_how_each_credential_is_described_without_showing_it() -> None:
    tokens = AccessTokens(CLIENT, Transport("https://api.example.com/api"), CHECK, hand_over=lambda _: None)
    key, token, renewed = (
        each.description for each in (api_key(KEY), access_token(TOKEN), RenewingAuthenticator(tokens))
    )
    assert "API key" in key
    assert "OAuth access token" in token
    assert "OAuth access token that it had just obtained" in renewed
    for secret in (KEY, TOKEN, *CLIENT):
        assert secret not in key + token + renewed
