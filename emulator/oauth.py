"""The token endpoint: a refresh token in, an access token and mostly a new refresh token out (RFC 6749, section 6)."""

import hmac
import json
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl

from emulator import instants
from emulator.clock import Clock
from emulator.problems import Answer
from emulator.settings import PREFIX, Settings

TOKEN = f"{PREFIX}/v1/oauth/token"
FORM = "application/x-www-form-urlencoded"
_PARAMETERS = ("grant_type", "client_id", "client_secret", "refresh_token")


@dataclass
class _Issued:
    """What is left of an access token's life: requests (None: any number), and the clock at its end."""

    uses: int | None
    end: int


class Tokens:
    """The tokens of one OAuth client. Use it with the Api's lock held."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._refresh_token = settings.refresh_token
        self._revoked = False
        self._issued: dict[str, _Issued] = {}
        self._number = 0
        self.refreshes = 0
        """How often the endpoint has given an access token."""

    def revoke(self) -> None:
        """From now on no refresh token is accepted; access tokens live on to their end."""
        self._revoked = True

    def knows(self, authorization: str) -> bool:
        """Whether "Bearer …" holds an access token from here, expired or not."""
        return authorization.removeprefix("Bearer ") in self._issued and authorization.startswith("Bearer ")

    def use(self, authorization: str) -> bool:
        """Count a request with a token that is known. False when its life has ended."""
        token = self._issued[authorization.removeprefix("Bearer ")]
        if token.uses == 0 or self._clock.now() >= token.end:
            return False
        if token.uses is not None:
            token.uses -= 1
        return True

    def answer(self, content_type: str, body: bytes) -> Answer:
        """What a POST to the endpoint gets."""
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        form = dict(pairs)
        if wrong := _wrong(content_type, pairs):
            return _refusal("invalid_request", wrong)
        if form["grant_type"] != "refresh_token":
            return _refusal("unsupported_grant_type", "Only refresh_token is served here.")
        known = form["client_id"] == self._settings.client_id
        if not (known and hmac.compare_digest(form["client_secret"].encode(), self._settings.client_secret.encode())):
            return _refusal("invalid_client", "The client is unknown, or its secret is wrong.", status=401)
        if self._revoked or form["refresh_token"] != self._refresh_token:
            return _refusal("invalid_grant", "The refresh token is unknown, was used before or was revoked.")
        return self._grant()

    def _grant(self) -> Answer:
        self._number += 1
        self.refreshes += 1
        settings = self._settings
        token = f"emulated-access-token-{self._number}-{secrets.token_hex(4)}"
        end = self._clock.now() + settings.token_expires_in * instants.SECOND
        self._issued[token] = _Issued(settings.token_ttl_requests, end)
        granted: dict[str, object] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": settings.token_expires_in,
            "scope": " ".join(settings.scopes),
        }
        if not settings.keep_refresh_token:
            self._refresh_token = f"emulated-refresh-token-{self._number}-{secrets.token_hex(4)}"
            granted["refresh_token"] = self._refresh_token
        return _answer(200, granted)


def _wrong(content_type: str, pairs: list[tuple[str, str]]) -> str | None:
    """What keeps a request from being looked at."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        return f"The body must be {FORM}."
    given = [name for name, value in pairs if value]
    if len(given) > len(set(given)):
        return "A parameter is repeated."
    missing = [name for name in _PARAMETERS if name not in given]
    return f"Missing: {', '.join(missing)}." if missing else None


def _refusal(error: str, description: str, *, status: int = 400) -> Answer:
    return _answer(status, {"error": error, "error_description": description})


def _answer(status: int, document: dict[str, object]) -> Answer:
    return Answer(status, json.dumps(document).encode(), headers={"Cache-Control": "no-store"})
