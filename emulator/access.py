"""Who may ask: credentials, scopes, and how often."""

import math

from emulator import instants
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


class RateLimit:
    """The rate limit: so many requests per window, then a pause in which every request is refused.

    Instants are seconds of a monotonic clock. A window starts with its first request. A pause lasts whole
    seconds, as Retry-After can only promise those, and a fresh window follows it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._window_start = -math.inf
        self._in_window = 0
        self._pause_end = -math.inf
        self._promised = -math.inf
        self.too_early = 0
        """Requests that came before a Retry-After that was given, here or by a fault, had passed."""

    def admit(self, at: float) -> int | None:
        """None when the request may pass, else the seconds that it has to wait."""
        self.too_early += at < self._promised
        if self._settings.rate_limit is None:
            return None
        if at < self._pause_end:
            return math.ceil(self._pause_end - at)
        window = self._settings.rate_limit_window_seconds
        if at >= self._window_start + window:
            self._window_start, self._in_window = at, 0
        self._in_window += 1
        if self._in_window <= self._settings.rate_limit:
            return None
        asked = self._settings.retry_after_seconds
        wait = math.ceil(self._window_start + window - at if asked is None else asked)
        self._pause_end = at + wait
        self._window_start = -math.inf
        self.promise(at, wait)
        return wait

    def promise(self, at: float, seconds: float) -> None:
        """A Retry-After goes out: requests before it has passed count as too early."""
        self._promised = max(self._promised, at + seconds)


def too_many_requests(wait: int, settings: Settings, now: int) -> ProblemError:
    """The 429 that asks to wait so many seconds, in the style of the settings; `now` is the clock's."""
    end = -(-now // instants.SECOND) * instants.SECOND + wait * instants.SECOND
    headers = {
        "seconds": {"Retry-After": str(wait)},
        "date": {"Retry-After": instants.http_date(end)},
        "none": {},
        "garbage": {"Retry-After": "soon"},
    }[settings.retry_after_style]
    return ProblemError(429, "rate-limited", "Too many requests; see Retry-After.", headers=headers)
