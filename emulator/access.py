"""Who may ask: credentials and scopes."""

from collections.abc import Container, Iterable

from emulator.lists import Listing
from emulator.oauth import Tokens
from emulator.problems import ProblemError
from emulator.settings import Settings

ADMIN = "workspace:admin"
"""Covers every other scope."""


def authorize(authorization: str | None, settings: Settings, tokens: Tokens, *, revoked: bool) -> None:
    """Let an API key (raw) or an access token ("Bearer …", given or obtained) pass.

    Raises:
        ProblemError: 401.
    """
    if authorization is None:
        raise _unauthorized("The Authorization header is missing.")
    given = authorization in {settings.api_key, f"Bearer {settings.access_token}"}
    if not given and not tokens.knows(authorization):
        raise _unauthorized("The credential is malformed or unknown.")
    if revoked or not (given or tokens.use(authorization)):
        raise _unauthorized("The credential has expired or was revoked.")


def allows(scopes: Container[str], scope: str) -> bool:
    """Whether a credential with these scopes has this one."""
    return scope in scopes or ADMIN in scopes


def require(scopes: Container[str], scope: str, why: str = "") -> None:
    """Refuse a credential that lacks the scope; `why` tells what it takes it for. Raises ProblemError: 403."""
    if not allows(scopes, scope):
        raise ProblemError(403, "forbidden", f"The credential lacks the scope {scope}{why}.")


def require_parts(scopes: Container[str], parts: Iterable[str], listing: Listing) -> None:
    """Refuse a credential that lacks the scope of one of the parts to expand. Raises ProblemError: 403."""
    for part in parts:
        scope = listing.parts[part]
        if scope is not None:
            require(scopes, scope, f", which expand={part} takes")


def _unauthorized(detail: str) -> ProblemError:
    challenge = 'Bearer realm="AskElephant", error="invalid_token"'
    return ProblemError(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})
