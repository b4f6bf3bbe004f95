"""Who may ask: credentials and scopes."""

from emulator.oauth import Tokens
from emulator.problems import ProblemError
from emulator.settings import Settings

SUFFICIENT_SCOPES = frozenset({"contacts:read", "workspace:admin"})


def authorize(authorization: str | None, settings: Settings, tokens: Tokens, *, revoked: bool) -> None:
    """Let an API key (raw) or an access token ("Bearer …", given or obtained) with a sufficient scope pass.

    Raises:
        ProblemError: 401 or 403.
    """
    if authorization is None:
        raise _unauthorized("The Authorization header is missing.")
    given = authorization in {settings.api_key, f"Bearer {settings.access_token}"}
    if not given and not tokens.knows(authorization):
        raise _unauthorized("The credential is malformed or unknown.")
    if revoked or not (given or tokens.use(authorization)):
        raise _unauthorized("The credential has expired or was revoked.")
    if SUFFICIENT_SCOPES.isdisjoint(settings.scopes):
        raise ProblemError(403, "forbidden", "The credential lacks the scope contacts:read.")


def _unauthorized(detail: str) -> ProblemError:
    challenge = 'Bearer realm="AskElephant", error="invalid_token"'
    return ProblemError(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
