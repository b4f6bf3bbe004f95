"""What an emulator can be told. The command line is made from these same fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from emulator import instants
from emulator.contents import Contents
from emulator.described import about, check
from emulator.faults import FaultPlan
from emulator.kinds import Kinds
from emulator.lists import SCOPES

PREFIX = "/api"
"""Where the API stands below the host, as with the real one."""

Target = Literal["cursor", "last", "page"]
RateLimitHeaders = Literal["none", "draft", "old draft", "fields", "x", "epoch", "garbage"]
RateLimitKind = Literal["pause", "window", "sliding", "bucket"]
RetryAfterStyle = Literal["seconds", "fraction", "date", "body", "none", "garbage"]


@dataclass(frozen=True)
class VirtualClock:
    """A clock that moves only when something happens, so that every run is the same.

    It stands at `start` and goes forward by `tick_ms` with each request answered and each record changed.
    """

    start: str = field(
        default="2026-03-01T12:00:00Z",
        metadata=about("instant at which a virtual clock starts, which moves only when something happens", str),
    )
    tick_ms: int = field(
        default=10, metadata=about("milliseconds a virtual clock moves per request and per change", int)
    )

    def __post_init__(self) -> None:
        check(self)
        instants.parse(self.start)


@dataclass(frozen=True)
class Churn:
    """Changes that others make while somebody reads: so many with each page that is served."""

    creates: int = field(default=0, metadata=about("records created with each page", int))
    updates: int = field(default=0, metadata=about("records updated with each page", int))
    deletes: int = field(default=0, metadata=about("records deleted with each page", int))
    aim: float = field(
        default=0.0,
        metadata=about("share (0 to 1) of updates and deletes that hit the record aimed at", float, most=1),
    )
    aim_at: Target = field(
        default="cursor",
        metadata=about(
            (
                "the record aimed at: the one behind the last cursor given out; the last one of the page, whether a "
                "cursor comes with it or not; or any one of the page"
            ),
            str,
            choices=("cursor", "last", "page"),
        ),
    )
    between: bool = field(
        default=False,
        metadata=about(
            (
                "make the changes after the page's records have been looked up and before they are fetched, so "
                "that it shows them as they are after the change (default: after the page)"
            ),
            bool,
        ),
    )
    every: int = field(default=1, metadata=about("only each so-many-th page is served with changes", int, least=1))
    until_requests: int | None = field(
        default=None, metadata=about("pages after which the changes stop (default: never)", int)
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Settings(Kinds, Contents):
    """Everything that makes one emulator differ from another. Raises ValueError on what cannot be."""

    precision: instants.Precision = field(
        default="ms", metadata=about("how fine timestamps are shown", str, choices=("s", "ms", "us"))
    )
    trim_zero_fraction: bool = field(default=False, metadata=about("leave a fraction of zero out of timestamps", bool))
    cursor_ttl_requests: int | None = field(
        default=None, metadata=about("requests after which a cursor has expired (default: never)", int)
    )
    cursor_ttl_seconds: float | None = field(
        default=None, metadata=about("seconds after which a cursor has expired (default: never)", float)
    )
    cursor_expired_status: int = field(
        default=400, metadata=about("status for an expired cursor", int, choices=(400, 410, 422))
    )
    validation_status: int = field(
        default=400, metadata=about("status for parameters that are wrong", int, choices=(400, 422))
    )
    api_key: str = field(default="sk-apik_demo.not-a-real-secret", metadata=about("the API key that is accepted", str))
    access_token: str = field(
        default="demo-access-token", metadata=about("the OAuth access token that is accepted", str)
    )
    client_id: str = field(default="demo-client-id", metadata=about("the OAuth client that is known", str))
    client_secret: str = field(
        default="demo-client-not-a-real-secret", metadata=about("the secret of the OAuth client", str)
    )
    refresh_token: str = field(
        default="demo-refresh-token", metadata=about("the refresh token that is accepted first", str)
    )
    keep_refresh_token: bool = field(
        default=False,
        metadata=about("a refresh token can be used again (else: once, and the answer has the next)", bool),
    )
    token_expires_in: int = field(
        default=3600, metadata=about("seconds after which an access token has expired", int, least=1)
    )
    token_ttl_requests: int | None = field(
        default=None, metadata=about("requests after which an access token has expired (default: none)", int, least=1)
    )
    scopes: tuple[str, ...] = field(
        default=SCOPES, metadata=about(f"scopes of all credentials (default: {', '.join(SCOPES)})", tuple)
    )
    revoke_after_requests: int | None = field(
        default=None, metadata=about("requests after which all credentials are revoked (default: never)", int)
    )
    rate_limit: int | None = field(
        default=None, metadata=about("requests allowed per window (default: no limit)", int, least=1)
    )
    rate_limit_window_seconds: float = field(
        default=1.0, metadata=about("length of the rate limit's window in seconds", float)
    )
    rate_limit_kind: RateLimitKind = field(
        default="pause",
        metadata=about(
            (
                "how requests are counted: in windows that start with their first request, each followed by a pause if "
                "there are too many; in fixed windows; in any span of a window's length; or by a bucket of tokens "
                "that fills up at the limit's rate"
            ),
            str,
            choices=("pause", "window", "sliding", "bucket"),
        ),
    )
    rate_limit_burst: int | None = field(
        default=None, metadata=about("size of the bucket, full at first (default: the rate limit)", int, least=1)
    )
    rate_limit_headers: RateLimitHeaders = field(
        default="none",
        metadata=about(
            (
                "how each answer says what is left of windows, fixed or sliding ones: not at all, as the IETF's draft "
                "has it (RateLimit, RateLimit-Policy) or had it before, in three fields, in three with X- before "
                "them, in those with the instant of the reset, or in words"
            ),
            str,
            choices=("none", "draft", "old draft", "fields", "x", "epoch", "garbage"),
        ),
    )
    concurrency_limit: int | None = field(
        default=None,
        metadata=about("requests allowed at once, each from its arrival to its answer (default: any)", int, least=1),
    )
    limit_status: int = field(default=429, metadata=about("status for a request too many", int, choices=(429, 503)))
    retry_after_style: RetryAfterStyle = field(
        default="seconds",
        metadata=about(
            (
                "how a refusal of a request too many says when to come back: in whole seconds, with a fraction, as a "
                "date, in the field retryAfterSeconds of its body, not at all, or in words"
            ),
            str,
            choices=("seconds", "fraction", "date", "body", "none", "garbage"),
        ),
    )
    retry_after_seconds: float | None = field(
        default=None,
        metadata=about(
            (
                "seconds that it asks to wait, be that too long or too short, except that a pause lasts as long "
                "(default: until the limit lets one pass again; 1 if too many came at once)"
            ),
            float,
        ),
    )
    latency_ms: float = field(
        default=0.0, metadata=about("milliseconds before each answer; requests wait side by side", float)
    )
    clock_skew_seconds: float = field(
        default=0.0, metadata=about("how far the emulator's clock is ahead of this machine's", float, least=-1e10)
    )
    clock: VirtualClock | None = None
    churn: Churn = field(default_factory=Churn)
    faults: tuple[FaultPlan, ...] = ()

    def __post_init__(self) -> None:
        check(self)
        if self.newest is not None:
            instants.parse(self.newest)

    @property
    def stored_step(self) -> int:
        """How many microseconds lie between two instants that can be stored."""
        return instants.STEPS[self.stored_precision or self.precision]

    def changed(self, given: Mapping[str, Any]) -> "Settings":
        """These settings with the given ones in place of some; `clock`, `churn` and `faults` as JSON.

        Raises:
            TypeError, ValueError: when a name or a value is not as said.
        """
        values = dict(given)
        for name in ("scopes", "ignored_filters"):
            if name in values:
                values[name] = tuple(values[name])
        if values.get("clock") is not None:
            values["clock"] = VirtualClock(**values["clock"])
        if "churn" in values:
            values["churn"] = Churn(**values["churn"])
        if "faults" in values:
            values["faults"] = tuple(FaultPlan.from_json(each) for each in values["faults"])
        return replace(self, **values)
